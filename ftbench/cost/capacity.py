"""How many requests a second one replica is known to hold: from load runs that kept the promise, never from the highest throughput.

The highest throughput is reached with a growing queue and latencies that nobody would accept; past the knee it says nothing about service.
"""

from typing import NamedTuple

from ftbench.metrics.summary import LoadSummary
from ftbench.spec.load import Slo
from ftbench.stats import success_bound


class Capacity(NamedTuple):
    """A measured lower bound: the true capacity lies at or above `per_replica` requests per second, which fleets are sized on.

    `interval` [low, high] of one replica's capacity holds it with `confidence`, where a search gave one; None is taken as exact.
    `estimate` is the search's middle. `run` is the gate's own run that shares and sizes are taken from. `source` says in words.
    """

    per_replica: float
    rate: float
    """Requests per second that all `replicas` together held."""
    replicas: int
    run: LoadSummary
    notes: list[str]
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    confidence: float | None = None
    searches: int | None = None
    source: str = ""


def why_not_held(run: LoadSummary, slo: Slo) -> str | None:
    """Why this run does not show that its rate can be served, in words; None where it does show it."""
    if run.loop == "closed":
        return "its users waited for their answers before they asked again, so no rate was asked of the server"
    if not run.valid:
        return f"the measurement is invalid ({'; '.join(run.invalid_reasons) or 'no reason given'})"
    if run.attainment is None:
        return "no request was measured"
    if run.attainment < slo.attainment:
        return f"{run.attainment:.1%} of its requests were good, {slo.attainment:.1%} are promised"
    if run.saturated:
        return "it was saturated: requests arrived faster than they were answered"
    return None


def held_rate(run: LoadSummary) -> float:
    """Requests per second that a run stands for: the asked or the achieved rate, whichever is lower. A Poisson draw may fall short."""
    return run.achieved_rate if run.requested_rate is None else min(run.requested_rate, run.achieved_rate)


def measured_capacity(load: list[LoadSummary], replicas: int, slo: Slo) -> Capacity | None:
    """Capacity of one of `replicas` equal replicas: the highest rate that held, divided by them. None where none held.

    A run holds when it was valid, not saturated, and its share of good requests met `slo.attainment`.
    """
    held = [run for run in load if why_not_held(run, slo) is None and held_rate(run) > 0]
    if not held:
        return None
    best = max(held, key=held_rate)
    rate = held_rate(best)
    failed = [run for run in load if run.valid and run.requested_rate is not None and why_not_held(run, slo)]
    notes = []
    if not any(run.requested_rate > rate for run in failed):
        notes.append(
            f"No valid run at a higher rate than {rate:.4g} requests/s failed: that is a lower bound of the capacity, "
            "and the fleet may be larger than needed."
        )
    if lower := [run for run in failed if run.requested_rate < rate]:
        scales = ", ".join(f"{run.scale:g}x" for run in lower)
        notes.append(f"The lower rate at {scales} failed while {best.scale:g}x held: the measurement is not consistent; repeat it.")
    fleet = f"{replicas} replica{'s' if replicas > 1 else ''}"
    source = f"the {best.scale:g}x run, which held {rate:.4g} requests/s on {fleet}"
    return Capacity(rate / replicas, rate, replicas, best, [*notes, *_evidence(best, slo)], source=source)


def highest_throughput(load: list[LoadSummary], replicas: int) -> float | None:
    """Most requests per second that one of `replicas` ever answered, at whatever latency: shown beside the capacity, never used as one."""
    return max((run.requests_per_s / replicas for run in load), default=None)


def _evidence(run: LoadSummary, slo: Slo) -> list[str]:
    if run.n == 0 or run.attainment is None:
        return []
    good = round(run.attainment * run.n)
    proven = success_bound(good, run.n)
    if proven >= slo.attainment:
        return []
    return [
        f"{good} of {run.n} requests at {run.scale:g}x were good: that proves {proven:.1%} at 95 % confidence, "
        f"not yet the promised {slo.attainment:.1%}."
    ]
