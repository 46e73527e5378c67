"""Queues with a known answer: arrivals and service times are drawn, departures follow (Lindley's recursion, also of several servers)."""

from collections.abc import Callable
from heapq import heapreplace

import numpy as np

Run = tuple[np.ndarray, np.ndarray]


def poisson(rate: float, seconds: float, rng: np.random.Generator) -> np.ndarray:
    return np.sort(rng.uniform(0, seconds, rng.poisson(rate * seconds)))


def gamma(rate: float, seconds: float, rng: np.random.Generator, cv: float) -> np.ndarray:
    gaps = rng.gamma(1 / cv**2, cv**2 / rate, int(3 * rate * seconds) + 400)
    times = np.cumsum(gaps) - 40.0  # begun long before, so that the first gap is not a special one
    return times[(times >= 0) & (times < seconds)]


def changing(rate_at: Callable[[np.ndarray], np.ndarray], highest: float, seconds: float, rng: np.random.Generator) -> np.ndarray:
    times = poisson(highest, seconds, rng)
    return times[rng.uniform(0, highest, len(times)) < rate_at(times)]


def served(arrivals: np.ndarray, service_s: np.ndarray, servers: int = 1, freeze: tuple[float, float] | None = None) -> np.ndarray:
    """Departures, first come first served; nothing is served during `freeze`."""
    free, ends = [0.0] * servers, np.empty_like(arrivals)
    for k, (at, takes) in enumerate(zip(arrivals.tolist(), service_s.tolist(), strict=True)):
        begin = max(free[0], at)
        if freeze and freeze[0] <= begin < freeze[1]:
            begin = freeze[1]
        end = begin + takes
        if freeze and begin < freeze[0] < end:
            end += freeze[1] - freeze[0]
        ends[k] = end
        heapreplace(free, end)
    return ends


def shared(arrivals: np.ndarray, size_s: float) -> np.ndarray:
    """Departures of equal requests from a server that all under way share evenly: the first in is the first out."""
    ends, now, work, first = np.empty_like(arrivals), 0.0, 0.0, 0
    goals: list[float] = []
    for at in [*arrivals.tolist(), np.inf]:
        while first < len(goals) and (end := now + (goals[first] - work) * (len(goals) - first)) <= at:
            ends[first], now, work, first = end, end, goals[first], first + 1
        if first < len(goals):
            work += (at - now) / (len(goals) - first)
        now = at
        goals.append(work + size_s)
    return ends
