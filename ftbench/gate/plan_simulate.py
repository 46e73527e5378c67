"""The simulator as a plan asks it: fitted on one run, asked about fleets and traffic that were not run. Every number here is modelled."""

from math import ceil, isfinite
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from ftbench.cost.capacity import held_rate, why_not_held
from ftbench.cost.simulator import (
    Fit,
    Outcome,
    StepTimes,
    attainment,
    band,
    fit_step_times,
    outcome_of,
    saturation_rate,
    simulate,
    simulated_capacity,
)
from ftbench.errors import InputError
from ftbench.gate.plan_inputs import Inputs
from ftbench.gate.plan_runs import Run
from ftbench.gate.plan_traffic import ArrivalsAt, arrival_cv, arrivals_of, lengths_of
from ftbench.spec import Spec
from ftbench.stats import quantile

WARMUP = 0.1  # share of the requests that only fill the queue
FEWEST, PER_REPLICA, MOST = 3_000, 300, 12_000  # requests of one simulated run
CAPACITY_REQUESTS = 3_000  # in each of about ten runs of a search
TOLERANCE = 0.02
MOST_FAILED = 0.05  # of a saturated run whose throughput is believed
MOST_REPLICAS = 100  # a larger fleet takes longer to simulate than anybody waits for a plan
COLUMNS = (
    "sent_s",
    "first_token_s",
    "last_token_s",
    "done_s",
    "prompt_tokens",
    "output_tokens",
    "first_chunk_tokens",
)


class Simulator(NamedTuple):
    """Step times of one replica with the traffic that is asked about. `fleet`: how one replica is served, as `simulate` takes it.

    `full` is the saturated run whose throughput set the end of the curve, where `fitted_on` saw no full batch.
    """

    fit: Fit
    fitted_on: Run
    full: Run | None
    spec: Spec
    fleet: dict[str, Any]
    prompts: np.ndarray
    outputs: np.ndarray


class AtPeak(NamedTuple):
    """A fleet at one rate; latencies [s] None where it is more than the fleet can serve for long, or that many are rejected."""

    attainment: float
    ttft_p99_s: float | None
    e2e_p99_s: float | None


def simulator_of(inputs: Inputs) -> tuple[Simulator | None, list[str]]:
    """The simulator fitted on the highest rate that was kept, else on the valid run of the lowest; and what is to be said about it.

    None where no run can be fitted: too few answers, or too many failures.
    """
    slo = inputs.spec.slo
    valid = [run for run in inputs.runs if run.summary.valid and run.summary.loop == "open"]
    kept = sorted((run for run in valid if why_not_held(run.summary, slo) is None), key=lambda run: -held_rate(run.summary))
    others = [] if kept else sorted(valid, key=lambda run: held_rate(run.summary))
    why = "no run is valid"
    serving = inputs.spec.serving
    fleet = {"max_batch": serving.max_concurrency, "max_queue": serving.max_queue}
    for run in [*kept[:2], *others]:
        try:
            fit = fit_step_times(columns_of(run.records), replicas=serving.replicas, **fleet)
        except InputError as error:
            why = str(error).rstrip(".")
            continue
        prompts, outputs = lengths_of(run.records)
        full = _fullest(valid) if fit.batch_seen[1] < serving.max_concurrency and run is not _fullest(valid) else None
        if full is not None:
            fit = _to_the_end(fit, full, float(prompts.mean()), float(outputs.mean()), serving.replicas, serving.max_concurrency)
        notes = [f"Simulator, fitted on the {run.summary.scale:.4g}x run: {note}." for note in fit.notes]
        if inputs.spec.endpoint is not None:
            notes.append(
                f"The simulated replica decodes at most {serving.max_concurrency} requests together, as serving.max_concurrency says."
            )
        return Simulator(fit, run, full, inputs.spec, fleet, prompts, outputs), notes
    return None, [f"Nothing is simulated: {why}."]


def _fullest(valid: list[Run]) -> Run | None:
    """The saturated run that answered most, nearly all of what it was sent; its batches were full."""
    full = [run for run in valid if run.summary.saturated and sum(run.summary.errors.values()) <= MOST_FAILED * run.summary.n]
    return max(full, key=lambda run: run.summary.requests_per_s, default=None)


def _to_the_end(fit: Fit, full: Run, prompt_mean: float, output_mean: float, replicas: int, max_batch: int) -> Fit:
    """`fit` with a last point at a full batch, such that `saturation_rate` is what the saturated run answered.

    With j = max_batch / output_mean requests that join at a step: step = j replicas / rate - j x prompt x prefill.
    """
    steps, joins = fit.steps, max_batch / output_mean
    answered = full.summary.requests_per_s
    last = joins * replicas / answered - joins * prompt_mean * steps.prefill_s_per_token
    ended = StepTimes(
        (*steps.batch, max_batch), (*steps.seconds, max(last, steps.seconds[-1])), steps.prefill_s_per_token, steps.overhead_s
    )
    note = (
        f"at most {fit.batch_seen[1]} sequences decoded together; that {max_batch} take {ended.seconds[-1]:.3g} s a step is from the "
        f"{answered:.3g} requests/s that the saturated {full.summary.scale:.4g}x run answered"
    )
    return fit._replace(steps=ended, notes=[note])


def columns_of(records: pa.Table) -> dict[str, np.ndarray]:
    """The columns that a fit reads; missing numbers are NaN."""
    numbers = {name: records[name].cast(pa.float64()).to_numpy() for name in COLUMNS}
    texts = {name: records[name].to_numpy() for name in ("status", "phase")}
    return {**numbers, **texts, "gaps_s": records["gaps_s"].to_numpy()}


def at_peak(sim: Simulator, rate: float, replicas: int) -> AtPeak:
    """`replicas` under the declared traffic at a mean of `rate` [1/s]."""
    n = min(MOST, FEWEST + PER_REPLICA * replicas)
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
    found = simulated_capacity(
        sim.fit.steps,
        spec.slo,
        arrivals=arrivals or arrivals_of(spec, copies=_copies(spec, replicas)),
        prompt_tokens=sim.prompts,
        output_tokens=sim.outputs,
        replicas=replicas,
        requests=min(MOST, CAPACITY_REQUESTS + PER_REPLICA * (replicas - 1)),
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
    prefill = float(sim.prompts.mean()) * steps.prefill_s_per_token
    batch = 1
    for _ in range(50):  # Little's law: sequences in a replica = rate x time in a slot
        service = float(outputs.mean()) * steps.at(batch) + prefill
        batch = min(sim.fleet["max_batch"], max(1, round(rate / replicas * service)))
    full = float(outputs.mean()) * (steps.at(sim.fleet["max_batch"]) + prefill * sim.fleet["max_batch"] / float(outputs.mean()))
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
