import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.stats import grouped_quantiles, quantile, quantile_interval


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.floats(0, 1e3, width=32), max_size=6), min_size=1, max_size=30).filter(lambda g: any(g)), st.floats(0.05, 0.99))
def test_the_value_is_the_quantile_of_all_values_together(groups, q):
    values = np.array([v for group in groups for v in group], np.float32)
    (found,) = grouped_quantiles(values, np.array([len(group) for group in groups]), [q])
    assert np.float32(found.value) == np.float32(quantile(values, q))
    low, high = found.interval
    assert (low is None or low <= found.value) and (high is None or high >= found.value) and found.effective_n <= len(values)


def test_independent_values_have_the_interval_of_order_statistics():
    values = np.random.default_rng(1).exponential(1.0, 20_000).astype(np.float32)
    for found, q in zip(grouped_quantiles(values, np.full(2000, 10), [0.5, 0.99]), (0.5, 0.99), strict=True):
        low, high = quantile_interval(values, q)
        assert found.interval[0] == pytest.approx(low, rel=0.02) and found.interval[1] == pytest.approx(high, rel=0.02)
        assert found.effective_n > 10_000


def test_gaps_that_are_alike_within_a_response_say_little_more_than_the_responses():
    """Every gap of a response the same: 200 x 50 values are 200."""
    values = np.repeat(np.random.default_rng(2).exponential(1.0, 200), 50).astype(np.float32)
    (found,) = grouped_quantiles(values, np.full(200, 50), [0.5])
    assert found.effective_n == pytest.approx(200, rel=0.05)


def test_the_interval_of_alike_values_holds_the_truth_as_often_as_it_says():
    rng, held = np.random.default_rng(3), 0
    for _ in range(300):
        values = (rng.normal(0, 1, (60, 1)) + rng.normal(0, 0.3, (60, 20))).ravel()
        (found,) = grouped_quantiles(values, np.full(60, 20), [0.5])
        low, high = found.interval
        held += low <= 0 <= high
    assert 0.92 <= held / 300 <= 0.98


def test_one_response_has_no_interval_and_a_p99_of_few_no_upper_end():
    assert grouped_quantiles(np.arange(9.0), np.array([9]), [0.5])[0].interval == (None, None)
    assert grouped_quantiles(np.arange(30.0), np.full(10, 3), [0.99])[0].interval[1] is None


def test_a_float32_reads_as_it_was_written():
    assert grouped_quantiles(np.full(4, 0.01, np.float32), np.array([2, 2]), [0.5])[0].value == 0.01


@pytest.mark.parametrize(("values", "sizes"), [([], []), ([1.0, 2.0], [1])])
def test_sizes_that_do_not_fit_are_refused(values, sizes):
    with pytest.raises(ValueError, match="groups"):
        grouped_quantiles(np.array(values), np.array(sizes, int), [0.5])


def test_a_million_values_take_no_minute():
    values = np.random.default_rng(4).exponential(0.01, 1_000_000).astype(np.float32)
    began = time.process_time()
    grouped_quantiles(values, np.full(10_000, 100), [0.5, 0.9, 0.95, 0.99, 0.999])
    assert time.process_time() - began < 10
