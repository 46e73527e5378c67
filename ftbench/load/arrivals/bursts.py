"""A calm rate with a rush in every period: the newsletter at nine, the shift that begins."""

import numpy as np

from ftbench.load.arrivals.steps import steps


def bursts(rate: float, duration: float, rng: np.random.Generator, *, period: float, length: float, factor: float) -> np.ndarray:
    """Arrival times [s], shape (n,), ascending, in [0, duration): Poisson, `factor` times as dense in the last `length` s of each `period`.

    `rate` [1/s] is the mean over whole periods, so the calm rate is rate / (1 + (factor - 1) length / period).

    Args:
        period, length: [s], 0 < length < period. factor: > 1.
    """
    calm = rate / (1 + (factor - 1) * length / period)
    turns = int(np.ceil(duration / period))
    times = steps([period - length, length] * turns, [calm, factor * calm] * turns, rng)
    return times[times < duration]


def expected_in_bursts(rate: float, until: float, *, period: float, length: float, factor: float) -> float:
    """Arrivals that `bursts` has in [0, until) at the mean: Λ(until)."""
    calm = rate / (1 + (factor - 1) * length / period)
    turns, rest = divmod(until, period)
    return rate * period * turns + calm * (rest + (factor - 1) * max(0.0, rest - (period - length)))
