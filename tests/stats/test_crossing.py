"""The regression behind the estimate, on shares that are known exactly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from ftbench.errors import NoData
from ftbench.stats.crossing import crossing


@given(st.floats(0.05, 500.0), st.floats(5.0, 60.0), st.sampled_from([0.9, 0.95, 0.99, 0.999]))
def test_a_logistic_curve_crosses_where_its_formula_says(level, slope, target):
    levels = level * np.array([0.9, 0.96, 1.0, 1.05, 1.12])
    n = np.full(5, 1e5)
    misses = n * expit(logit(1 - target) + slope * np.log(levels / level))
    found = crossing(levels, n - misses, n, target)
    assert found.level == pytest.approx(level, rel=0.005) and found.low <= level * 1.003 and level * 0.997 <= found.high


def test_more_requests_narrow_the_interval_and_clumps_widen_it():
    levels = np.array([8.0, 9.0, 10.0, 11.0, 12.0] * 2)
    share = expit(logit(0.01) + 20 * np.log(levels / 10))

    def width(n, noise):
        misses = n * share * (1 + noise * np.array([1, -1, 1, -1, 1, -1, 1, -1, 1, -1]))
        found = crossing(levels, n - misses, np.full(10, n), 0.99)
        return found.high / found.low

    assert width(20_000.0, 0.0) < width(2_000.0, 0.0) < width(2_000.0, 0.6)


def test_independent_requests_are_covered_as_often_as_it_says():
    rng = np.random.default_rng(3)
    levels = np.array([8.0, 8.8, 9.4, 10.0, 10.5, 11.2, 12.0])
    share = expit(logit(0.01) + 18 * np.log(levels / 10))
    held = 0
    for _ in range(120):
        found = crossing(levels, 1500 - rng.binomial(1500, share), np.full(7, 1500), 0.99)
        held += (found.low or 0) <= 10 <= (found.high or np.inf)
    assert held >= 108  # of 114 at 95 %; fewer than 108 has a chance of 1 in 100


def test_trials_that_all_kept_bound_the_level_from_below_only():
    found = crossing([1.0, 2.0], [1000, 1000], [1000, 1000], 0.99)
    assert found.level > 2 and found.high is None


def test_no_trial_and_an_impossible_target_are_refused():
    with pytest.raises(NoData):
        crossing([], [], [], 0.99)
    with pytest.raises(ValueError, match="target"):
        crossing([1.0], [1], [1], 1.0)
