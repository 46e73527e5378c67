"""Joules with known answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.telemetry.energy import counted, integrated, unwrapped


def test_constant_power_is_power_times_time():
    assert integrated(np.array([-1.0, 0.5, 3.2, 11.0]), np.full(4, 200.0), 0.0, 10.0) == pytest.approx(2000.0)


def test_ramp_is_the_area_of_a_trapezoid_and_the_edges_are_cut():
    t = np.arange(-2.0, 13.0)
    assert integrated(t, 100 + 10 * t, 0.5, 9.5) == pytest.approx(9 * (105 + 195) / 2)


@given(st.lists(st.floats(0.01, 5), min_size=3, max_size=30), st.floats(0, 400), st.floats(-20, 20))
def test_straight_power_is_exact_however_unevenly_it_is_sampled(gaps, at_zero, slope):
    t = np.cumsum(gaps)
    energy = integrated(t, at_zero + slope * t, float(t[0]), float(t[-1]))
    span = t[-1] - t[0]
    assert energy == pytest.approx(span * (at_zero + slope * (t[0] + t[-1]) / 2), rel=1e-6, abs=1e-6)


def test_counter_is_read_between_its_samples():
    t = np.array([-0.5, 0.5, 1.5, 2.5])
    assert counted(t, 1000.0 + 50 * t, 0.0, 2.0) == pytest.approx(100.0)


def test_counter_that_went_back_or_stands_still_is_not_used():
    t = np.arange(4.0)
    assert counted(t, np.array([900.0, 950.0, 10.0, 60.0]), 0.0, 3.0) is None
    assert counted(t, np.zeros(4), 0.0, 3.0) is None


def test_half_a_window_of_samples_is_not_taken_for_the_whole():
    t = np.arange(6.0)
    assert integrated(t, np.full(6, 100.0), 0.0, 10.0) is None and counted(t, t, 0.0, 10.0) is None
    assert integrated(t, np.full(6, 100.0), 0.0, 5.5) == pytest.approx(550.0)
    for few in (np.array([]), np.array([1.0])):
        assert integrated(few, few, 0.0, 1.0) is None


def test_rapl_counter_that_turned_over_goes_on():
    assert unwrapped(np.array([90.0, 99.0, 4.0, 14.0]), 99.0).tolist() == [90.0, 99.0, 104.0, 114.0]
    assert unwrapped(np.array([]), 99.0).tolist() == []
