"""What buckets tell of quantiles, against distributions that are known."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.telemetry.histogram import Histogram, mean, quantile, since, together

BOUNDS = (0.1, 0.2, 0.5, 1.0, 2.0, math.inf)


def of(values, bounds=BOUNDS) -> Histogram:
    values = np.asarray(values, float)
    return Histogram(float(values.sum()), len(values), tuple((bound, float((values <= bound).sum())) for bound in bounds))


def test_quantile_of_a_uniform_distribution_is_exact():
    uniform = of((np.arange(1000) + 0.5) / 500)  # 0 to 2
    for q in (0.02, 0.25, 0.5, 0.9, 0.99):
        assert quantile(uniform, q) == pytest.approx(2 * q, abs=1e-9)
    assert mean(uniform) == pytest.approx(1.0)


@given(st.lists(st.floats(0, 1.99), min_size=1, max_size=200), st.sampled_from([0.5, 0.9, 0.99]))
def test_quantile_lies_in_the_bucket_of_the_true_one(values, q):
    true = sorted(values)[max(0, math.ceil(q * len(values)) - 1)]
    high = next(bound for bound in BOUNDS if true <= bound)
    low = max([0.0, *(bound for bound in BOUNDS if bound < true)])
    assert low <= quantile(of(values), q) <= high + 1e-12


def test_quantile_above_the_last_bound_is_not_invented():
    assert quantile(of([0.1] * 9 + [50.0]), 0.99) is None
    assert quantile(of([0.1] * 9 + [50.0]), 0.5) is not None


def test_nothing_observed_has_no_quantile_and_no_mean():
    assert (quantile(of([]), 0.5), mean(of([])), quantile(Histogram(1.0, 1.0, ()), 0.5)) == (None, None, None)


@given(st.lists(st.floats(0, 5), max_size=50), st.lists(st.floats(0, 5), max_size=50))
def test_difference_of_two_readings_is_what_was_observed_between(before, between):
    found = since(of(before + between), of(before))
    assert found.count == len(between) and found.buckets == of(between).buckets
    assert found.total == pytest.approx(sum(between), abs=1e-9)


def test_restarted_server_does_not_give_negative_counts():
    assert since(of([0.3]), of([0.1] * 100)) == of([0.3])


def test_replicas_together_are_one_distribution():
    assert together([of([0.1, 0.3]), of([1.5])]).buckets == of([0.1, 0.3, 1.5]).buckets
