"""The simulator as a plan asks it: fitted on one run, asked about fleets and traffic that were not run. Every number here is modelled."""

from math import ceil, expm1, isfinite
from typing import NamedTuple

import numpy as np

from ftbench.cost.simulator import (
    Outcome,
    attainment,
    band,
    outcome_of,
    saturation_rate,
    simulate,
    simulated_capacity,
)
from ftbench.gate.plan_fit import Simulator
from ftbench.gate.plan_traffic import ArrivalsAt, arrival_cv, arrivals_of, whole_shape
from ftbench.spec import Spec
from ftbench.stats import quantile

WARMUP = 0.1  # share of the requests that only fill the queue
FEWEST, PER_REPLICA, MOST = 3_000, 300, 12_000  # requests of one simulated run
LONGEST, LONGEST_SEARCHED = 60_000, 20_000  # where the declared traffic takes long to show its shape
CAPACITY_REQUESTS = 3_000  # in each of about ten runs of a search
TOLERANCE = 0.02
MOST_REPLICAS = 100  # a larger fleet takes longer to simulate than anybody waits for a plan


class AtPeak(NamedTuple):
    """A fleet at one rate; latencies [s] None where it is more than the fleet can serve for long, or that many are rejected."""

    attainment: float
    ttft_p99_s: float | None
    e2e_p99_s: float | None


def at_peak(sim: Simulator, rate: float, replicas: int) -> AtPeak:
    """`replicas` under the declared traffic at a mean of `rate` [1/s]."""
    n = max(min(MOST, FEWEST + PER_REPLICA * replicas), min(LONGEST, whole_shape(sim.spec, rate)))
    outcome = _run(sim, rate, replicas, n)
    share = attainment(outcome, sim.spec.slo)
    if rate >= saturation(sim, replicas):
        return AtPeak(share, None, None)
    return AtPeak(share, *(_finite(quantile(values, 0.99)) for values in (outcome.ttft_s, outcome.e2e_s)))


def fewest_replicas(sim: Simulator, rate: float, most: int, with_most: AtPeak) -> int | None:
    """Fewest replicas that keep the SLO at `rate`; None where not even `most` do, which do `with_most`."""
    least = max(1, ceil(rate / saturation(sim, 1)))

    def kept(replicas: int) -> bool:
        found = with_most if replicas == most else at_peak(sim, rate, replicas)
        return rate < saturation(sim, replicas) and found.attainment >= sim.spec.slo.attainment

    if least > most or not kept(most):
        return None
    low, high = least - 1, most  # low is too few, high is enough
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if kept(middle) else (middle, high)
    return high


def capacity_of(sim: Simulator, replicas: int, *, spec: Spec | None = None, arrivals: ArrivalsAt | None = None) -> float:
    """Requests per second that `replicas` hold together under the SLO, at the declared burstiness; 0 where a lone request misses it.

    Args:
        spec: with other traffic than the plan's. arrivals: in place of the spec's.
    """
    spec = spec or sim.spec
    guess = saturation(sim, replicas)
    found = simulated_capacity(
        sim.fit.steps,
        spec.slo,
        arrivals=arrivals or arrivals_of(spec, copies=_copies(spec, replicas)),
        prompt_tokens=sim.prompts,
        output_tokens=sim.outputs,
        replicas=replicas,
        requests=max(min(MOST, CAPACITY_REQUESTS + PER_REPLICA * (replicas - 1)), min(LONGEST_SEARCHED, whole_shape(spec, guess))),
        seeds=1,
        tolerance=TOLERANCE,
        **sim.fleet,
    )
    return found.rate


def saturation(sim: Simulator, replicas: int) -> float:
    """Requests per second that no rate may reach, whatever the SLO."""
    means = float(sim.prompts.mean()), float(sim.outputs.mean())
    return saturation_rate(sim.fit.steps, *means, replicas=replicas, max_batch=sim.fleet["max_batch"])


def waits(sim: Simulator, rate: float, replicas: int) -> tuple[float | None, float | None] | None:
    """Allen-Cunneen's mean waits [s] in both forms; None each where it is unstable, and altogether where the gaps have no one CV."""
    cv = arrival_cv(sim.spec)
    if cv is None:
        return None
    steps, outputs = sim.fit.steps, sim.outputs
    prefill = float(sim.prompts.mean()) * steps.prefill_s_per_token + steps.prefill_s_per_step
    batch = 1
    for _ in range(50):  # Little's law: sequences in a replica = rate x time in a slot
        service = float(outputs.mean()) * steps.at(batch) + prefill
        batch = min(sim.fleet["max_batch"], max(1, round(rate / replicas * service)))
    joins = sim.fleet["max_batch"] / float(outputs.mean())
    joining = joins * float(sim.prompts.mean()) * steps.prefill_s_per_token - expm1(-joins) * steps.prefill_s_per_step
    full = float(outputs.mean()) * (steps.at(sim.fleet["max_batch"]) + joining)
    found = band(
        rate,
        service,
        replicas=replicas,
        max_batch=sim.fleet["max_batch"],
        cv_arrivals=cv,
        cv_service=float(outputs.std() / outputs.mean()),
        full_service_s=full,
    )
    return _finite(found.optimistic_s), _finite(found.pessimistic_s)


def _run(sim: Simulator, rate: float, replicas: int, n: int) -> Outcome:
    """The outcome of about `n` requests, those that fill the queue left out."""
    rng = np.random.default_rng([sim.spec.load.seed, 0])
    times = arrivals_of(sim.spec, copies=_copies(sim.spec, replicas))(rate, n / rate, rng)
    which = np.random.default_rng([sim.spec.load.seed, 1]).integers(len(sim.outputs), size=len(times))
    prompts, outputs = sim.prompts[which], sim.outputs[which]
    outcome = outcome_of(simulate(times, prompts, outputs, sim.fit.steps, replicas=replicas, **sim.fleet), times, outputs)
    begin = int(WARMUP * len(times))
    return Outcome(*(values[begin:] for values in outcome))


def _copies(spec: Spec, replicas: int) -> int:
    return 1 if spec.cost.bursts_pool else replicas


def _finite(value: float) -> float | None:
    return float(value) if isfinite(value) else None
