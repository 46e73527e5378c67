"""A share of cases of which a judge graded some: its errors on people's labels are taken out of the number and put into its interval."""

from collections.abc import Collection
from typing import NamedTuple

from ftbench.checks.criteria import no_data
from ftbench.checks.result import Criterion, EvidenceLevel
from ftbench.quality.judge.question import UNPARSED, Calibration
from ftbench.spec.checks import Evidence
from ftbench.stats import interval
from ftbench.stats.judge_correction import corrected_rate
from ftbench.stats.passing import more_until


class Errors(NamedTuple):
    """How the judge did on one choice: it gave it to `hits` of the `n_true` labels to which people gave it, and withheld it from
    `rejections` of the `n_false` others. Labels to which it said nothing readable are in none of them."""

    choice: str
    hits: int
    n_true: int
    rejections: int
    n_false: int

    @property
    def usable(self) -> bool:
        """The judge was tried on both kinds and tells them apart better than chance."""
        return (
            self.n_true > 0 and self.n_false > 0 and self.hits * self.n_false + self.rejections * self.n_true > self.n_true * self.n_false
        )


def errors_on(choice: str, calibration: Calibration) -> Errors:
    """The judge's errors on `choice`, from the table of a calibration."""
    read = {human: {judge: n for judge, n in row.items() if judge != UNPARSED} for human, row in calibration.counts.items()}
    true = read.get(choice, {})
    false = [row for human, row in read.items() if human != choice]
    rejections = sum(n for row in false for judge, n in row.items() if judge != choice)
    return Errors(choice, true.get(choice, 0), sum(true.values()), rejections, sum(sum(row.values()) for row in false))


def corrected_at_least(
    name: str, good: dict[str, bool], judged: Collection[str], errors: Errors, threshold: float, evidence: Evidence, *, min_cases: int = 1
) -> Criterion:
    """At least `threshold` of the cases are good; those in `judged` by the judge's word, the others for certain.

    Status goes by the corrected rate. Proven when the lower end of its interval reaches the threshold.
    """
    if len(good) < max(1, min_cases):
        return no_data(name, ">=", threshold, "rate", len(good), min_cases)
    counts = _counts(good, judged)
    rate, low, high, note = _rate(counts, errors, evidence)
    level: EvidenceLevel = "PROVEN" if low >= threshold else "REFUTED" if high < threshold else "INCONCLUSIVE"
    passed = rate >= threshold - 1e-9
    return Criterion(
        name=name,
        operator=">=",
        threshold=threshold,
        observed=rate,
        unit="rate",
        n=len(good),
        ci=(low, high),
        status="PASS" if passed else "FAIL",
        evidence=level,
        note=note,
        failures=[case for case, ok in good.items() if not ok],
        more_cases=more_until(lambda more: _rate(counts.with_more(more, True), errors, evidence)[1] >= threshold)
        if passed and level != "PROVEN"
        else None,
    )


def corrected_below(
    name: str, bad: dict[str, bool], judged: Collection[str], errors: Errors, threshold: float, evidence: Evidence, *, min_cases: int = 1
) -> Criterion:
    """Fewer than `threshold` of the cases are bad; as `corrected_at_least`."""
    if len(bad) < max(1, min_cases):
        return no_data(name, "<", threshold, "rate", len(bad), min_cases)
    counts = _counts(bad, judged)
    rate, low, high, note = _rate(counts, errors, evidence)
    level: EvidenceLevel = "PROVEN" if high < threshold else "REFUTED" if low > threshold else "INCONCLUSIVE"
    passed = rate < threshold - 1e-9
    return Criterion(
        name=name,
        operator="<",
        threshold=threshold,
        observed=rate,
        unit="rate",
        n=len(bad),
        ci=(low, high),
        status="PASS" if passed else "FAIL",
        evidence=level,
        note=note,
        failures=[case for case, is_bad in bad.items() if is_bad],
        more_cases=more_until(lambda more: _rate(counts.with_more(more, False), errors, evidence)[2] < threshold)
        if passed and level != "PROVEN"
        else None,
    )


class _Counts(NamedTuple):
    """How many cases the judge graded and how many of those it counted, and the same of the cases that are certain."""

    counted: int
    judged: int
    certain: int
    others: int

    def with_more(self, more: int, counted: bool) -> "_Counts":
        """`more` further cases for the judge, all of one kind."""
        return self._replace(counted=self.counted + more * counted, judged=self.judged + more)


def _counts(outcomes: dict[str, bool], judged: Collection[str]) -> _Counts:
    by_judge = [value for case, value in outcomes.items() if case in judged]
    return _Counts(sum(by_judge), len(by_judge), sum(outcomes.values()) - sum(by_judge), len(outcomes) - len(by_judge))


def _rate(counts: _Counts, errors: Errors, evidence: Evidence) -> tuple[float, float, float, str]:
    """Rate, low, high, note. Each part's own bounds are added up, weighted by its cases: that is never narrower than their joint ones."""
    confidence = 2 * evidence.confidence - 1
    rate = low = high = 0.0
    n = counts.judged + counts.others
    if counts.others:
        ends = interval(counts.certain, counts.others, confidence=confidence)
        rate, low, high = counts.certain / n, ends[0] * counts.others / n, ends[1] * counts.others / n
    note = ""
    if counts.judged:
        share = counts.judged / n
        _, hits, n_true, rejections, n_false = errors
        found = corrected_rate(
            counts.counted, counts.judged, hits=hits, n_true=n_true, rejections=rejections, n_false=n_false, confidence=confidence
        )
        rate, low, high = rate + found.rate * share, low + found.low * share, high + found.high * share
        note = (
            f"the judge said {errors.choice} of {counts.counted} of {counts.judged}; corrected by its errors on people's labels (it said "
            f"so of {hits} of {n_true} that were, and of {n_false - rejections} of {n_false} that were not): "
            f"{found.rate:.1%}, {confidence:.0%} interval {found.low:.1%} to {found.high:.1%}"
        )
    return rate, low, high, note
