import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, quantile_test

from ftbench.errors import NoData
from ftbench.stats import quantile, quantile_bound, quantile_interval, samples_to_certify
from ftbench.stats.quantile import bound_rank

samples = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=120)
shares = st.floats(0.01, 0.99)


def test_p99_of_fifty_is_the_slowest_one_not_an_interpolation():
    assert quantile(list(range(1, 51)), 0.99) == 50.0


@pytest.mark.parametrize(("q", "at"), [(0.5, 50), (0.9, 90), (0.99, 99), (0.07, 7), (0.29, 29), (1.0, 100)])
def test_float_noise_does_not_shift_the_rank(q, at):
    """0.07 * 100 and 0.29 * 100 are not whole in floats."""
    assert quantile(np.random.default_rng(0).permutation(np.arange(1, 101)), q) == at


@settings(max_examples=100, deadline=None)
@given(samples, shares)
def test_quantile_is_observed_and_covers_its_share(values, q):
    found = quantile(values, q)
    assert found in values
    assert sum(v <= found for v in values) >= q * len(values) - 1e-9
    assert sum(v < found for v in values) < q * len(values) + 1e-9


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=300, unique=True), shares, st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_interval_agrees_with_scipy(values, q, confidence):
    theirs = quantile_test(values, p=q).confidence_interval(confidence)
    ours = quantile_interval(values, q, confidence=confidence)
    for mine, their in zip(ours, theirs, strict=True):
        assert (mine is None and math.isnan(their)) or mine == their


def test_published_ranks_of_the_median_interval():
    """Conover, Practical Nonparametric Statistics, 3.2: the sign test's interval for n = 16 runs from the 4th to the 13th (97.9 %)."""
    assert quantile_interval(list(range(1, 17)), 0.5) == (4.0, 13.0)


@pytest.mark.parametrize(("q", "n"), [(0.5, 12), (0.9, 80), (0.99, 700), (0.95, 200)])
def test_bounds_err_no_more_often_than_they_say(q, n):
    lower, upper = bound_rank(n, q, side="lower"), bound_rank(n, q, side="upper")
    assert binom.cdf(lower - 1, n, q) <= 0.05 < binom.cdf(lower, n, q)  # holds, and one rank closer would not
    assert binom.sf(upper - 1, n, q) <= 0.05 + 1e-12 < binom.sf(upper - 2, n, q)


def test_p99_of_fifty_has_no_upper_bound():
    assert quantile_bound(list(range(50)), 0.99, side="upper") is None
    assert quantile_interval(list(range(50)), 0.99)[1] is None


def test_298_is_too_few_and_299_enough_for_an_upper_bound_of_p99():
    """0.99 ** n <= 0.05 first at n = 299, a classic of tolerance limits (Wilks 1941)."""
    assert quantile_bound(list(range(298)), 0.99, side="upper") is None
    assert quantile_bound(list(range(299)), 0.99, side="upper") == 298.0


def test_one_value_bounds_nothing():
    assert quantile_interval([1.0], 0.5) == (None, None)


@pytest.mark.parametrize(("q", "n"), [(0.5, 11), (0.9, 64), (0.95, 130), (0.99, 662), (0.999, 6636)])
def test_certification_sizes_are_loadgens(q, n):
    """MLPerf inference rules: 64 queries for p90, 662 for p99."""
    assert samples_to_certify(q) == n


@settings(max_examples=40, deadline=None)
@given(samples, shares, st.floats(0.1, 10), st.floats(-100, 100))
def test_units_do_not_matter(values, q, factor, shift):
    """Seconds or milliseconds: the same observation is chosen."""
    moved = np.array(values) * factor + shift
    assert quantile(moved, q) == quantile(values, q) * factor + shift


@pytest.mark.parametrize(
    "statistic",
    [quantile, quantile_interval, lambda values, q: quantile_bound(values, q, side="upper")],
    ids=["value", "interval", "bound"],
)
def test_no_values_are_no_data_not_nan(statistic):
    with pytest.raises(NoData):
        statistic([], 0.5)


def test_nan_is_refused_not_sorted_to_the_end():
    with pytest.raises(ValueError, match="NaN"):
        quantile([1.0, float("nan")], 0.5)


@pytest.mark.parametrize("q", [0.0, 1.5, 99])
def test_percent_for_share_is_refused(q):
    with pytest.raises(ValueError, match="q is"):
        quantile([1.0, 2.0], q)
