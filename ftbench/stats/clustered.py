"""Quantiles of values that come in groups: the gaps of one response are more like each other than like another's."""

from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from ftbench.stats.quantile import rank


class GroupedQuantile(NamedTuple):
    """An observed value, its two-sided interval, and how many independent values would say as much about it."""

    value: float
    interval: tuple[float | None, float | None]
    effective_n: float


def grouped_quantiles(values: np.ndarray, sizes: np.ndarray, qs: list[float], *, confidence: float = 0.95) -> list[GroupedQuantile]:
    """The quantiles `qs` of `values` (n,), of which the first sizes[0] belong together, then the next sizes[1], and so on.

    Each is the ceil(q n)-th smallest value. Its interval runs between the quantiles at q -+ z s, where s is the standard error of the share
    of values below it, taken over the groups; an end beyond the sample is None. A million values take about a fifth of a second.

    Args:
        sizes: shape (groups,), summing to n; 0 is allowed.
    Raises:
        ValueError: no values, or sizes that do not sum to n.
    Source: Woodruff 1952, JASA 47, 635-646; the share's error as that of a ratio, Cochran, Sampling Techniques, 3rd ed., section 6.3.
    """
    n = len(values)
    if n == 0 or int(np.sum(sizes)) != n:
        raise ValueError(f"{n} values in groups of {int(np.sum(sizes))} in all")
    ordered = np.sort(values)
    sizes = np.asarray(sizes)
    ends = np.cumsum(sizes)[sizes > 0]
    sizes = sizes[sizes > 0]
    z = float(norm.ppf((1 + confidence) / 2))
    return [_one(values, ordered, ends, sizes, q, z) for q in qs]


def _one(values: np.ndarray, ordered: np.ndarray, ends: np.ndarray, sizes: np.ndarray, q: float, z: float) -> GroupedQuantile:
    n, groups = len(values), len(sizes)
    value = ordered[rank(n, q) - 1]
    if groups < 2:
        return GroupedQuantile(_as_written(value), (None, None), float(groups))
    # with ties, the share may leap past q at this value: groups wholly on one side of it show only in the share before the leap
    alike = max(_alikeness(of, ends, sizes) for of in (values < value, values <= value))
    spread = z * float(np.sqrt(alike * q * (1 - q) / n))
    return GroupedQuantile(_as_written(value), (_at(ordered, q - spread), _at(ordered, q + spread)), n / alike)


def _alikeness(below: np.ndarray, ends: np.ndarray, sizes: np.ndarray) -> float:
    """Variance of the share of values that are `below`, over that of as many independent ones; at least 1. ("Design effect".)"""
    n, groups = len(below), len(sizes)
    share = float(below.mean())
    if not 0 < share < 1:
        return 1.0
    residuals = np.diff(np.cumsum(below)[ends - 1], prepend=0) - share * sizes
    return max(1.0, groups / (groups - 1) * float(residuals @ residuals) / (n * share * (1 - share)))


def _at(ordered: np.ndarray, q: float) -> float | None:
    return _as_written(ordered[int(np.ceil(q * len(ordered))) - 1]) if 0 < q <= 1 else None


def _as_written(value: np.floating) -> float:
    """The shortest decimal that is this number: 0.01 of a float32, not 0.009999999776."""
    return float(str(value))
