"""Evenly spaced arrivals: the friendliest traffic there is, and no model of people."""

import numpy as np


def constant(rate: float, duration: float, rng: np.random.Generator | None = None) -> np.ndarray:
    """Arrival times [s], shape (n,), ascending, in [0, duration): k / rate for k = 0, 1, ... `rng` is not used."""
    times = np.arange(int(np.ceil(rate * duration)) + 1) / rate
    return times[times < duration]
