"""`ftbench plan-cases`: before a run, what each test set can prove and how often it would err."""

from collections.abc import Mapping
from typing import NamedTuple

from rich.table import Table

from ftbench.gate.planned_rules import Rule, rules_of
from ftbench.quality.cases import TestSet
from ftbench.report import human
from ftbench.spec import Spec
from ftbench.spec.checks import Evidence
from ftbench.stats import cases_to_prove, failure_bound
from ftbench.stats.passing import cases_for_proof, chance_of_passing, failures_allowed

GOOD = 1 / 3  # a good model fails at a third of what is allowed: 97.3 % right where 92 % are promised, 1 % where 3 % pass for zero


class Row(NamedTuple):
    """One criterion. Rates are of failures, 0 to 1; a field that makes no sense for the criterion is None.

    `limit` is the failure rate that the rule (`operator`) allows, for a rule of zero the one that counts as proof of it; `proves` the
    failure rate below which the cases prove the true one to be if none fails; `may_fail` the failures with which it still passes;
    `if_borderline` and `if_good` the chances to pass of a model whose true failure rate, over all categories, is `borderline` (what is just
    allowed) or `good`; `needed` the cases that prove the limit without a failure, `needed_if_good` with those that a good model has.
    `missing` cases make it NO_DATA.
    """

    test: str
    criterion: str
    cases: int
    wanted: int
    operator: str
    limit: float | None = None
    borderline: float | None = None
    good: float | None = None
    proves: float | None = None
    may_fail: int | None = None
    if_borderline: float | None = None
    if_good: float | None = None
    needed: int | None = None
    needed_if_good: int | None = None
    note: str = ""

    @property
    def missing(self) -> int:
        return max(0, self.wanted - self.cases)

    @property
    def proven_if_clean(self) -> bool:
        """Whether the cases prove the rule if not one fails."""
        return self.proves is not None and self.limit is not None and not self.missing and self.proves <= self.limit


def plan_cases(spec: Spec, test_sets: Mapping[str, TestSet]) -> list[Row]:
    """A row for each rule on a rate in each test of the spec. `test_sets` by check id, as the checks' `requests` give them."""
    return [_row(rule, spec.evidence) for rule in rules_of(spec, test_sets)]


def _row(rule: Rule, evidence: Evidence) -> Row:
    row = Row(rule.test, rule.criterion, rule.cases, rule.wanted, rule.operator, note=rule.note)
    if rule.may_fail is None:
        return row
    limit = rule.may_fail or evidence.zero_rate_bound
    confidence = 1 - (1 - evidence.confidence) / rule.categories
    allowed = failures_allowed(rule.cases, rule.may_fail, inclusive=rule.inclusive)
    total = rule.errors or limit  # of all categories together
    provable = 0 < limit < 1
    return row._replace(
        limit=limit,
        borderline=total,
        good=total * GOOD,
        proves=failure_bound(0, rule.cases, confidence=confidence) if rule.cases else None,
        may_fail=allowed if rule.cases and not row.missing else None,
        if_borderline=_chance(rule, allowed, total) if rule.cases and not row.missing else None,
        if_good=_chance(rule, allowed, total * GOOD) if rule.cases and not row.missing else None,
        needed=cases_to_prove(1 - limit, confidence=confidence) if provable else None,
        needed_if_good=cases_for_proof(1 - limit, 1 - total * GOOD / rule.categories, confidence=confidence) if provable else None,
    )


def _chance(rule: Rule, allowed: int, failure_rate: float) -> float:
    """Of all categories to stay within the limit, where the errors are spread evenly over them."""
    return chance_of_passing(rule.cases, allowed, failure_rate / rule.categories) ** rule.categories


HEADINGS = ("test", "criterion", "cases", "may fail", "borderline passes", "good passes", "if none fails", "proof takes")
LEGEND = (
    "A borderline model truly fails as often as is just allowed (the rate in brackets), a good one a third as often. Proof takes so many "
    "cases without a failure / with those that a good model has."
)


def cases_table(rows: list[Row]) -> Table:
    """The rows for a terminal, a test after the other."""
    table = Table(box=None, pad_edge=False, caption=LEGEND, caption_justify="left")
    for name in HEADINGS:
        table.add_column(name, overflow="fold", justify="left" if name in HEADINGS[:2] else "right")
    last = ""
    for row in rows:
        table.add_row(row.test if row.test != last else "", row.criterion, *_cells(row), style="bold" if row.missing else None)
        last = row.test
    return table


def _cells(row: Row) -> list[str]:
    cases = f"{row.cases} ({row.missing} missing)" if row.missing else str(row.cases)
    if row.limit is None:
        return [cases, "", "", "", "", ""]
    return [
        cases,
        human.MISSING if row.may_fail is None else str(row.may_fail),
        _at(row.if_borderline, row.borderline),
        _at(row.if_good, row.good),
        human.MISSING if row.proves is None else f"under {human.percent(row.proves)}{'' if row.proven_if_clean else ', no proof'}",
        f"{row.needed} / {row.needed_if_good or human.MISSING}" if row.needed else human.MISSING,
    ]


def _at(chance: float | None, failure_rate: float | None) -> str:
    if chance is None or failure_rate is None:
        return human.MISSING
    share = "over 99 %" if 0.995 <= chance < 1 else f"{100 * chance:.0f} %"
    return f"{share} ({human.percent(failure_rate)})"


def missing(rows: list[Row]) -> list[str]:
    """Which test sets are too small to be judged at all."""
    return [f"{r.test}, {r.criterion}: {r.missing} of {r.wanted} cases are missing; the run would say NO_DATA." for r in rows if r.missing]


def sentences(rows: list[Row]) -> list[str]:
    """What to know beside the table: what is missing, and the notes."""
    return missing(rows) + [f"{r.test}, {r.criterion}: {r.note}." for r in rows if r.note]
