import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import linregress, ttest_1samp

from ftbench.stats import drift, growth


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=3, max_size=30).filter(lambda v: len(set(np.diff(v))) > 1))
def test_growth_is_the_t_test_of_the_mean_step(counts):
    assert growth(np.array(counts)) == pytest.approx(ttest_1samp(np.diff(counts), 0).statistic, rel=1e-9, abs=1e-9)


def test_one_jump_however_high_is_no_growth():
    """10 steps, one of them not 0: mean x / 10 over a standard error of x / 10."""
    for height in (1, 1000):
        assert growth(np.array([0] * 10 + [height])) == pytest.approx(1.0)


def test_even_growth_is_certain_and_no_growth_is_none():
    assert growth(np.arange(5)) == np.inf and growth(np.arange(5)[::-1]) == -np.inf and growth(np.ones(5)) == 0.0


def test_drift_of_independent_values_is_the_ordinary_regression():
    """Residuals whose neighbours are not alike are not corrected."""
    values = np.arange(20) * 0.1 + np.tile([1.0, -1.0], 10)
    change, p = drift(values)
    theirs = linregress(np.arange(20), values)
    assert change == pytest.approx(20 * theirs.slope) and p == pytest.approx(theirs.pvalue, rel=1e-6)


def test_a_slow_wave_is_no_trend_though_an_ordinary_regression_is_sure_of_it():
    values = np.cos(np.pi * np.arange(30) / 20)
    assert linregress(np.arange(30), values).pvalue < 1e-6
    assert drift(values)[1] > 0.01


def test_false_alarms_of_alike_neighbours_are_far_fewer_than_an_ordinary_regression_raises():
    rng = np.random.default_rng(5)
    alarms = ordinary = 0
    for _ in range(300):
        values = np.zeros(20)
        for k in range(1, 20):
            values[k] = 0.5 * values[k - 1] + rng.normal()
        alarms += drift(values)[1] < 0.005
        ordinary += linregress(np.arange(20), values).pvalue < 0.005
    assert alarms <= 9 and ordinary >= 2 * alarms


def test_a_line_to_the_last_digit_is_a_trend_and_a_constant_is_none():
    assert drift(np.arange(10.0)) == (pytest.approx(10.0), 0.0)
    assert drift(np.full(10, 0.25)) == (pytest.approx(0.0), 1.0)


@pytest.mark.parametrize(("statistic", "n"), [(growth, 2), (drift, 3)])
def test_too_few_values_are_refused(statistic, n):
    with pytest.raises(ValueError, match="values"):
        statistic(np.ones(n))
