"""Independent users: the usual model of traffic from many people."""

import numpy as np


def poisson(rate: float, duration: float, rng: np.random.Generator) -> np.ndarray:
    """Arrival times [s], shape (n,), ascending, in [0, duration): independent exponential gaps with mean 1/rate.

    Drawn gap by gap, so the same seed with a longer duration begins with the same arrivals.
    """
    gaps = rng.exponential(1.0 / rate, int(rate * duration) + 16)
    while (times := np.cumsum(gaps))[-1] < duration:
        gaps = np.append(gaps, rng.exponential(1.0 / rate, len(gaps)))
    return times[times < duration]
