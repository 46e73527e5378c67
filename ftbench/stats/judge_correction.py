"""The true rate behind an imperfect grader's count, with what its calibration leaves open."""

import math
from typing import NamedTuple

from scipy.stats import norm

from ftbench.errors import NoData


class CorrectedRate(NamedTuple):
    """A share in [0, 1] and its two-sided interval; low <= rate <= high."""

    rate: float
    low: float
    high: float


def corrected_rate(positives: int, n: int, *, hits: int, n_true: int, rejections: int, n_false: int, confidence: float) -> CorrectedRate:
    """Share of cases that are truly positive, where a grader called `positives` of `n` so and errs in both directions.

    rate = (q + specificity - 1) / (sensitivity + specificity - 1), held within [0, 1], with q = positives / n. The interval carries the
    errors of all three samples, and holds where one of them shows no error at all, where the delta method claims certainty.

    Args:
        hits: of `n_true` labels that people called positive, those that the grader called positive: sensitivity = hits / n_true.
        rejections: of `n_false` labels that people did not call positive, those that the grader did not: specificity.
        confidence: of the two-sided interval.
    Raises:
        NoData: one of the three samples is empty.
        ValueError: a count or the confidence is out of its range; or sensitivity + specificity <= 1: the grader tells nothing.
    Source: Rogan & Gladen 1978 (rate); Lang & Reiczigel 2014, doi 10.1016/j.prevetmed.2013.09.015 (interval).
    """
    for count, trials in ((positives, n), (hits, n_true), (rejections, n_false)):
        if trials == 0:
            raise NoData("a rate cannot be corrected without cases, labels that are positive and labels that are not")
        if not 0 <= count <= trials:
            raise ValueError(f"{count} of {trials} is impossible")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}; it must be above 0 and below 1")
    sensitivity, specificity = hits / n_true, rejections / n_false
    if hits * n_false + rejections * n_true <= n_true * n_false:
        raise ValueError(f"sensitivity {sensitivity:g} and specificity {specificity:g} are no better than chance")
    rate = _within((positives / n + specificity - 1) / (sensitivity + specificity - 1))
    low, high = _interval(positives, n, hits, n_true, rejections, n_false, float(norm.ppf((1 + confidence) / 2)))
    return CorrectedRate(rate, min(rate, low), max(rate, high))


def _interval(positives: int, n: int, hits: int, n_true: int, rejections: int, n_false: int, z: float) -> tuple[float, float]:
    n_all, n_se, n_sp = n + z * z, n_true + 2, n_false + 2
    q, se, sp = (positives + z * z / 2) / n_all, (hits + 1) / n_se, (rejections + 1) / n_sp
    youden = se + sp - 1
    if youden <= 0:
        return 0.0, 1.0
    rate = (q + sp - 1) / youden
    of_se, of_sp = se * (1 - se) / n_se, sp * (1 - sp) / n_sp
    shift = 2 * z * z * (rate * of_se - (1 - rate) * of_sp)
    error = math.sqrt(q * (1 - q) / n_all + rate**2 * of_se + (1 - rate) ** 2 * of_sp) / youden
    return _within(rate + shift - z * error), _within(rate + shift + z * error)


def _within(share: float) -> float:
    return min(1.0, max(0.0, share))
