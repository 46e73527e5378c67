"""Queues of known behaviour, simulated: what a search for the capacity is tried against."""

import math

import numpy as np

from ftbench.load.arrivals import poisson
from ftbench.stats.rate_search import Measure, Trial

WARMUP = 0.25  # of the measured time


def waits(arrivals: np.ndarray, service: np.ndarray) -> np.ndarray:
    """Waiting time [s] of each customer (n,) before one server, first come first served. Source: Lindley 1952."""
    before = np.concatenate([[0.0], np.cumsum(service)[:-1]])
    return before + np.maximum.accumulate(arrivals - before) - arrivals


def responses(arrivals: np.ndarray, service: np.ndarray, servers: int) -> np.ndarray:
    """Response time [s] of each customer (n,). With more servers than one all services must be equal: then they take turns."""
    out = np.empty(len(arrivals))
    for k in range(servers):
        out[k::servers] = waits(arrivals[k::servers], service[k::servers]) + service[k::servers]
    return out


def measured(limit_s: float, duration_s: float, *, servers: int = 1, service_s: float = 1.0, random: str = "md", n: int = 0) -> Measure:
    """A run on an empty server: warm-up, then `duration_s`, or as long as `n` requests take. `random`: dd, md or mm."""

    def measure(rate: float, seed: int) -> Trial:
        rng = np.random.default_rng([seed, int(rate * 1e6)])
        measured_s = max(duration_s, n / rate)
        begin, end = WARMUP * measured_s, (1 + WARMUP) * measured_s
        arrivals = np.arange(int(rate * end)) / rate if random == "dd" else poisson(rate, end, rng)
        service = rng.exponential(service_s, len(arrivals)) if random == "mm" else np.full(len(arrivals), service_s)
        took = responses(arrivals, service, servers)[arrivals >= begin]
        return Trial(len(took), int((took <= limit_s + 1e-9).sum()), in_flight=rate * float(took.mean()))

    return measure


def mm1_capacity(limit_s: float, target: float) -> float:
    """Of an M/M/1 with service rate 1: P(T > t) = exp(-(1 - rate) t). Source: Kleinrock, Queueing Systems I (1975), 5.118."""
    return 1 - math.log(1 / (1 - target)) / limit_s


def long_run_capacity(limit_s: float, target: float, servers: int) -> float:
    """Of an M/D/c with service time 1, by bisection on simulations of two million customers with common random numbers."""
    rng = np.random.default_rng(5)
    uniform = np.cumsum(rng.exponential(1.0, 2_000_000))
    low, high = 0.05 * servers, 1.0 * servers
    for _ in range(12):
        rate = (low + high) / 2
        took = responses(uniform / rate, np.ones(len(uniform)), servers)[20_000:]
        low, high = (rate, high) if (took <= limit_s).mean() >= target else (low, rate)
    return low
