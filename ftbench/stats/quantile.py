"""Quantiles as values that were really observed, with what a sample of this size can say about the true ones.

No distribution is assumed and nothing is interpolated: every number returned is one of the observations.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from math import ceil
from typing import Literal

import numpy as np
from scipy.stats import binom

from ftbench.errors import NoData
from ftbench.stats.proportion import first_true

Values = Sequence[float] | np.ndarray


def quantile(values: Values, q: float) -> float:
    """The ceil(q n)-th smallest of `values` (n,): at least a share `q` of them is no larger.

    Interpolating between the two largest of 50 latencies would print a p99 that nobody saw.

    Args:
        q: 0 < q <= 1; 0.99 for p99.
    Raises:
        NoData: there are no values.
        ValueError: `q` is out of range, or a value is NaN.
    Source: inverse of the empirical distribution function; Hyndman & Fan 1996, definition 1.
    """
    return _ordered(_sample(values), rank(len(values), q))


def rank(n: int, q: float) -> int:
    """ceil(q n), 1-based, with `q` taken as the decimal that was written: 0.07 of 100 is the 7th, though 0.07 * 100 > 7 in floats.

    Raises:
        ValueError: `q` is not in (0, 1].
    """
    if not 0 < q <= 1:
        raise ValueError(f"q is {q}; it must be above 0 and at most 1")
    return ceil(Fraction(repr(float(q))) * n)


def quantile_bound(values: Values, q: float, *, side: Literal["lower", "upper"], confidence: float = 0.95) -> float | None:
    """One-sided bound of the true `q`-quantile: the tightest order statistic that lies on its `side` with at least `confidence`.

    What a latency rule needs: the upper bound at most the limit proves it, the lower bound above the limit refutes it.

    Returns:
        An observed value, or None where not even the smallest (largest) observation is a bound: 50 values have no upper bound for p99.
    Raises:
        NoData: there are no values.
        ValueError: `q` or `confidence` is not in (0, 1), or a value is NaN.
    Source: David & Nagaraja, Order Statistics, 2003, section 7.1. The number of values at or below the quantile is Binomial(n, q) for
        continuous values; ties only make the bound more cautious. Same as scipy.stats.quantile_test.
    """
    sample = _sample(values)
    at = bound_rank(len(sample), q, side=side, confidence=confidence)
    return None if at is None else _ordered(sample, at)


def bound_rank(n: int, q: float, *, side: Literal["lower", "upper"], confidence: float = 0.95) -> int | None:
    """1-based rank, among `n` values in ascending order, of `quantile_bound`; None where the sample is too small.

    Raises:
        ValueError: `q` or `confidence` is not in (0, 1).
    """
    _refuse(q, confidence)
    if side == "lower":
        # X(r) <= quantile unless fewer than r values are at or below it: the largest r with P(Binomial <= r - 1) <= 1 - confidence.
        r = int(binom.ppf(1 - confidence, n, q)) + 1
        while r > 0 and binom.cdf(r - 1, n, q) > 1 - confidence:
            r -= 1
        return r or None
    # X(s) >= quantile if fewer than s values are below it: the smallest s with P(Binomial <= s - 1) >= confidence.
    s = int(binom.ppf(confidence, n, q)) + 1
    return s if s <= n else None


def quantile_interval(values: Values, q: float, *, confidence: float = 0.95) -> tuple[float | None, float | None]:
    """Two-sided interval (low, high) of the true `q`-quantile; each side errs with at most (1 - confidence) / 2.

    Raises:
        NoData: there are no values.
        ValueError: `q` or `confidence` is not in (0, 1), or a value is NaN.
    Source: as `quantile_bound`.
    """
    each = (1 + confidence) / 2
    return quantile_bound(values, q, side="lower", confidence=each), quantile_bound(values, q, side="upper", confidence=each)


@cache
def samples_to_certify(q: float, *, confidence: float = 0.99) -> int:
    """Fewest samples from which a `q`-quantile may be quoted: 11 for p50, 64 for p90, 130 for p95, 662 for p99, 6,636 for p99.9.

    The smallest n with P(Binomial(n, 1 - q) <= 1) <= 1 - confidence: so many that at least two of them lie beyond the true quantile,
    with `confidence`. (One would do for a bound, ln(1 - confidence) / ln q samples, but then the maximum alone carries the figure.)

    Raises:
        ValueError: `q` or `confidence` is not in (0, 1).
    Source: MLPerf LoadGen, early_stopping.cc: h_min(t = 1) + 1 queries, I_q(h, t + 1) <= 1 - confidence, tolerance 0.
    """
    _refuse(q, confidence)
    return first_true(lambda n: bool(binom.cdf(1, n, 1 - q) <= 1 - confidence), above=1)


def _sample(values: Values) -> np.ndarray:
    sample = np.asarray(values, dtype=float)
    if sample.size == 0:
        raise NoData("no values were measured")
    if np.isnan(sample).any():
        raise ValueError("a value is NaN; leave out requests that have no such time before asking for a quantile")
    return sample


def _ordered(sample: np.ndarray, at: int) -> float:
    return float(np.partition(sample, at - 1)[at - 1])


def _refuse(q: float, confidence: float) -> None:
    if not 0 < q < 1:
        raise ValueError(f"q is {q}; it must be above 0 and below 1")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}; it must be above 0 and below 1")
