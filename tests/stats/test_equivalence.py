import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from statsmodels.stats.weightstats import ttost_paired

from ftbench.stats import equivalence, failure_bound, pairs_to_exclude, pairs_to_show, shown_within

differences = st.lists(st.floats(-2, 2).map(lambda x: round(x, 4)), min_size=2, max_size=30)


def test_not_significant_is_not_equivalent():
    few = [0.4, -0.5, 0.3, -0.1]
    found = equivalence(few, 0.15)
    assert found.p > 0.05
    assert found.interval[0] < -0.15 < 0.15 < found.interval[1]


@settings(max_examples=40, deadline=None)
@given(differences, st.floats(0.05, 1))
def test_same_as_statsmodels(values, margin):
    assume(np.ptp(values) > 1e-6)
    reference = ttost_paired(np.array(values), np.zeros(len(values)), -margin, margin)[0]
    assert equivalence(values, margin).p == pytest.approx(reference, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(differences, st.floats(0.05, 1))
def test_swapping_the_sides_changes_nothing_but_the_sign(values, margin):
    one, other = equivalence(values, margin), equivalence([-v for v in values], margin)
    assert other.p == pytest.approx(one.p, abs=1e-9)
    assert other.interval == pytest.approx((-one.interval[1], -one.interval[0]), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(differences, st.floats(0.05, 1))
def test_proof_and_interval_say_the_same(values, margin):
    found = equivalence(values, margin)
    low, high = found.interval
    assume(min(abs(low + margin), abs(high - margin)) > 1e-9)
    assert (found.p < 0.05) == (-margin < low and high < margin)


@settings(max_examples=60, deadline=None)
@given(differences, st.floats(0.05, 1), st.floats(1, 3))
def test_wider_margin_never_needs_more_proof(values, margin, wider):
    assert equivalence(values, margin * wider).p <= equivalence(values, margin).p + 1e-12


@pytest.mark.parametrize(("value", "p"), [(0.0, 0.0), (0.1, 0.0), (0.15, 1.0), (-0.3, 1.0)])
def test_differences_all_the_same_do_not_divide_by_zero(value, p):
    found = equivalence([value] * 3, 0.15)
    assert (found.p, found.interval) == (p, pytest.approx((value, value)))


def test_one_pair_shows_nothing():
    assert equivalence([0.0], 0.15).p == 1.0
    assert pairs_to_show([0.0], 0.15) is None


@pytest.mark.parametrize(("values", "margin"), [([], 0.1), ([0.1], 0.0), ([0.1], float("nan"))])
def test_nothing_to_compare_is_refused(values, margin):
    with pytest.raises(ValueError, match="equivalence needs"):
        equivalence(values, margin)


@pytest.mark.parametrize(("margin", "span", "pairs"), [(0.15, 2, 39), (0.1, 1, 29), (0.2, 2, 29), (1, 1, 2)])
def test_rare_unlike_pairs_are_not_excluded_by_twenty_equal_ones(margin, span, pairs):
    assert pairs_to_exclude(margin, span) == pairs
    if margin < span:
        assert span * failure_bound(0, pairs) <= margin < span * failure_bound(0, pairs - 1)


def test_more_pairs_of_the_same_spread_show_it_at_the_number_named():
    values = [0.3, -0.3] * 5
    needed = pairs_to_show(values, 0.15)
    assert equivalence(values, 0.15).p > 0.05
    assert equivalence([0.3, -0.3] * (needed // 2), 0.15).p < 0.06
    assert pairs_to_show([0.3, 0.2], 0.15) is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.01, 0.5), min_size=2, max_size=30))
def test_shown_within_is_tost_where_no_pair_is_equal(values):
    assert shown_within(values, 0.2) == (equivalence(values, 0.2).p < 0.05)


def test_equal_pairs_may_be_left_out_but_never_the_others():
    assert shown_within([0.14] * 6 + [0.0], 0.15)  # TOST over all seven says 0.09
    assert equivalence([0.14] * 6 + [0.0], 0.15).p > 0.05
    assert not shown_within([0.2] * 6 + [0.0], 0.15)
    assert not shown_within([0.1, 0.3, -0.2, 0.0, 0.0], 0.15)


def test_each_missing_pair_takes_its_span_from_the_margin():
    assert shown_within([0.0] * 20, 0.15, missing=1, span=2.0)  # 0.15 - 1.85 / 20 is left
    assert not shown_within([0.0] * 20, 0.15, missing=2, span=2.0)
    assert not shown_within([0.0], 0.15) and not shown_within([], 0.15)
