"""The highest rate at which a simulated fleet keeps a promise."""

from collections.abc import Callable
from math import floor, sqrt
from statistics import fmean
from typing import NamedTuple

import numpy as np

from ftbench.cost.simulator.outcome import Outcome, attainment, outcome_of
from ftbench.cost.simulator.simulate import Numbers, Routing, Simulated, simulate
from ftbench.cost.simulator.step_time import StepTimes
from ftbench.errors import InputError
from ftbench.spec.load import Slo

Arrivals = Callable[[float, float, np.random.Generator], np.ndarray]

WARMUP = 0.1  # share of the requests that only fill the queue
FLOOR = 1e-3  # of the saturation rate: below it a request is alone, and that was tried already
FIRST_GUESS = 0.8  # of the saturation rate


class SimulatedCapacity(NamedTuple):
    """Requests per second [1/s] of the whole fleet. Modelled.

    `rate` is the mean of `rates`, the capacity under each seed, and `low` and `high` are the least and the largest of them. All are 0 where
    even a request that is alone misses the SLO too often. No rate at or above `saturation_rate` can be served for long, whatever the SLO.
    """

    rate: float
    low: float
    high: float
    rates: tuple[float, ...]
    saturation_rate: float


def simulated_capacity(
    steps: StepTimes,
    slo: Slo,
    *,
    arrivals: Arrivals,
    prompt_tokens: Numbers,
    output_tokens: Numbers,
    replicas: int = 1,
    max_batch: int = 16,
    max_queue: int | None = None,
    routing: Routing = "least",
    max_batch_tokens: int | None = None,
    requests: int = 20_000,
    seeds: int = 3,
    tolerance: float = 0.01,
) -> SimulatedCapacity:
    """Bisect, for each seed with the same arrivals stretched or compressed, until the bracket is within `tolerance`; its lower end counts.

    A rate is kept when the share of good requests, the first tenth left out, is at least slo.attainment. A rate at or above saturation is
    not kept, without a simulation: its queue grows for ever, and a share would only say how long the run was.

    Args:
        arrivals: (rate [1/s], duration [s], generator) -> ascending times (n,) in [0, duration), as in ftbench.load.arrivals.
        prompt_tokens, output_tokens: samples that lengths are drawn from with replacement; of equal size they are pairs, drawn together.
        requests: in each run, at the mean. seeds: >= 1.
    Raises:
        InputError: the SLO has no limit, a sample is empty, or an argument of `simulate` is out of range.
    """
    _check(slo, prompt_tokens, output_tokens, requests, seeds, tolerance)
    prompts, outputs = np.asarray(prompt_tokens), np.asarray(output_tokens)
    fleet = {
        "replicas": replicas,
        "max_batch": max_batch,
        "max_queue": max_queue,
        "routing": routing,
        "max_batch_tokens": max_batch_tokens,
    }
    limit = saturation_rate(
        steps, float(prompts.mean()), float(outputs.mean()), replicas=replicas, max_batch=max_batch, max_batch_tokens=max_batch_tokens
    )

    def kept(rate: float, seed: int) -> bool:
        times = arrivals(rate, requests / rate, np.random.default_rng([seed, 0]))
        p, o = _drawn(prompts, outputs, len(times), np.random.default_rng([seed, 1]))
        outcome = outcome_of(simulate(times, p, o, steps, seed=seed, **fleet), times, o)
        begin = int(WARMUP * len(times))
        return len(times) > begin and attainment(Outcome(*(v[begin:] for v in outcome)), slo) >= slo.attainment

    if attainment(_alone(steps, prompts, outputs, max_batch_tokens), slo) < slo.attainment:
        return SimulatedCapacity(0.0, 0.0, 0.0, (0.0,) * seeds, limit)
    rates, guess = [], FIRST_GUESS * limit
    for seed in range(seeds):
        rates.append(_highest(lambda rate, seed=seed: kept(rate, seed), guess, limit, tolerance))
        guess = rates[-1] or guess
    return SimulatedCapacity(fmean(rates), min(rates), max(rates), tuple(rates), limit)


def saturation_rate(
    steps: StepTimes, prompt_mean: float, output_mean: float, *, replicas: int = 1, max_batch: int = 16, max_batch_tokens: int | None = None
) -> float:
    """Requests per second [1/s] of a fleet whose batches are always full: the throughput that no arrival rate may reach.

    With j requests that join at a step, sequences in it j x output_mean <= max_batch, and one step takes at(max_batch) + prefill: so
    rate = j / that. As few steps as can be prefill, j / max_batch of all, for it is a bound. A token budget allows at most
    j = budget / (prompt + output - 1); pieces of prompts hold slots, so with a budget that binds this is an upper bound.

    Args:
        prompt_mean, output_mean: tokens of a request at the mean, output >= 1.
    """
    joins = max_batch / output_mean
    if max_batch_tokens is not None:
        joins = min(joins, max_batch_tokens / max(prompt_mean + output_mean - 1, 1.0))
    running = max(1, floor(joins * output_mean + 1e-9))
    prefill = joins * prompt_mean * steps.prefill_s_per_token + joins / max_batch * steps.prefill_s_per_step
    return replicas * joins / (steps.at(running) + prefill)


def _alone(steps: StepTimes, prompts: np.ndarray, outputs: np.ndarray, max_batch_tokens: int | None) -> Outcome:
    """What each length of the samples would see in an idle replica."""
    n = max(len(prompts), len(outputs))
    p, o = np.resize(prompts, n), np.resize(outputs, n)
    pieces = np.ones(n) if max_batch_tokens is None else np.maximum(np.ceil(p / max_batch_tokens), 1)
    first = steps.overhead_s + pieces * (steps.at(1) + (p > 0) * steps.prefill_s_per_step) + p * steps.prefill_s_per_token
    done = first + (o - 1) * steps.at(1)
    return outcome_of(Simulated(first, done, np.zeros(n, dtype=np.int64)), np.zeros(n), o)


def _drawn(prompts: np.ndarray, outputs: np.ndarray, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    which = rng.integers(len(outputs), size=n)
    return prompts[which if len(prompts) == len(outputs) else rng.integers(len(prompts), size=n)], outputs[which]


def _highest(kept: Callable[[float], bool], guess: float, limit: float, tolerance: float) -> float:
    """The highest rate below `limit` that was kept, to `tolerance`; 0 where none above its floor was."""
    low, high, growth = 0.0, limit, 1.06
    rate = min(guess, limit / (1 + tolerance))
    while True:  # outwards from the guess, in growing steps, until it is bracketed
        if kept(rate):
            low = rate
            if high < limit or high <= low * (1 + tolerance):
                break
            rate = min(low * growth, limit / (1 + tolerance / 2))
        else:
            high = rate
            if low:
                break
            if high <= FLOOR * limit:
                return 0.0
            rate = max(high / growth, FLOOR * limit)
        growth = growth**1.7
    while high > low * (1 + tolerance):
        middle = sqrt(low * high)
        low, high = (middle, high) if kept(middle) else (low, middle)
    return low


def _check(slo: Slo, prompt_tokens: Numbers, output_tokens: Numbers, requests: int, seeds: int, tolerance: float) -> None:
    if slo.ttft_s is None and slo.tpot_s is None and slo.e2e_s is None:
        raise InputError("The SLO has no limit, so any throughput would be a capacity; give ttft_s, tpot_s or e2e_s.")
    if len(prompt_tokens) == 0 or len(output_tokens) == 0:
        raise InputError("There is no prompt or output length to draw from; give one of each at least.")
    if requests < 1 or seeds < 1 or not tolerance > 0:
        raise InputError(f"{requests} requests, {seeds} seeds and a tolerance of {tolerance}: each must be above 0.")
