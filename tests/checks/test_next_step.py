"""Each criterion says what to do next, and how many more cases would prove it: the number itself is tried out."""

import pytest

from ftbench.checks.ab_comparison import AbComparison
from ftbench.checks.ab_rules import RATE, TASK
from ftbench.checks.accuracy import Accuracy
from ftbench.checks.corrected import Errors, corrected_at_least, corrected_below
from ftbench.checks.criteria import (
    amount_below,
    no_data,
    none_of,
    not_asked,
    quantile_at_most,
    rate_at_least,
    rate_below,
    tail_ratio_at_most,
    to_review,
)
from ftbench.checks.differing import share_differing
from ftbench.checks.next_step import LET_PEOPLE_DECIDE, next_step
from ftbench.spec.checks import Evidence
from tests.checks.builder import by_name, latency
from tests.checks.test_ab_comparison import golden
from tests.checks.test_ab_comparison import judged as compared

PLAIN = Evidence()


def outcomes(true: int, n: int) -> dict[str, bool]:
    return {f"c{i}": i < true for i in range(n)}


ERRORS = Errors("Correct", hits=480, n_true=500, rejections=480, n_false=500)
KINDS = {
    "at least": lambda more: rate_at_least("x", outcomes(48 + more, 50 + more), 0.92, PLAIN),
    "below": lambda more: rate_below("x", outcomes(2, 60 + more), 0.05, PLAIN),
    "at most": lambda more: rate_below("x", outcomes(1, 50 + more), 0.03, PLAIN, inclusive=True, of_many=6),
    "none": lambda more: none_of("x", outcomes(0, 42 + more), PLAIN),
    "judge, at least": lambda more: corrected_at_least("x", g := outcomes(84 + more, 100 + more), list(g), ERRORS, 0.85, PLAIN),
    "judge, below": lambda more: corrected_below("x", g := outcomes(10, 100 + more), list(g), ERRORS, 0.1, PLAIN),
    "share": lambda more: share_differing("x", {"v": outcomes(1, 30 + more)}, 0.1, PLAIN, min_cases=1),
}


@pytest.mark.parametrize("kind", KINDS)
def test_so_many_more_good_cases_prove_it_and_one_fewer_does_not(kind):
    judged = KINDS[kind]
    now = judged(0)
    assert (now.status, now.evidence) == ("PASS", "INCONCLUSIVE") and now.more_cases
    assert judged(now.more_cases).evidence == "PROVEN" and judged(now.more_cases).more_cases is None
    assert judged(now.more_cases - 1).evidence == "INCONCLUSIVE"


@pytest.mark.parametrize("ties", ["of_all", "half", "excluded"])
def test_so_many_more_wins_prove_the_rate_and_the_categories(ties):
    def judged(more):
        return compared("W" * 33 + "L" * 17 + "W" * more, cases=golden(50 + more, categories=1), ties=ties)

    rate, _, lost = judged(0).criteria
    assert (rate.status, rate.evidence) == ("PASS", "INCONCLUSIVE") and lost.more_cases is None
    assert judged(rate.more_cases).criteria[0].evidence == "PROVEN"
    assert judged(rate.more_cases - 1).criteria[0].evidence == "INCONCLUSIVE"
    even = compared("W" * 27 + "L" * 23, cases=golden(50, categories=1))
    lost = even.criteria[2]
    assert (lost.status, lost.evidence) == ("PASS", "INCONCLUSIVE")
    for more, evidence in ((lost.more_cases, "PROVEN"), (lost.more_cases - 1, "INCONCLUSIVE")):
        assert compared("W" * (27 + more) + "L" * 23, cases=golden(50 + more, categories=1)).criteria[2].evidence == evidence


def test_quantile_says_how_many_requests_certify_it_or_narrow_its_interval():
    assert quantile_at_most("x", latency([0.1] * 100), "p99", 1.0, min_cases=100).more_cases == 562  # 662 certify a p99
    assert tail_ratio_at_most("x", latency([0.1] * 100), 3, min_cases=100).more_cases == 562
    wide = latency([0.1] * 55 + [2.0] * 45)
    found = quantile_at_most("x", wide, "p50", 1.0, min_cases=100)
    assert (found.status, found.evidence) == ("PASS", "INCONCLUSIVE") and found.more_cases > 100
    assert quantile_at_most("x", latency([0.1] * 100), "p50", 1.0, min_cases=100).more_cases is None
    assert (
        quantile_at_most("x", latency([0.1] * 100), "p99", 0.1, min_cases=100).more_cases is None
    )  # at the limit no sample narrows enough


def test_what_no_number_of_cases_proves_names_none():
    assert amount_below("x", 0.5, 1.0, "USD", measured=False, note="").more_cases is None
    few_labels = Errors("Correct", hits=8, n_true=9, rejections=8, n_false=9)
    good = outcomes(95, 100)
    assert corrected_at_least("x", good, list(good), few_labels, 0.85, PLAIN).more_cases is None  # the labels are too few, not the cases


STEPS = [
    (rate_at_least("x", outcomes(50, 50), 0.92, PLAIN), ""),
    (rate_at_least("x", outcomes(46, 50), 0.92, PLAIN), "more like these"),
    (amount_below("x", 0.5, 1.0, "USD", measured=False, note=""), "would not prove it"),
    (rate_at_least("x", outcomes(40, 50), 0.92, PLAIN), "Retrain."),
    (no_data("x", ">=", 0.92, "rate", 38, 50), "Add at least 12 cases."),
    (to_review("x", ">=", 0.92, "rate", 38, "2 wait").model_copy(update={"failures": ["a"]}), LET_PEOPLE_DECIDE),
    (to_review("x", "<", None, "USD", 0, "no budget"), "A person must decide: no budget"),
    (rate_at_least("unsigned", outcomes(46, 50), 0.9, PLAIN).model_copy(update={"status": "NEEDS_REVIEW"}), "A person must decide: "),
    (not_asked("x", "==", 0, "count", "by which key"), ""),
]


@pytest.mark.parametrize(("criterion", "says"), STEPS)
def test_each_status_has_its_next_step(criterion, says):
    said = next_step(criterion, "Retrain.")
    assert says in said and bool(said) == bool(says)


def test_result_of_a_check_carries_the_steps():
    from tests.checks.builder import inputs, output, spec
    from tests.checks.test_accuracy import Case

    cases = [Case(id=f"c{i}", prompt="x", label="a") for i in range(50)]
    contract = spec({"accuracy": {"cases": "x", "labels": ["a", "b"]}})
    found = Accuracy().evaluate(inputs(contract, cases, [output(c.id, "b") for c in cases]))
    assert {c.next for c in found.criteria} == {Accuracy.fail_action}
    assert by_name(compared("W" * 50))[RATE].next == by_name(compared("W" * 50))[TASK].next == ""
    assert by_name(compared("L" * 50))[RATE].next == AbComparison.fail_action
