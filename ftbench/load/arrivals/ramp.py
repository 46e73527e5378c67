"""A rate that grows or falls evenly: where on the way does the server give in?"""

import numpy as np

from ftbench.load.arrivals.poisson import poisson


def ramp(start: float, end: float, duration: float, rng: np.random.Generator) -> np.ndarray:
    """Arrival times [s], shape (n,), ascending, in [0, duration): a Poisson process of rate start + (end - start) t / duration [1/s].

    Exact, by time rescaling as in steps.py: Λ(t) = start t + c t²/2 with c = (end - start)/duration is solved for t. The root is written as
    2Λ / (start + √(start² + 2cΛ)), which neither divides by c = 0 nor loses digits where c is small.

    Args:
        start, end: ≥ 0, not both 0.
    """
    expected = poisson(1.0, (start + end) / 2 * duration, rng)
    slope = (end - start) / duration
    root = np.sqrt(np.maximum(start**2 + 2 * slope * expected, 0.0))  # 0 at the end of a fall to 0, or a rounding below it
    times = np.divide(2 * expected, start + root, out=np.zeros_like(expected), where=start + root > 0)
    return times[times < duration]
