"""The run itself as the judge: step times are moved until a replay of its requests comes out as they did."""

from collections.abc import Callable
from dataclasses import replace
from math import exp, log
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize, minimize_scalar

from ftbench.cost.simulator.reproduction import replay
from ftbench.cost.simulator.requests import Requests
from ftbench.cost.simulator.step_time import StepTimes

LATENCIES = ("ttft_s", "tpot_s", "e2e_s")
MOST = 1500  # requests that are replayed, from the first one on
SLOWER = 1.05  # most that all steps may be made slower, or faster
FEWEST = 5  # requests that came to a free slot, from which the overhead can be told
REJECTED = 10.0  # of the median latency: what a request that only the replay rejects counts as
POOR, BETTER = 0.15, 0.5  # mean miss of a latency, in medians, that calls for another model; share of it that this one must come down to
TRIES = 160


class Refined(NamedTuple):
    """`freed`: the gaps between tokens did not explain the run, and the cost of prefill was set by the latencies instead."""

    steps: StepTimes
    freed: bool


def refined(requests: Requests, start: StepTimes, fleet: dict) -> Refined:
    """`start`, moved as little as will do. `fleet`: keywords of `simulate`, as the server ran.

    First the overhead and the speed of everything, by SLOWER at most: a queue is far more sensitive to it than the gaps are exact. A curve
    that is free to make up for what the model lacks reproduces its own run better and predicts others worse. Only where the run is still
    missed by far are speed, prefill and overhead all free, and only where that helps much: some servers hold a slot before the first token
    without a gap in anybody's stream to show for it.
    """
    first = Requests(*(column[:MOST] for column in requests))
    misses = _misses(first, fleet)
    by = minimize_scalar(
        lambda x: misses(_at_speed(first, start, exp(x), fleet)),
        bounds=(-log(SLOWER), log(SLOWER)),
        method="bounded",
        options={"xatol": 1e-3},
    )
    near = _at_speed(first, start, exp(by.x), fleet)
    missed = misses(near)
    if missed <= POOR:
        return Refined(near, False)
    free, left = _free(first, near, misses)
    return Refined(free, True) if left < BETTER * missed else Refined(near, False)


def _misses(requests: Requests, fleet: dict) -> Callable[[StepTimes], float]:
    """Mean of how far a replay misses each latency, in medians of it; soft L1, so that requests that a pause hit do not decide."""
    kept = [(values, name, float(np.nanmedian(values))) for name in LATENCIES for values in (getattr(requests, name),)]

    def misses(steps: StepTimes) -> float:
        _, outcome = replay(requests, steps, **fleet)
        off = np.concatenate([(getattr(outcome, name) - values) / scale for values, name, scale in kept])
        off = np.nan_to_num(off, nan=0.0, posinf=REJECTED)
        return float(np.mean(np.sqrt(0.01 + off**2) - 0.1))

    return misses


def _at_speed(requests: Requests, start: StepTimes, factor: float, fleet: dict) -> StepTimes:
    """`start` so much slower, with the overhead that puts the median first token right of those requests that came to a free slot."""
    steps = replace(start.scaled(factor), overhead_s=0.0)
    under_way = np.searchsorted(requests.sent_s, requests.sent_s) - np.searchsorted(np.sort(requests.done_s), requests.sent_s)
    free = under_way < fleet["replicas"] * fleet["max_batch"]
    if free.sum() < FEWEST:
        return replace(steps, overhead_s=start.overhead_s)
    _, outcome = replay(requests, steps, **fleet)
    late = float(np.median((requests.ttft_s - outcome.ttft_s)[free]))
    return replace(steps, overhead_s=max(0.0, late) if np.isfinite(late) else start.overhead_s)


def _free(requests: Requests, start: StepTimes, misses: Callable[[StepTimes], float]) -> tuple[StepTimes, float]:
    """Nelder and Mead's simplex over speed, both costs of prefill and overhead; no derivatives, since requests jump from step to step."""
    unit, prompt = start.seconds[0], max(float(requests.prompts.mean()), 1.0)

    def steps_of(x: np.ndarray) -> StepTimes:
        token = max(0.0, float(start.prefill_s_per_token + x[1] * unit / prompt))
        overhead, step = (max(0.0, float(had + y * unit)) for had, y in ((start.overhead_s, x[2]), (start.prefill_s_per_step, x[3])))
        return StepTimes(start.batch, tuple(exp(x[0]) * s for s in start.seconds), token, overhead, step)

    simplex = np.vstack([np.zeros(4), np.diag([0.05, 0.3, -0.3, 0.3])])
    options = {"initial_simplex": simplex, "maxfev": TRIES, "xatol": 1e-3, "fatol": 1e-4}
    found = minimize(lambda x: misses(steps_of(x)), np.zeros(4), method="Nelder-Mead", options=options)
    return steps_of(found.x), float(found.fun)
