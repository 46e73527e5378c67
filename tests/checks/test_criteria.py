"""The two fields of a criterion: the rule read literally, and what the cases prove. Figures: exact binomial tables and closed forms."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.checks.base import weakest_evidence, worst_status
from ftbench.checks.criteria import (
    amount_at_least,
    amount_below,
    no_data,
    none_among,
    none_of,
    quantile_at_most,
    rate_at_least,
    rate_below,
    tail_ratio_at_most,
    to_review,
)
from ftbench.metrics.summary import Latency
from ftbench.spec.checks import Evidence
from tests.checks.builder import latency

PLAIN = Evidence()


def ok(good: int, n: int) -> dict[str, bool]:
    return {f"c{i}": i < good for i in range(n)}


def bad(count: int, n: int) -> dict[str, bool]:
    return ok(count, n)


def fields(criterion) -> tuple[str, str]:
    return criterion.status, criterion.evidence


@pytest.mark.parametrize(
    ("good", "n", "threshold", "expected"),
    [
        (50, 50, 0.92, ("PASS", "PROVEN")),  # 0.05 ** (1 / 50) = 0.942
        (46, 50, 0.92, ("PASS", "INCONCLUSIVE")),
        (97, 100, 0.92, ("PASS", "PROVEN")),
        (96, 100, 0.92, ("PASS", "INCONCLUSIVE")),
        (191, 200, 0.92, ("PASS", "PROVEN")),
        (190, 200, 0.92, ("PASS", "INCONCLUSIVE")),
        (49, 50, 0.98, ("PASS", "INCONCLUSIVE")),
        (149, 149, 0.98, ("PASS", "PROVEN")),  # 0.05 ** (1 / 149) = 0.98009
        (148, 148, 0.98, ("PASS", "INCONCLUSIVE")),  # 0.97996
        (45, 50, 0.92, ("FAIL", "INCONCLUSIVE")),
        (40, 50, 0.92, ("FAIL", "REFUTED")),
        (0, 50, 0.92, ("FAIL", "REFUTED")),
        (98, 98, 1.0, ("PASS", "INCONCLUSIVE")),  # no sample proves a rate of one: as a rule of zero it takes 99, below 3 %
        (99, 99, 1.0, ("PASS", "PROVEN")),
        (999, 1000, 1.0, ("FAIL", "REFUTED")),
        (49, 50, 1.0, ("FAIL", "REFUTED")),
    ],
)
def test_known_answers_of_a_rate(good, n, threshold, expected):
    criterion = rate_at_least("x", ok(good, n), threshold, PLAIN)
    assert fields(criterion) == expected
    assert (criterion.observed, criterion.n, len(criterion.failures)) == (good / n, n, n - good)


def test_interval_is_the_two_sided_one_of_the_one_sided_test():
    low, high = rate_at_least("x", ok(46, 50), 0.92, PLAIN).ci
    assert low == pytest.approx(0.826, abs=5e-4)  # one-sided 95 % lower bound of 46/50
    assert high == pytest.approx(0.972, abs=5e-4)
    assert rate_at_least("x", ok(46, 50), 0.92, Evidence(confidence=0.975)).ci[0] == pytest.approx(0.808, abs=5e-4)  # two-sided 95 %


@pytest.mark.parametrize("n", [50, 75, 100, 175])
def test_exactly_the_threshold_passes_although_floats_cannot_write_it(n):
    for percent in (1, 2, 3, 5, 7, 28, 29, 40, 55, 57, 58, 80, 85, 92, 98):
        if percent * n % 100 == 0:
            count = percent * n // 100
            assert rate_at_least("x", ok(count, n), percent / 100, PLAIN).status == "PASS", (percent, n)
            assert rate_at_least("x", ok(count - 1, n), percent / 100, PLAIN).status == "FAIL", (percent, n)
            assert rate_below("x", bad(count, n), percent / 100, PLAIN).status == "FAIL", (percent, n)
            assert rate_below("x", bad(count - 1, n), percent / 100, PLAIN).status == "PASS", (percent, n)
            assert rate_below("x", bad(count, n), percent / 100, PLAIN, inclusive=True).status == "PASS", (percent, n)
            assert rate_below("x", bad(count + 1, n), percent / 100, PLAIN, inclusive=True).status == "FAIL", (percent, n)


@pytest.mark.parametrize(
    ("count", "n", "expected"),
    [
        (0, 59, ("PASS", "PROVEN")),  # 1 - 0.05 ** (1 / 59) = 0.0495
        (0, 58, ("PASS", "INCONCLUSIVE")),  # 0.0503
        (1, 93, ("PASS", "PROVEN")),
        (1, 92, ("PASS", "INCONCLUSIVE")),
        (2, 50, ("PASS", "INCONCLUSIVE")),
        (5, 100, ("FAIL", "INCONCLUSIVE")),
        (4, 100, ("PASS", "INCONCLUSIVE")),
        (20, 100, ("FAIL", "REFUTED")),
    ],
)
def test_known_answers_of_fewer_than_five_percent_wrong(count, n, expected):
    assert fields(rate_below("x", bad(count, n), 0.05, PLAIN)) == expected


def test_many_categories_need_more_cases_for_the_same_proof():
    """At 1 - 0.05 / k the upper bound of 0 of n is 1 - (0.05 / k) ** (1 / n): n = 99 for one category at 3 %, 174 for ten."""
    for n, of_many, expected in (
        (99, 1, "PROVEN"),
        (98, 1, "INCONCLUSIVE"),
        (99, 10, "INCONCLUSIVE"),
        (173, 10, "INCONCLUSIVE"),
        (174, 10, "PROVEN"),
    ):
        assert rate_below("x", bad(0, n), 0.03, PLAIN, inclusive=True, of_many=of_many).evidence == expected, (n, of_many)
    high = rate_below("x", bad(0, 100), 0.03, PLAIN, of_many=5).ci[1]
    assert high == pytest.approx(1 - 0.01 ** (1 / 100))
    assert fields(rate_below("x", bad(5, 50), 0.03, PLAIN, inclusive=True)) == ("FAIL", "REFUTED")
    assert fields(rate_below("x", bad(5, 50), 0.03, PLAIN, inclusive=True, of_many=50)) == ("FAIL", "INCONCLUSIVE")


@pytest.mark.parametrize(
    ("count", "n", "expected"),
    [(0, 99, ("PASS", "PROVEN")), (0, 98, ("PASS", "INCONCLUSIVE")), (0, 1, ("PASS", "INCONCLUSIVE")), (1, 1000, ("FAIL", "REFUTED"))],
)
def test_rule_of_zero_is_proven_by_the_bound_and_broken_by_one(count, n, expected):
    assert fields(none_among("x", count, n, PLAIN)) == expected
    criterion = none_of("x", bad(count, n), PLAIN)
    assert fields(criterion) == expected and len(criterion.failures) == count


def test_rule_of_zero_says_how_many_cases_would_prove_it():
    assert none_among("x", 0, 50, PLAIN).note == "none seen: the true rate is below 5.8% with 95% confidence; 99 cases without one prove 3%"
    assert "prove" not in none_among("x", 0, 99, PLAIN).note
    assert none_among("x", 2, 50, PLAIN, note="2 x timeout").note == "2 x timeout"


def test_note_says_how_many_more_cases_would_prove_a_rate():
    assert rate_at_least("x", ok(50, 50), 0.98, PLAIN).note == "proven by 149 cases without a failure"
    for good, n, threshold in ((48, 50, 0.92), (19, 20, 0.85)):
        words = rate_at_least("x", ok(good, n), threshold, PLAIN).note.split()
        factor = int(words[3]) // n
        assert rate_at_least("x", ok(good * factor, n * factor), threshold, PLAIN).evidence == "PROVEN"
    assert "any practical number" in rate_at_least("x", ok(46, 50), 0.92, PLAIN).note
    assert rate_at_least("x", ok(50, 50), 1.0, PLAIN).note == "proven by 99 cases without a failure"


@pytest.mark.parametrize("n", [0, 1, 49])
def test_too_few_cases_are_no_data_never_a_pass(n):
    for criterion in (
        rate_at_least("x", ok(n, n), 0.5, PLAIN, min_cases=50),
        rate_below("x", bad(0, n), 0.5, PLAIN, min_cases=50),
        none_of("x", bad(0, n), PLAIN, min_cases=50),
        quantile_at_most("x", latency([0.1] * n), "p50", 1, min_cases=50),
        tail_ratio_at_most("x", latency([0.1] * n), 3, min_cases=50),
    ):
        assert fields(criterion) == ("INVALID", "NO_DATA") and criterion.observed is None
        assert f"{50 - n} are missing" in criterion.note
    assert rate_at_least("x", ok(50, 50), 0.5, PLAIN, min_cases=50).status == "PASS"


def test_empty_is_no_data_even_where_no_least_number_is_asked_for():
    for criterion in (
        rate_at_least("x", {}, 0.5, PLAIN, min_cases=0),
        rate_below("x", {}, 0.5, PLAIN, min_cases=0),
        none_of("x", {}, PLAIN, min_cases=0),
        quantile_at_most("x", latency([]), "p50", 1, min_cases=0),
        tail_ratio_at_most("x", latency([]), 3, min_cases=0),
    ):
        assert fields(criterion) == ("INVALID", "NO_DATA")


def given_latency(p50, p99, ci50=(None, None), ci99=(None, None), n=1000) -> Latency:
    return Latency(
        n=n,
        mean_s=p50,
        p50_s=p50,
        p90_s=p50,
        p95_s=p50,
        p99_s=p99,
        max_s=p99,
        ci={"p50": ci50, "p99": ci99},
        notes=["p99 from few", "p90 from few"],
    )


@pytest.mark.parametrize(
    ("p50", "ci", "expected"),
    [
        (0.8, (0.7, 0.9), ("PASS", "PROVEN")),
        (0.8, (0.7, 1.0), ("PASS", "PROVEN")),
        (0.8, (0.7, 1.1), ("PASS", "INCONCLUSIVE")),
        (1.0, (0.9, 1.1), ("PASS", "INCONCLUSIVE")),
        (1.1, (0.9, 1.2), ("FAIL", "INCONCLUSIVE")),
        (1.2, (1.1, 1.3), ("FAIL", "REFUTED")),
        (0.8, (None, None), ("PASS", "INCONCLUSIVE")),
    ],
)
def test_quantile_is_proven_by_the_end_of_its_interval(p50, ci, expected):
    criterion = quantile_at_most("x", given_latency(p50, 9, ci50=ci), "p50", 1.0, min_cases=100)
    assert fields(criterion) == expected and criterion.ci == ci


def test_p99_that_a_sample_cannot_bound_is_never_proven_and_says_so():
    criterion = quantile_at_most("x", latency([0.1] * 100), "p99", 1.0, min_cases=100)
    assert fields(criterion) == ("PASS", "INCONCLUSIVE")
    assert criterion.note == "p99 from 100 requests is not certified: 662 are needed"


@pytest.mark.parametrize(
    ("p50", "p99", "ci50", "ci99", "expected"),
    [
        (1, 2, (0.9, 1.1), (1.8, 2.5), ("PASS", "PROVEN")),  # 2.5 / 0.9 = 2.8
        (1, 2, (0.8, 1.1), (1.8, 2.5), ("PASS", "INCONCLUSIVE")),  # 3.1
        (1, 4, (0.9, 1.1), (3.6, 5), ("FAIL", "REFUTED")),  # 3.6 / 1.1 = 3.3
        (1, 4, (0.9, 1.3), (3.6, 5), ("FAIL", "INCONCLUSIVE")),  # 2.8
        (1, 2, (0.9, 1.1), (1.8, None), ("PASS", "INCONCLUSIVE")),
        (0.7, 2.1, (None, None), (None, None), ("PASS", "INCONCLUSIVE")),  # 3 * 0.7 is 2.0999999999999996
        (0.7, 2.1001, (None, None), (None, None), ("FAIL", "INCONCLUSIVE")),
    ],
)
def test_tail_ratio_is_judged_by_the_far_ends_of_both_intervals(p50, p99, ci50, ci99, expected):
    assert fields(tail_ratio_at_most("x", given_latency(p50, p99, ci50, ci99), 3, min_cases=100)) == expected


def test_tail_ratio_of_a_median_of_zero_or_without_intervals_is_no_crash():
    assert tail_ratio_at_most("x", given_latency(0.0, 1.0), 3, min_cases=1).status == "INVALID"
    bare = given_latency(1, 2).model_copy(update={"ci": {}})
    assert fields(tail_ratio_at_most("x", bare, 3, min_cases=1)) == ("PASS", "INCONCLUSIVE")


@pytest.mark.parametrize(
    ("observed", "measured", "expected"),
    [
        (0.9, True, ("PASS", "PROVEN")),
        (0.9, False, ("PASS", "INCONCLUSIVE")),
        (1.1, True, ("FAIL", "REFUTED")),
        (1.1, False, ("FAIL", "INCONCLUSIVE")),
        (1.0, True, ("FAIL", "REFUTED")),  # the checklist says under
        (None, True, ("FAIL", "NO_DATA")),
        (float("nan"), True, ("FAIL", "NO_DATA")),
        (float("inf"), True, ("FAIL", "NO_DATA")),
    ],
)
def test_amount_is_as_certain_as_what_it_was_calculated_from(observed, measured, expected):
    assert fields(amount_below("x", observed, 1.0, "USD", measured=measured, note="")) == expected


def test_margin_of_exactly_the_threshold_is_enough_in_floats_too():
    assert 1 - 0.004 / 0.005 < 0.2
    assert amount_at_least("x", 1 - 0.004 / 0.005, 0.2, "rate", measured=True, note="").status == "PASS"
    assert amount_at_least("x", 0.199, 0.2, "rate", measured=True, note="").status == "FAIL"


def test_what_is_missing_is_never_a_pass():
    assert fields(to_review("x", ">=", None, "rate", 0, "why")) == ("NEEDS_REVIEW", "NO_DATA")
    assert fields(no_data("x", ">=", None, "rate", 60, 50)) == ("INVALID", "NO_DATA")
    assert "0 are missing" in no_data("x", ">=", None, "rate", 60, 50).note


STATUS = ["PASS", "NEEDS_REVIEW", "FAIL", "INVALID"]
EVIDENCE = ["PROVEN", "INCONCLUSIVE", "NO_DATA", "REFUTED"]


def test_the_weakest_criterion_speaks_for_the_check():
    for order, weakest in ((STATUS, worst_status), (EVIDENCE, weakest_evidence)):
        for i, worse in enumerate(order):
            assert all(weakest([better, worse]) == weakest([worse, better]) == worse for better in order[: i + 1])
    assert worst_status([]) == "SKIPPED" and weakest_evidence([]) == "NO_DATA"
    assert worst_status(["SKIPPED", "PASS"]) == "PASS"


def no_worse(after, before) -> bool:
    return STATUS.index(after.status) <= STATUS.index(before.status) and EVIDENCE.index(after.evidence) <= EVIDENCE.index(before.evidence)


@settings(max_examples=80, deadline=None)
@given(
    outcomes=st.lists(st.booleans(), min_size=1, max_size=150),
    threshold=st.sampled_from([0.03, 0.05, 0.5, 0.85, 0.92, 0.98, 1.0]),
    confidence=st.sampled_from([0.8, 0.95, 0.99]),
    categories=st.integers(1, 6),
    turned=st.booleans(),
)
def test_one_more_right_case_never_makes_a_criterion_worse(outcomes, threshold, confidence, categories, turned):
    """Whether a wrong answer turns right, or a case that is answered rightly comes in."""
    evidence = Evidence(confidence=confidence)
    before = {f"c{i}": value for i, value in enumerate(outcomes)}
    wrong = next((case for case, value in before.items() if not value), None)
    after = {**before, (wrong if turned and wrong else "new"): True}
    assert no_worse(rate_at_least("x", after, threshold, evidence), rate_at_least("x", before, threshold, evidence))

    def flip(outcomes):
        return {case: not value for case, value in outcomes.items()}

    for inclusive in (False, True):
        kept = [rate_below("x", flip(o), threshold, evidence, inclusive=inclusive, of_many=categories) for o in (after, before)]
        assert no_worse(*kept)
    assert no_worse(none_of("x", flip(after), evidence), none_of("x", flip(before), evidence))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 200), st.integers(1, 200), st.floats(0.01, 1.0), st.integers(1, 5))
def test_status_and_evidence_never_contradict_each_other(count, n, threshold, categories):
    count = min(count, n)
    for criterion in (
        rate_at_least("x", ok(count, n), threshold, PLAIN),
        rate_below("x", bad(count, n), threshold, PLAIN, of_many=categories),
        rate_below("x", bad(count, n), threshold, PLAIN, inclusive=True, of_many=categories),
        none_among("x", count, n, PLAIN),
    ):
        assert (criterion.status, criterion.evidence) not in {("PASS", "REFUTED"), ("FAIL", "PROVEN")}
        if criterion.ci is not None:
            assert criterion.ci[0] <= criterion.observed <= criterion.ci[1]
