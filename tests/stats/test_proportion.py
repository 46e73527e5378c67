import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from ftbench.errors import NoData
from ftbench.stats import cases_to_prove, failure_bound, interval, success_bound

counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
confidences = st.floats(0.6, 0.999)


@pytest.mark.parametrize(
    ("successes", "trials", "bound"),
    [(50, 50, 0.942), (46, 50, 0.826), (20, 20, 0.861)],  # sample sizes of the checklist; 0.05 ** (1 / 50) in closed form
)
def test_all_right_is_not_certainty(successes, trials, bound):
    assert success_bound(successes, trials) == pytest.approx(bound, abs=0.0005)


def test_no_success_allows_any_failure_rate():
    assert success_bound(0, 10) == 0.0
    assert failure_bound(10, 10) == 1.0


@pytest.mark.parametrize("trials", [1, 30, 59, 149, 1000])
def test_no_failures_bound_has_its_closed_form(trials):
    assert failure_bound(0, trials) == pytest.approx(1 - 0.05 ** (1 / trials))


def test_two_sided_interval_matches_the_textbook():
    # R: binom.test(7, 20) -> 0.1539092, 0.5921885
    assert interval(7, 20) == pytest.approx((0.1539092, 0.5921885), abs=1e-6)


@pytest.mark.parametrize(
    ("rate", "failures", "cases"),
    [(0.95, 0, 59), (0.95, 1, 93), (0.98, 0, 149), (0.97, 0, 99), (0.5, 0, 5)],
)
def test_cases_to_prove_known_answers(rate, failures, cases):
    assert cases_to_prove(rate, failures=failures) == cases


@settings(max_examples=40, deadline=None)
@given(st.floats(0.05, 0.995), st.integers(0, 5), st.sampled_from([0.9, 0.95, 0.99]))
def test_cases_to_prove_is_the_first_number_that_proves(rate, failures, confidence):
    n = cases_to_prove(rate, failures=failures, confidence=confidence)
    assert success_bound(n - failures, n, confidence=confidence) >= rate - 1e-9
    if n - 1 > failures:
        assert success_bound(n - 1 - failures, n - 1, confidence=confidence) < rate + 1e-9


@settings(max_examples=60, deadline=None)
@given(counts, confidences)
def test_bounds_mirror_each_other_and_contain_what_was_seen(count, confidence):
    successes, trials = count
    low = success_bound(successes, trials, confidence=confidence)
    assert low <= successes / trials
    assert failure_bound(trials - successes, trials, confidence=confidence) == pytest.approx(1 - low, abs=1e-9)
    two_sided = interval(successes, trials, confidence=2 * confidence - 1)
    assert two_sided[0] == pytest.approx(low, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(counts.filter(lambda c: c[0] < c[1]))
def test_one_more_success_never_lowers_the_bound(count):
    successes, trials = count
    assert success_bound(successes + 1, trials) > success_bound(successes, trials)


@pytest.mark.parametrize("rate", [0.5, 0.92, 0.98])
def test_bound_errs_no_more_often_than_it_says(rate):
    """Coverage by summing the exact distribution, no sampling."""
    n = 60
    wrong = sum(binom.pmf(k, n, rate) for k in range(n + 1) if success_bound(k, n) > rate)
    assert wrong <= 0.05


@pytest.mark.parametrize("statistic", [success_bound, failure_bound, interval])
def test_empty_test_set_is_no_data_not_a_rate(statistic):
    with pytest.raises(NoData):
        statistic(0, 0)


@pytest.mark.parametrize(("count", "trials"), [(-1, 5), (6, 5)])
def test_impossible_counts_are_refused(count, trials):
    with pytest.raises(ValueError, match="impossible"):
        success_bound(count, trials)


@pytest.mark.parametrize("rate", [0.0, 1.0, 1.2])
def test_certainty_cannot_be_bought_with_cases(rate):
    with pytest.raises(ValueError, match="rate"):
        cases_to_prove(rate)
