"""From ten checks to one word."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.checks.registry import CHECKS
from ftbench.checks.result import CheckResult, Criterion
from ftbench.errors import Exit
from ftbench.gate.verdict import EXIT, verdict
from tests.checks.builder import spec

STATUSES = ("PASS", "FAIL", "NEEDS_REVIEW", "INVALID", "SKIPPED")


def check(status: str, *, evidence: str = "PROVEN", number: int = 1, criteria: list[Criterion] | None = None) -> CheckResult:
    own = CHECKS[number - 1]
    single = Criterion(
        name=f"rule {number}", operator=">=", threshold=1, observed=1, unit="rate", n=1, ci=None, status=status, evidence=evidence
    )
    return CheckResult(
        id=own.id,
        number=number,
        title=own.title,
        status=status,
        evidence=evidence,
        criteria=[single] if criteria is None else criteria,
        fail_action="",
    )


def word(*checks: CheckResult, **sections) -> str:
    return verdict(list(checks), spec({}, **sections))[0]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (("PASS",), "SHIP"),
        (("PASS", "NEEDS_REVIEW"), "NEEDS_REVIEW"),
        (("PASS", "SKIPPED"), "NEEDS_REVIEW"),
        (("PASS", "NEEDS_REVIEW", "FAIL"), "DO_NOT_SHIP"),
        (("PASS", "SKIPPED", "FAIL"), "DO_NOT_SHIP"),
        (("PASS", "NEEDS_REVIEW", "FAIL", "INVALID"), "INVALID"),
        (("PASS", "INVALID"), "INVALID"),
    ],
)
def test_the_worst_check_decides_in_whatever_order_they_come(statuses, expected):
    for order in permutations(statuses):
        assert word(*(check(s, number=i + 1) for i, s in enumerate(order))) == expected


def test_reasons_of_every_kind_are_told_worst_first():
    checks = [check("PASS", number=1), check("NEEDS_REVIEW", number=2), check("FAIL", number=3), check("INVALID", number=4)]
    _, reasons = verdict(checks, spec({}))
    assert reasons == [
        "Latency: the measurement is invalid",
        "Format compliance: rule 3",
        "Hallucination rate: a person must judge rule 2",
    ]


def test_skipped_test_is_waived_only_with_a_reason_in_the_spec():
    skipped, passed = check("SKIPPED", number=2, criteria=[]), check("PASS")
    assert word(passed, skipped) == "NEEDS_REVIEW"
    assert word(passed, skipped, skip={"fairness": "later"}) == "NEEDS_REVIEW"
    assert verdict([passed, skipped], spec({}, skip={"hallucination": "no facts in the answers"})) == (
        "SHIP",
        ["Left out on purpose (no facts in the answers): Hallucination rate"],
    )


def test_waiver_does_not_cover_a_test_that_ran():
    assert word(check("PASS"), check("FAIL", number=2), skip={"hallucination": "why"}) == "DO_NOT_SHIP"


def test_run_in_which_nothing_passed_is_never_shipped():
    everything = {c.id: "no time" for c in CHECKS}
    assert word() == "NEEDS_REVIEW"
    word_, reasons = verdict([check("SKIPPED", number=n, criteria=[]) for n in range(1, 11)], spec({}, skip=everything))
    assert word_ == "NEEDS_REVIEW" and "nothing speaks for this model" in reasons[0]


@pytest.mark.parametrize(("evidence", "expected"), [("PROVEN", "SHIP"), ("INCONCLUSIVE", "DO_NOT_SHIP"), ("NO_DATA", "DO_NOT_SHIP")])
def test_pass_without_proof_blocks_only_where_the_spec_requires_proof(evidence, expected):
    assert word(check("PASS", evidence=evidence)) == "SHIP"
    assert word(check("PASS", evidence=evidence), evidence={"require": True}) == expected


def test_require_does_not_make_a_skipped_margin_a_failure():
    skipped = Criterion(
        name="margin", operator=">=", threshold=0.4, observed=None, unit="rate", n=0, ci=None, status="SKIPPED", evidence="NO_DATA"
    )
    assert word(check("PASS", criteria=[skipped]), evidence={"require": True}) == "SHIP"


def test_every_verdict_has_its_exit_code():
    assert EXIT == {
        "SHIP": Exit.PASSED,
        "DO_NOT_SHIP": Exit.FAILED,
        "NEEDS_REVIEW": Exit.NEEDS_REVIEW,
        "INVALID": Exit.INVALID,
    }


ORDER = ["SHIP", "NEEDS_REVIEW", "DO_NOT_SHIP", "INVALID"]


@given(st.lists(st.sampled_from(STATUSES), min_size=1, max_size=10), st.data())
def test_one_check_that_turns_to_pass_never_makes_the_verdict_worse(statuses, data):
    at = data.draw(st.integers(0, len(statuses) - 1))
    before = [check(s, number=i + 1) for i, s in enumerate(statuses)]
    after = [*before[:at], check("PASS", number=at + 1), *before[at + 1 :]]
    assert ORDER.index(word(*after)) <= ORDER.index(word(*before))
