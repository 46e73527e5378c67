"""Whether a series in time goes somewhere, for series whose neighbours are alike."""

import numpy as np
from scipy.stats import t as student

FEWEST = 3  # independent values that a straight line and its scatter need at least


def growth(counts: np.ndarray) -> float:
    """t statistic of the mean step between neighbours of `counts` (n + 1,), n - 1 degrees of freedom; inf where all steps are alike and up.

    The last value less the first, over what a walk with such steps and no direction would come to. For the number in a system that
    serves less than it gets, whose steps are nearly independent, it is the ordinary test of their mean. Where a queue drains, each step up
    is followed by one down: the sum stays and the scatter grows, so the statistic shrinks and the test is cautious. One jump among n equal
    values gives 1, however high it is.

    Raises:
        ValueError: fewer than 3 values.
    """
    if len(counts) < 3:
        raise ValueError(f"{len(counts)} values have no steps whose scatter could be seen")
    steps = np.diff(np.asarray(counts, dtype=float))
    mean, scatter = float(steps.mean()), float(steps.std(ddof=1))
    if scatter == 0:
        return 0.0 if mean == 0 else float(np.copysign(np.inf, mean))
    return mean / (scatter / np.sqrt(len(steps)))


def drift(values: np.ndarray) -> tuple[float, float]:
    """(change over the whole of `values` (n,) along the fitted line, two-sided p value of no change).

    Least squares; the residuals' correlation from one to the next, where positive, reduces n to n (1 - r) / (1 + r) values that say
    something of their own. p is 1 where fewer than FEWEST are left: a slow wave cannot be told from a trend.

    Raises:
        ValueError: fewer than 4 values.
    Source: Santer et al. 2000, J. Geophys. Res. 105(D6), 7337-7356, equations 3 to 6.
    """
    n = len(values)
    if n < 4:
        raise ValueError(f"{n} values have no trend")
    values = np.asarray(values, dtype=float)
    x = np.arange(n) - (n - 1) / 2
    slope = float(x @ values / (x @ x))
    residuals = values - values.mean() - slope * x
    squares = float(residuals @ residuals)
    if squares <= 1e-24 * float(values @ values):  # a line to the last digit
        return slope * n, 0.0 if abs(slope) * n > 1e-9 * float(np.abs(values).max()) else 1.0
    alike = max(0.0, float(residuals[1:] @ residuals[:-1]) / squares)
    own = n * (1 - alike) / (1 + alike)
    if own <= FEWEST:
        return slope * n, 1.0
    error = np.sqrt(squares / (own - 2) / float(x @ x))
    return slope * n, float(2 * student.sf(abs(slope) / error, own - 2))
