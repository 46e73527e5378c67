"""Step times from the records of a run: read off how many sequences decoded together, then refined by replaying the run itself."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares

from ftbench.cost.simulator.decoding import first_estimate
from ftbench.cost.simulator.reproduction import Reproduction, replay, reproduction
from ftbench.cost.simulator.requests import Requests, requests_of
from ftbench.cost.simulator.simulate import Routing
from ftbench.cost.simulator.step_time import StepTimes

NUDGE = 0.02  # of a step: a derivative over less would see single requests that just miss a boundary
TAIL = 1.0  # residuals beyond it, in medians of the latency, count less than quadratically
ROUNDS = 12


class Fit(NamedTuple):
    """`steps`, how well a replay of the very run reproduces it, and within which batch sizes the curve was seen: beyond, it is a guess.

    `first` is what was read off before the refinement.
    """

    steps: StepTimes
    reproduction: Reproduction
    batch_seen: tuple[int, int]
    first: StepTimes
    notes: list[str]


def fit_step_times(
    columns: Mapping[str, np.ndarray],
    *,
    replicas: int = 1,
    max_batch: int = 16,
    max_queue: int | None = None,
    routing: Routing = "least",
    max_batch_tokens: int | None = None,
) -> Fit:
    """StepTimes with which `simulate` reproduces the run.

    First the numbers of sequences that decoded together are known from the records, and the time that each request spent at each of
    them: non-negative least squares (decoding.first_estimate). Then all requests are replayed and curve, prefill and overhead moved until
    TTFT, TPOT and E2E of each request come out best (soft L1, so that a few requests that a pause of the machine hit do not decide).

    Args:
        columns: columns of the request records by name, as `requests_of`. The other arguments say how the server ran, as in `simulate`.
    Raises:
        InputError: as `requests_of`.
    """
    fleet = {
        "replicas": replicas,
        "max_batch": max_batch,
        "max_queue": max_queue,
        "routing": routing,
        "max_batch_tokens": max_batch_tokens,
    }
    requests = requests_of(columns)
    estimate = first_estimate(requests, replicas=replicas, max_batch=max_batch)
    steps = _refined(requests, estimate.steps, fleet)
    low, high = estimate.batch_seen
    notes = [] if high >= max_batch else [f"at most {high} sequences decoded together; the curve between {high} and {max_batch} is a guess"]
    return Fit(steps, reproduction(requests, steps, **fleet), (low, high), estimate.steps, notes)


def _refined(requests: Requests, start: StepTimes, fleet: dict) -> StepTimes:
    """Parameters are increments of the curve from knot to knot, the prefill of a mean prompt and the overhead, in units of the first step,
    so that none can be negative and one nudge suits all."""
    unit = start.seconds[0]
    prompt = max(float(requests.prompts.mean()), 1.0)
    kept = [(requests.ttft_s, "ttft_s"), (requests.tpot_s, "tpot_s"), (requests.e2e_s, "e2e_s")]
    scales = [float(np.nanmedian(values)) or 1.0 for values, _ in kept]

    def steps_of(x: np.ndarray) -> StepTimes:
        curve = np.cumsum(x[: len(start.batch)]) * unit
        return StepTimes(start.batch, tuple(curve.tolist()), float(x[-2] * unit / prompt), float(x[-1] * unit))

    def residuals(x: np.ndarray) -> np.ndarray:
        _, outcome = replay(requests, steps_of(x), **fleet)
        parts = [(getattr(outcome, name) - values) / scale for (values, name), scale in zip(kept, scales, strict=True)]
        return np.nan_to_num(np.concatenate(parts), nan=0.0, posinf=100.0)  # a request that only the replay rejects is a large miss

    def slopes(x: np.ndarray) -> np.ndarray:
        columns = []
        for k in range(len(x)):
            up, down = x.copy(), x.copy()
            up[k], down[k] = x[k] + NUDGE, max(x[k] - NUDGE, lowest[k])
            columns.append((residuals(up) - residuals(down)) / (up[k] - down[k]))
        return np.column_stack(columns)

    first = np.array([1.0, *(np.diff(start.seconds) / unit), start.prefill_s_per_token * prompt / unit, start.overhead_s / unit])
    lowest = np.zeros(len(first))
    lowest[0] = 0.05
    inside = np.maximum(first, lowest + 1e-3)
    found = least_squares(residuals, inside, jac=slopes, bounds=(lowest, np.inf), loss="soft_l1", f_scale=TAIL, max_nfev=ROUNDS)
    return steps_of(found.x)
