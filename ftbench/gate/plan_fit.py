"""The simulator of a plan, fitted on one of its runs."""

from dataclasses import replace
from math import expm1
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from ftbench.cost.capacity import held_rate, why_not_held
from ftbench.cost.simulator import Fit, fit_step_times
from ftbench.errors import InputError
from ftbench.gate.plan_inputs import Inputs
from ftbench.gate.plan_runs import Run
from ftbench.gate.plan_traffic import lengths_of
from ftbench.spec import Spec

MOST_FAILED = 0.05  # of a saturated run whose throughput is believed
MOST_ERROR = 0.3  # of a figure of the fitted run: beyond it the simulator is of another server
JUDGED = {"ttft_p50_s": "TTFT p50", "e2e_mean_s": "whole response mean", "output_tokens_per_s": "output"}
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
    doubt: str = ""
    """Why nothing is to be simulated with it: it does not even reproduce the run that it was fitted on. Empty where it does."""


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
        doubt = _doubt(fit)
        return Simulator(fit, run, full, inputs.spec, fleet, prompts, outputs, doubt), [*notes, *filter(None, [doubt])]
    return None, [f"Nothing is simulated: {why}."]


def _doubt(fit: Fit) -> str:
    off = {name: figure.error for name, figure in fit.reproduction.figures.items() if name in JUDGED and abs(figure.error) > MOST_ERROR}
    if not off:
        return ""
    named = ", ".join(f"{JUDGED[name]} {error:+.0%}" for name, error in off.items())
    return (
        f"Nothing is simulated: the simulator does not reproduce the run that it was fitted on ({named}). Was the machine busy with "
        "something else, or does the server batch otherwise than serving.max_concurrency says?"
    )


def columns_of(records: pa.Table) -> dict[str, np.ndarray]:
    """The columns that a fit reads; missing numbers are NaN."""
    numbers = {name: records[name].cast(pa.float64()).to_numpy() for name in COLUMNS}
    texts = {name: records[name].to_numpy() for name in ("status", "phase")}
    return {**numbers, **texts, "gaps_s": records["gaps_s"].to_numpy()}


def _fullest(valid: list[Run]) -> Run | None:
    """The saturated run that answered most, nearly all of what it was sent; its batches were full."""
    full = [run for run in valid if run.summary.saturated and sum(run.summary.errors.values()) <= MOST_FAILED * run.summary.n]
    return max(full, key=lambda run: run.summary.requests_per_s, default=None)


def _to_the_end(fit: Fit, full: Run, prompt_mean: float, output_mean: float, replicas: int, max_batch: int) -> Fit:
    """`fit` with a last point at a full batch, such that `saturation_rate` is what the saturated run answered.

    With j = max_batch / output_mean requests that join at a step: step = j replicas / rate - j x prompt x prefill a token
    - (1 - exp(-j)) x prefill a step, for they come at random.
    """
    steps, joins = fit.steps, max_batch / output_mean
    answered = full.summary.requests_per_s
    prefill = joins * prompt_mean * steps.prefill_s_per_token - expm1(-joins) * steps.prefill_s_per_step
    last = joins * replicas / answered - prefill
    ended = replace(steps, batch=(*steps.batch, max_batch), seconds=(*steps.seconds, max(last, steps.seconds[-1])))
    note = (
        f"at most {fit.batch_seen[1]} sequences decoded together; that {max_batch} take {ended.seconds[-1]:.3g} s a step is from the "
        f"{answered:.3g} requests/s that the saturated {full.summary.scale:.4g}x run answered"
    )
    return fit._replace(steps=ended, notes=[note])
