"""Step times from closed-loop runs of several batches, as the simulator takes them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from ftbench.compare.file import Steps
from ftbench.compare.steps import Seen, step_times
from ftbench.compare.turn_file import BatchRun
from ftbench.cost.simulator import StepTimes, simulate
from ftbench.load.records import read_records
from ftbench.metrics import latency
from ftbench.spec import Spec

TRIES = 200
COLUMNS = ("sent_s", "first_token_s", "prompt_tokens", "output_tokens")


class _Loop(NamedTuple):
    """The answered requests of one run in the order of their sending, arrays (n,); times [s] from the first one. `counted`: measured."""

    sent_s: np.ndarray
    prompts: np.ndarray
    outputs: np.ndarray
    counted: np.ndarray
    ttft_s: float  # mean of those that count


def fitted(runs: Sequence[BatchRun], folder: Path, spec: Spec, step_tokens: int | None = None) -> Steps | None:
    """The measured steps as a curve, and the two costs of prefill with which a replay of each run comes to its mean TTFT.

    Prefill cannot be read off a mean: users who ask again at once come in step, the first joins alone and the others in the next step. So
    the requests of each run are replayed, and the cost of a prompt token and of a step that prefills moved until the means of all runs come
    out best, relatively. The first is told from the second by prompts that join together, so one batch alone gives prompt tokens all of it.
    A request's own overhead (HTTP, tokenizer) cannot be told from a step's here; it is taken to hold up the others as well, which errs to
    the slow side. None where no run has a step.

    Args:
        runs: with records in folder / run.folder; invalid ones are left out.
    """
    valid = [run for run in runs if not run.invalid and run.step and run.ttft and run.prompt_tokens]
    rough = step_times([Seen(run.batch, run.step.mean, run.ttft.mean, run.prompt_tokens) for run in valid])
    if rough is None:
        return None
    loops = [loop for run in valid if (loop := _loop(folder / run.folder)) is not None]
    never_falling = tuple(np.maximum.accumulate(rough.seconds).tolist())
    start = StepTimes(rough.batch, never_falling, rough.prefill_s_per_token, 0.0, rough.overhead_s)
    serving = spec.serving
    fleet = {"replicas": serving.replicas, "max_batch": serving.max_concurrency, "max_queue": serving.max_queue}
    steps = _prefill(start, loops, {**fleet, "max_batch_tokens": step_tokens})
    return Steps(
        batch=list(steps.batch),
        seconds=list(steps.seconds),
        prefill_s_per_token=steps.prefill_s_per_token,
        prefill_s_per_step=steps.prefill_s_per_step,
        overhead_s=0.0,
    )


def _prefill(start: StepTimes, loops: list[_Loop], fleet: dict) -> StepTimes:
    """`start` with the costs of prefill that bring the mean TTFT of each loop out best: least squares of logarithms, by simplex, since
    requests jump from step to step."""
    if not loops:
        return start
    unit = min(loop.ttft_s for loop in loops) / 2
    prompt = max(1.0, float(np.mean(np.concatenate([loop.prompts for loop in loops]))))
    both = len(loops) > 1

    def at(x: np.ndarray) -> StepTimes:
        token = max(0.0, start.prefill_s_per_token + float(x[0]) * unit / prompt)
        step = max(0.0, start.prefill_s_per_step + float(x[1]) * unit) if both else 0.0
        return replace(start, prefill_s_per_token=token, prefill_s_per_step=step)

    def missed(x: np.ndarray) -> float:
        return sum(np.log(_replayed(loop, at(x), fleet) / loop.ttft_s) ** 2 for loop in loops) + 1e-6 * float(x @ x)

    options = {"initial_simplex": np.array([[0.0, 0.0], [0.3, 0.0], [0.0, 0.3]]), "maxfev": TRIES, "xatol": 1e-3, "fatol": 1e-7}
    return at(minimize(missed, np.zeros(2), method="Nelder-Mead", options=options).x)


def _replayed(loop: _Loop, steps: StepTimes, fleet: dict) -> float:
    """Mean TTFT of the loop's requests at the times at which they were sent [s]."""
    done = simulate(loop.sent_s, loop.prompts, loop.outputs, steps, **fleet)
    first = (done.first_token_s - loop.sent_s)[loop.counted]
    return float(np.mean(first[np.isfinite(first)])) if np.isfinite(first).any() else float("inf")


def _loop(folder: Path) -> _Loop | None:
    records = read_records(folder / "requests.parquet")
    sent, first, prompts, outputs = (latency.column(records, name) for name in COLUMNS)
    ok = np.array(records["status"].to_pylist()) == "ok"
    ok &= np.isfinite(sent) & np.isfinite(first) & np.isfinite(prompts) & (outputs >= 1)
    counted = np.array(records["phase"].to_pylist()) == "measured"
    order = np.flatnonzero(ok)[np.argsort(sent[ok], kind="stable")]
    if not counted[order].any():
        return None
    late = (first - sent)[order][counted[order]]
    return _Loop(sent[order] - sent[order][0], prompts[order].astype(int), outputs[order].astype(int), counted[order], float(late.mean()))
