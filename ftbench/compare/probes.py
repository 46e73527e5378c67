"""Which rates are tried about the capacity of a cell, and what is concluded from those that were."""

from collections.abc import Iterable, Sequence
from math import sqrt
from pathlib import Path
from typing import NamedTuple

from ftbench.compare.turn_file import ProbeRun
from ftbench.cost.capacity import why_not_held
from ftbench.gate.series import Subject, at_rate, run_once
from ftbench.metrics.summary import LoadSummary
from ftbench.progress import Screen
from ftbench.spec.load import Slo
from ftbench.stats.rate_search import rounded

FIRST, ABOVE = 0.8, 1.15  # times the predicted capacity: the first rate, and the one after it was kept
DOWN, UP = 0.6, 1.3  # where nothing was kept, and where all was
NARROW = 1.06  # highest kept and lowest not kept as close as this need no rate between them
FEWEST = 20  # requests; of fewer no share of 95 % can be seen
LONGEST = 3.0  # times the asked time that a run may take for these
WARMUP = 0.25  # of the measured time, at least: a queue takes long to fill


class Bracket(NamedTuple):
    """Rates [1/s]. `low`: the highest that was kept each time it was sent and is below every one that was not; `high`: the lowest that was
    not kept."""

    low: float | None
    high: float | None


def bracket_of(probes: Iterable[ProbeRun]) -> Bracket:
    """A rate that was kept above one that was not is chance, so it counts for nothing."""
    valid = [p for p in probes if p.kept is not None]
    high = min((p.rate for p in valid if not p.kept), default=None)
    low = max((p.rate for p in valid if p.kept and (high is None or p.rate < high)), default=None)
    return Bracket(low, high)


def next_rate(before: Sequence[ProbeRun], now: Sequence[ProbeRun], predicted: float) -> float | None:
    """The rate to try next; None where another would tell nothing.

    Args:
        before: probes of earlier rounds. now: those of this round so far. predicted: capacity by the simulator, for the first rates.
    """
    low, high = bracket_of([*before, *now])
    if not before and not now:
        return rounded(FIRST * predicted)
    if low is not None and all(p.rate != low for p in now):
        return low  # kept in an earlier round only: it counts if it is kept again
    if low is None and high is None:
        return rounded(FIRST * predicted * 0.9 ** len(now))  # nothing but invalid runs so far
    if low is None:
        return rounded(DOWN * high)
    if high is None:
        above = ABOVE * predicted
        return rounded(above if low < above / NARROW else UP * low)
    return rounded(sqrt(low * high)) if high / low > NARROW else None


def measure_probe(
    subject: Subject, rate: float, seed: int, duration_s: float, slo: Slo, folder: Path, name: str, screen: Screen, title: str
) -> ProbeRun:
    """One run at `rate`; an invalid one is made once more, with a seed of its own. Raises as `run_once`."""
    for again in (False, True):
        its, where = seed + 500 * again, f"{name}{'-again' if again else ''}"
        plan = at_rate(subject, rate, its)
        if plan.trace is None:
            enough = min(FEWEST, max(1, int(LONGEST * duration_s * rate)))
            measured_s = max(duration_s, enough / rate)
            warmup_s = max(WARMUP * measured_s, min(plan.warmup_s, measured_s))
            plan = plan.model_copy(update={"duration_s": duration_s, "min_requests": enough, "warmup_s": warmup_s})
        summary = run_once(subject, plan, folder / where, screen, title)
        run = probe_run(rate, its, where, summary, slo)
        if run.kept is not None:
            break
    return run


def probe_run(rate: float, seed: int, folder: str, summary: LoadSummary, slo: Slo) -> ProbeRun:
    why = why_not_held(summary, slo)
    return ProbeRun(
        rate=rate,
        seed=seed,
        folder=folder,
        kept=None if not summary.valid or summary.attainment is None else why is None,
        why=why or "",
        n=summary.n,
        attainment=summary.attainment,
        prompt_tokens=summary.prompt_tokens_mean,
        output_tokens=summary.output_tokens_mean,
        ttft_p99_s=summary.ttft.p99_s,
        e2e_p99_s=summary.e2e.p99_s,
    )
