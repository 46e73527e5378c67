"""What a count of successes proves about a rate: exact bounds, and how many cases a proof takes."""

from scipy.stats import binom, binomtest

from ftbench.errors import NoData


def success_bound(successes: int, trials: int, *, confidence: float = 0.95) -> float:
    """Lowest success rate that the data still allow, with one-sided `confidence`.

    Exact (Clopper-Pearson), so it holds at 0 and `trials` successes, where the normal approximation claims certainty: 50 of 50 proves
    0.942, not 1.

    Args:
        successes: 0 <= successes <= trials.
        trials: cases judged, failures to answer included.
    Raises:
        NoData: `trials` is 0. An empty test set proves nothing.
        ValueError: a count or the confidence is out of its range.
    Source: Clopper & Pearson 1934; scipy.stats.binomtest.
    """
    _refuse(successes, trials, confidence)
    return float(binomtest(successes, trials, alternative="greater").proportion_ci(confidence, "exact").low)


def failure_bound(failures: int, trials: int, *, confidence: float = 0.95) -> float:
    """Highest failure rate that the data still allow, with one-sided `confidence`: 0 of 59 proves less than 5 %.

    Raises:
        NoData: `trials` is 0.
        ValueError: a count or the confidence is out of its range.
    Source: as `success_bound`. Near zero failures it is the rule of three, 3 / trials.
    """
    _refuse(failures, trials, confidence)
    return float(binomtest(failures, trials, alternative="less").proportion_ci(confidence, "exact").high)


def interval(successes: int, trials: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Two-sided Clopper-Pearson interval (low, high) of the success rate.

    Its ends are the two one-sided bounds at (1 + confidence) / 2: the interval at 0.90 belongs to one-sided tests at 0.95.

    Raises:
        NoData: `trials` is 0.
        ValueError: a count or the confidence is out of its range.
    Source: as `success_bound`.
    """
    _refuse(successes, trials, confidence)
    found = binomtest(successes, trials).proportion_ci(confidence, "exact")
    return float(found.low), float(found.high)


def cases_to_prove(rate: float, *, failures: int = 0, confidence: float = 0.95) -> int:
    """Fewest cases that, with `failures` failures among them, prove a success rate of at least `rate`.

    The smallest n with P(Binomial(n, 1 - rate) <= failures) <= 1 - confidence; 149 for 98 % without a failure.

    Raises:
        ValueError: `rate` is not in (0, 1). No number of cases proves a rate of 1: give the rate that is close enough.
    Source: the acceptance region that Clopper & Pearson's bound inverts.
    """
    if not 0 < rate < 1:
        raise ValueError(f"rate is {rate}; only a rate above 0 and below 1 can be proven by cases")
    if failures < 0:
        raise ValueError(f"failures is {failures}; it cannot be negative")
    _refuse_confidence(confidence)

    def proves(cases: int) -> bool:
        return bool(binom.cdf(failures, cases, 1 - rate) <= 1 - confidence)

    return first_true(proves, above=failures)


def first_true(holds, *, above: int) -> int:
    """Smallest integer greater than `above` at which `holds`, a predicate that once true stays true."""
    low, step = above, 1
    while not holds(low + step):
        low, step = low + step, step * 2
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _refuse(count: int, trials: int, confidence: float) -> None:
    if trials == 0:
        raise NoData("no cases were judged")
    if not 0 <= count <= trials:
        raise ValueError(f"{count} of {trials} cases is impossible")
    _refuse_confidence(confidence)


def _refuse_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}; it must be above 0 and below 1")
