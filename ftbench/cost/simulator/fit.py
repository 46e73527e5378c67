"""Step times from the records of a run: read off how many sequences decoded together, then refined by replaying the run itself."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from ftbench.cost.simulator.decoding import first_estimate
from ftbench.cost.simulator.reproduction import Reproduction, replay, reproduction
from ftbench.cost.simulator.requests import Requests, requests_of
from ftbench.cost.simulator.simulate import Routing
from ftbench.cost.simulator.step_time import StepTimes

LATENCIES = ("ttft_s", "tpot_s", "e2e_s")
MOST = 1500  # requests that are replayed for the refinement, from the first one on; all are for the figures
TRIES = 160
NUDGE = 0.1  # of a step: the first move
REJECTED = 10.0  # of the median latency: what a request that only the replay rejects counts as


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
    steps = _refined(Requests(*(column[:MOST] for column in requests)), estimate.steps, fleet)
    low, high = estimate.batch_seen
    notes = [] if high >= max_batch else [f"at most {high} sequences decoded together; the curve between {high} and {max_batch} is a guess"]
    return Fit(steps, reproduction(requests, steps, **fleet), (low, high), estimate.steps, notes)


def _refined(requests: Requests, start: StepTimes, fleet: dict) -> StepTimes:
    """Four parameters, each in units of the first step: the curve up or down, its slope, the prefill of a mean prompt, the overhead.

    By Nelder and Mead's simplex: a request that just misses a boundary between steps makes a jump, so derivatives mean little.
    """
    unit, prompt = start.seconds[0], max(float(requests.prompts.mean()), 1.0)
    knots, curve = np.array(start.batch), np.array(start.seconds)
    rise = (knots - knots[0]) / max(knots[-1] - knots[0], 1)
    kept = [(values, name, float(np.nanmedian(values))) for name in LATENCIES for values in (getattr(requests, name),)]

    def steps_of(x: np.ndarray) -> StepTimes:
        moved = np.maximum.accumulate(np.maximum(curve + unit * (x[0] + x[1] * rise), unit / 10))
        prefill, overhead = start.prefill_s_per_token + x[2] * unit / prompt, start.overhead_s + x[3] * unit
        return StepTimes(start.batch, tuple(moved.tolist()), max(0.0, float(prefill)), max(0.0, float(overhead)))

    def miss(x: np.ndarray) -> float:
        _, outcome = replay(requests, steps_of(x), **fleet)
        off = [(getattr(outcome, name) - values) / scale for values, name, scale in kept]
        off = np.nan_to_num(np.concatenate(off), nan=0.0, posinf=REJECTED)
        return float(np.sum(np.sqrt(1 + off**2) - 1))

    simplex = np.vstack([np.zeros(4), NUDGE * np.eye(4)])
    options = {"initial_simplex": simplex, "maxfev": TRIES, "xatol": 1e-3, "fatol": 1e-4 * len(requests.sent_s)}
    return steps_of(minimize(miss, np.zeros(4), method="Nelder-Mead", options=options).x)
