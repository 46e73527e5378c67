"""One rate after another: how a server takes a change."""

from collections.abc import Sequence

import numpy as np

from ftbench.load.arrivals.poisson import poisson


def steps(durations: Sequence[float], rates: Sequence[float], rng: np.random.Generator) -> np.ndarray:
    """Arrival times [s], shape (n,), ascending, in [0, sum(durations)): a Poisson process, of rate rates[i] [1/s] for durations[i] [s].

    Exact: a process of rate 1 on the scale of expected arrivals, led back through the inverse of Λ(t) = ∫ rate, which is piecewise linear.

    Source: time rescaling of an inhomogeneous Poisson process, Çinlar 1975, Introduction to Stochastic Processes, chapter 4.
    """
    ends = np.concatenate([[0.0], np.cumsum(durations)])
    expected = np.concatenate([[0.0], np.cumsum(np.multiply(durations, rates))])
    times = np.interp(poisson(1.0, expected[-1], rng), expected, ends)
    return times[times < ends[-1]]  # rounding may put one on the end itself
