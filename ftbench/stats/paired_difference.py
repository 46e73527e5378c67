"""Two yes/no rates of the same cases: how far apart may they truly be?"""

from math import sqrt

from scipy.optimize import brentq
from scipy.stats import norm

from ftbench.errors import NoData

_EDGE = 1e-9  # of a difference of -1 or 1, where the variance under it is 0


def paired_interval(only_first: int, only_second: int, pairs: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Two-sided score interval (low, high) of rate(first) - rate(second), both of the same `pairs`.

    Only the pairs that differ move the estimate; those that agree narrow the interval. Unlike Wald's it has a width where no pair differs:
    none of 44 leaves (-0.080, 0.080). The interval belongs to the score test, so next to an exact McNemar test it may, near the limit of
    significance, leave 0 out while the exact p-value does not.

    Args:
        only_first: pairs that say yes on the first side alone; `only_second` on the second alone.
        pairs: all pairs, those that agree included.
    Raises:
        NoData: `pairs` is 0.
        ValueError: counts that no table has, or a confidence outside of (0, 1).
    Source: Tango 1998, Statistics in Medicine 17, 891-908; the limits are found as roots of his T(delta) = -z and z.
    """
    if pairs == 0:
        raise NoData("no pairs were judged")
    if min(only_first, only_second) < 0 or only_first + only_second > pairs:
        raise ValueError(f"{only_first} and {only_second} of {pairs} pairs are impossible")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}; it must be above 0 and below 1")
    z, estimate = float(norm.ppf((1 + confidence) / 2)), (only_first - only_second) / pairs

    def limit(edge: float, at: float) -> float:
        """Where the statistic is `at`, between the estimate and `edge`."""

        def off(delta: float) -> float:
            return score(only_first, only_second, pairs, delta) - at

        crosses = abs(estimate - edge) > 2 * _EDGE and off(edge) * off(estimate) < 0
        return float(brentq(off, estimate, edge, xtol=1e-12)) if crosses else edge

    low, high = limit(-1 + _EDGE, z), limit(1 - _EDGE, -z)
    return max(-1.0, low if low > -1 + _EDGE else -1.0), min(1.0, high if high < 1 - _EDGE else 1.0)


def score(only_first: int, only_second: int, pairs: int, delta: float) -> float:
    """Tango's T: how many standard errors the observed difference lies above `delta`, the variance being the one that `delta` allows.

    Decreases in `delta`, which lies within (-1, 1).
    """
    b, c, n = only_first, only_second, pairs
    second = 2.0 * n
    first = -b - c + (2 * n - b + c) * delta
    zeroth = -c * delta * (1 - delta)
    q21 = (sqrt(max(0.0, first * first - 4 * second * zeroth)) - first) / (2 * second)
    variance = n * max(2 * q21 + delta * (1 - delta), 0.0)
    distance = b - c - n * delta
    if variance <= 0:
        return 0.0 if distance == 0 else float("inf") if distance > 0 else float("-inf")
    return distance / sqrt(variance)
