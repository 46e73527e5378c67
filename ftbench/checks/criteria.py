"""The few kinds of sentence that all checks are made of. Each gives a Criterion with its two fields: rule and proof."""

import math

from ftbench.checks.result import Criterion, EvidenceLevel, Status
from ftbench.metrics.summary import Latency
from ftbench.spec.checks import Evidence
from ftbench.stats import cases_to_prove, failure_bound, interval, samples_to_certify, success_bound


class Judged:
    """Outcomes by case id: True where the case did what the criterion counts."""

    def __init__(self, outcomes: dict[str, bool]) -> None:
        self.outcomes = outcomes

    @property
    def n(self) -> int:
        return len(self.outcomes)

    def count(self, value: bool = True) -> int:
        return sum(outcome is value for outcome in self.outcomes.values())

    def ids(self, value: bool) -> list[str]:
        return [case for case, outcome in self.outcomes.items() if outcome is value]


def rate_at_least(name: str, ok: dict[str, bool], threshold: float, evidence: Evidence, *, min_cases: int = 1) -> Criterion:
    """At least `threshold` of the cases are ok. Proven when the one-sided exact lower bound reaches the threshold.

    A threshold of 1 is a rule of zero failures, and proven as one: when the bound is within `evidence.zero_rate_bound` of it.
    """
    judged = Judged(ok)
    if judged.n < min_cases or not judged.n:
        return no_data(name, ">=", threshold, "rate", judged.n, min_cases)
    rate = judged.count() / judged.n
    low = success_bound(judged.count(), judged.n, confidence=evidence.confidence)
    high = 1 - success_bound(judged.count(False), judged.n, confidence=evidence.confidence)
    passed = judged.count() >= threshold * judged.n - 1e-9
    enough = threshold if threshold < 1 else 1 - evidence.zero_rate_bound
    level = _level(proven=passed and low >= enough, refuted=high < threshold)
    open_ = passed and level != "PROVEN"
    return Criterion(
        name=name,
        operator=">=",
        threshold=threshold,
        observed=rate,
        unit="rate",
        n=judged.n,
        ci=_two_sided(judged.count(), judged.n, evidence),
        status="PASS" if passed else "FAIL",
        evidence=level,
        note=_at_this_rate(enough, judged.count(False), judged.n, evidence) if open_ else "",
        failures=judged.ids(False),
        more_cases=_more_cases(enough, judged.count(False), judged.n, evidence) if open_ else None,
    )


def rate_below(
    name: str, bad: dict[str, bool], threshold: float, evidence: Evidence, *, min_cases: int = 1, inclusive: bool = False, of_many: int = 1
) -> Criterion:
    """Fewer than `threshold` of the cases (with `inclusive`: at most) are bad. Proven when the exact upper bound keeps the rule.

    `of_many`: the criterion looks at the worst of so many categories, so its bounds hold for all of them (Bonferroni).
    """
    judged = Judged(bad)
    operator = "<=" if inclusive else "<"
    if judged.n < min_cases or not judged.n:
        return no_data(name, operator, threshold, "rate", judged.n, min_cases)
    count, n = judged.count(), judged.n
    each = 1 - (1 - evidence.confidence) / of_many
    high = failure_bound(count, n, confidence=each)
    low = 1 - failure_bound(n - count, n, confidence=each)
    passed = count <= threshold * n + 1e-9 if inclusive else count < threshold * n - 1e-9
    level = _level(proven=high <= threshold if inclusive else high < threshold, refuted=low > threshold)
    open_, strict = passed and level != "PROVEN", evidence.model_copy(update={"confidence": each})
    return Criterion(
        name=name,
        operator=operator,
        threshold=threshold,
        observed=count / n,
        unit="rate",
        n=n,
        ci=(low, high),
        status="PASS" if passed else "FAIL",
        evidence=level,
        note=_at_this_rate(1 - threshold, count, n, strict) if open_ else "",
        failures=judged.ids(True),
        more_cases=_more_cases(1 - threshold, count, n, strict) if open_ else None,
    )


def none_of(name: str, bad: dict[str, bool], evidence: Evidence, *, min_cases: int = 1) -> Criterion:
    """Not one case is bad; see `none_among`."""
    judged = Judged(bad)
    criterion = none_among(name, judged.count(), judged.n, evidence, min_cases=min_cases)
    return criterion.model_copy(update={"failures": judged.ids(True)})


def none_among(name: str, count: int, n: int, evidence: Evidence, *, min_cases: int = 1, note: str = "") -> Criterion:
    """`count` of `n` is zero. No sample can prove a rate of zero; it counts as proven when the exact upper bound of the rate is at most
    `evidence.zero_rate_bound`. The interval is that of the number to be expected in `n` such cases."""
    if n < min_cases or not n:
        return no_data(name, "==", 0, "count", n, min_cases)
    high = failure_bound(count, n, confidence=evidence.confidence)
    notes, more = [note] if note else [], None
    if not count:
        notes.append(f"none seen: the true rate is below {high:.1%} with {evidence.confidence:.0%} confidence")
        if high > evidence.zero_rate_bound:
            needed = cases_to_prove(1 - evidence.zero_rate_bound, confidence=evidence.confidence)
            notes.append(f"{needed} cases without one prove {evidence.zero_rate_bound:.0%}")
            more = max(1, needed - n)
    low, most = _two_sided(count, n, evidence)
    return Criterion(
        name=name,
        operator="==",
        threshold=0,
        observed=count,
        unit="count",
        n=n,
        ci=(low * n, most * n),
        status="FAIL" if count else "PASS",
        evidence=_level(proven=not count and high <= evidence.zero_rate_bound, refuted=count > 0),
        note="; ".join(notes),
        more_cases=more,
    )


def quantile_at_most(name: str, latency: Latency, quantile: str, limit_s: float, *, min_cases: int) -> Criterion:
    """A latency quantile ("p50") within its limit [s]. Proven when the upper end of its order-statistic interval is within it too.

    The interval is two-sided at 95 %, so each end holds with 97.5 %: stricter than the one-sided 95 % of the other criteria.
    """
    observed = getattr(latency, f"{quantile}_s")
    if latency.n < min_cases or observed is None:
        return no_data(name, "<=", limit_s, "s", latency.n, min_cases)
    low, high = latency.ci.get(quantile, (None, None))
    proven = high is not None and high <= limit_s
    return Criterion(
        name=name,
        operator="<=",
        threshold=limit_s,
        observed=observed,
        unit="s",
        n=latency.n,
        ci=(low, high),
        status="PASS" if observed <= limit_s else "FAIL",
        evidence=_level(proven=proven, refuted=low is not None and low > limit_s),
        note=_words(latency, quantile),
        more_cases=None if proven else _more_requests(latency.n, quantile, observed, high, limit_s),
    )


def tail_ratio_at_most(name: str, latency: Latency, limit: float, *, min_cases: int) -> Criterion:
    """p99 / p50 within `limit`. The ratio's interval takes the far ends of the two quantiles' own (Bonferroni: each holds with 97.5 %)."""
    p50, p99 = latency.p50_s, latency.p99_s
    if latency.n < min_cases or not p50 or p99 is None:
        return no_data(name, "<=", limit, "ratio", latency.n, min_cases)
    (low50, high50), (low99, high99) = (latency.ci.get(q, (None, None)) for q in ("p50", "p99"))
    low = low99 / high50 if low99 is not None and high50 else None
    high = high99 / low50 if high99 is not None and low50 else None
    return Criterion(
        name=name,
        operator="<=",
        threshold=limit,
        observed=p99 / p50,
        unit="ratio",
        n=latency.n,
        ci=(low, high),
        status="PASS" if p99 <= limit * p50 * (1 + 1e-9) else "FAIL",  # 3 x 0.7 is 2.0999999999999996
        evidence=_level(proven=high is not None and high <= limit, refuted=low is not None and low > limit),
        note=_words(latency, "p99"),
        more_cases=None if high is not None and high <= limit else _more_requests(latency.n, "p99", p99 / p50, high, limit),
    )


def amount_below(name: str, observed: float | None, limit: float, unit: str, *, measured: bool, note: str) -> Criterion:
    """A calculated amount under its limit, as certain as what it was calculated from: measured, or modelled beyond that."""
    return _amount(name, "<", observed, limit, unit, lambda x: x < limit, measured, note)


def amount_at_least(name: str, observed: float | None, limit: float, unit: str, *, measured: bool, note: str) -> Criterion:
    """The same with a lower limit, which floats may miss by a hair: 1 - 0.004 / 0.005 is 0.19999999999999996."""
    return _amount(name, ">=", observed, limit, unit, lambda x: x >= limit - 1e-9, measured, note)


def no_data(name: str, operator: str, threshold: float | None, unit: str, n: int, needed: int) -> Criterion:
    """Too few cases to say anything: the measurement is invalid, whatever the cases that there are look like."""
    missing = max(0, needed - n)
    found = _unjudged("INVALID", name, operator, threshold, unit, n, f"{n} cases; at least {needed} are needed, {missing} are missing")
    return found.model_copy(update={"more_cases": missing or None})


def invalid(name: str, operator: str, threshold: float | None, unit: str, n: int, why: str) -> Criterion:
    """The measurement cannot be trusted; `why` tells, and says nothing about the model."""
    return _unjudged("INVALID", name, operator, threshold, unit, n, why)


def to_review(name: str, operator: str, threshold: float | None, unit: str, n: int, note: str) -> Criterion:
    """Only a person can say. `note` tells what is missing and how to give it."""
    return _unjudged("NEEDS_REVIEW", name, operator, threshold, unit, n, note)


def not_asked(name: str, operator: str, threshold: float | None, unit: str, note: str) -> Criterion:
    """The contract does not ask for this; `note` says by which key it would."""
    return _unjudged("SKIPPED", name, operator, threshold, unit, 0, note)


def noted(criterion: Criterion, *notes: str) -> Criterion:
    """`criterion` with more to its note."""
    return criterion.model_copy(update={"note": "; ".join(filter(None, [criterion.note, *notes]))})


def _amount(name, operator, observed, limit, unit, holds, measured, note) -> Criterion:
    if observed is None or not math.isfinite(observed):
        return _unjudged("FAIL", name, operator, limit, unit, 0, note)
    ok = holds(observed)
    level: EvidenceLevel = ("PROVEN" if ok else "REFUTED") if measured else "INCONCLUSIVE"
    judged = {"observed": observed, "n": 1, "status": "PASS" if ok else "FAIL", "evidence": level}
    return Criterion(name=name, operator=operator, threshold=limit, unit=unit, ci=None, note=note, **judged)


def _unjudged(status: Status, name: str, operator: str, threshold: float | None, unit: str, n: int, note: str) -> Criterion:
    nothing = {"observed": None, "ci": None, "evidence": "NO_DATA"}
    return Criterion(name=name, operator=operator, threshold=threshold, unit=unit, n=n, status=status, note=note, **nothing)


def _level(*, proven: bool, refuted: bool) -> EvidenceLevel:
    return "PROVEN" if proven else "REFUTED" if refuted else "INCONCLUSIVE"


def _two_sided(successes: int, n: int, evidence: Evidence) -> tuple[float, float]:
    return interval(successes, n, confidence=2 * evidence.confidence - 1)


def _more_cases(rate: float, failures: int, n: int, evidence: Evidence) -> int | None:
    """How many cases more would prove a success rate of `rate` if not one of them failed; no number proves a rate of one."""
    return max(1, cases_to_prove(rate, failures=failures, confidence=evidence.confidence) - n) if 0 < rate < 1 else None


def _more_requests(n: int, quantile: str, observed: float, high: float | None, limit: float) -> int | None:
    """How many requests more would prove a quantile that is within its limit: as many as certify it at all, or about as many as narrow its
    interval enough, whose width falls with the root of their number. None where it is not within the limit."""
    if observed >= limit:
        return None
    certified = samples_to_certify(float(quantile.removeprefix("p")) / 100)
    narrow = 0 if high is None else math.ceil(n * ((high - observed) / (limit - observed)) ** 2)
    return max(1, certified - n, narrow - n)


def _at_this_rate(rate: float, failures: int, n: int, evidence: Evidence) -> str:
    """How many cases would prove it if failures went on at the observed rate; without end when the rate is the threshold itself."""
    if not 0 < rate < 1:
        return ""
    if not failures:
        return f"proven by {cases_to_prove(rate, confidence=evidence.confidence)} cases without a failure"
    for factor in (2, 3, 5, 10, 20, 50):
        if success_bound(n * factor - failures * factor, n * factor, confidence=evidence.confidence) >= rate:
            return f"proven by about {n * factor} cases at this rate"
    return "too near the threshold to be proven by any practical number of cases"


def _words(latency: Latency, quantile: str) -> str:
    return "; ".join(note for note in latency.notes if note.startswith(quantile))
