"""Peak and hours of the demand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.cost.demand import UNKNOWN, demand_at, demand_shape, modelled_day, shape_of_trace
from ftbench.errors import InputError
from tests.cost.builder import spec


def arrivals(per_hour):
    """As many arrivals as given in each hour, evenly, the first at 0."""
    return np.concatenate([3600 * hour + 3600 * np.arange(n) / n for hour, n in enumerate(per_hour) if n])


DAY = [60] * 12 + [180] + [60] * 11


def test_busiest_hour_over_the_mean_of_a_day():
    """23 x 60 + 180 = 1,560 arrivals, 65 an hour; 180 / 65 = 2.769."""
    shape = shape_of_trace(arrivals(DAY), "day.csv")
    assert shape.peak_to_mean == pytest.approx(180 / 65)
    assert shape.hours == pytest.approx([n / 65 for n in DAY])
    assert shape.source == "busiest hour of day.csv: 180 of 1560 arrivals in 24 hours"


def test_peak_from_half_past_to_half_past_is_seen():
    """60 an hour, and 120 more between 12:30 and 13:30: clock hours would see 120 at most, the busiest hour has 180."""
    times = np.sort(np.concatenate([arrivals([60] * 24), 3600 * 12.5 + 1 + 30 * np.arange(119)]))
    shape = shape_of_trace(times, "t")
    assert max(shape.hours) < 1.9
    assert shape.peak_to_mean == pytest.approx(179 / ((24 * 60 + 119) / 24))


def test_only_the_shape_of_a_trace_counts_not_its_origin_or_its_volume():
    thin, thick = (shape_of_trace(1.7e9 + arrivals([k * n for n in DAY]), "t") for k in (1, 5))
    assert thin.peak_to_mean == pytest.approx(thick.peak_to_mean, rel=0.01)


@pytest.mark.parametrize(("end", "hours"), [(36.3, 36), (36.7, 37)])
def test_less_than_half_a_last_hour_is_left_out(end, hours):
    """A quiet-looking piece of an hour would lower the mean, and so raise the peak."""
    times = arrivals([*DAY, *[60] * 13])
    assert len(shape_of_trace(times[times < end * 3600], "t").hours) == hours


@pytest.mark.parametrize("hours", [0, 1, 12, 23])
def test_trace_of_less_than_a_day_has_no_busiest_hour(hours):
    with pytest.raises(
        InputError, match=r"cost.demand_trace t.csv covers .* hours; .* whole day's\. Give a longer trace, or cost.peak_to_mean\."
    ):
        shape_of_trace(arrivals([100] * hours) if hours else [], "t.csv")


def test_peak_that_chance_alone_makes_is_refused():
    with pytest.raises(InputError, match="has 480 arrivals in 24 hours; below 30 an hour chance makes the peak"):
        shape_of_trace(arrivals([20] * 24), "t.csv")


def test_even_traffic_has_a_peak_of_its_mean():
    assert shape_of_trace(arrivals([100] * 24), "t").peak_to_mean == pytest.approx(1.0)


@given(st.floats(1, 23.9))
def test_modelled_day_has_exactly_the_peak_that_is_given(peak):
    day = np.array(modelled_day(peak))
    assert len(day) == 24 and day.min() >= 0
    assert day.max() == pytest.approx(peak, rel=1e-9) and day.mean() == pytest.approx(1.0)
    assert (np.diff(day[:13]) <= 0).all() and (np.diff(day[12:]) >= 0).all()


def test_modelled_day_of_a_small_peak_is_a_sinusoid():
    assert modelled_day(1.05) == pytest.approx(1 + 0.05 * np.cos(2 * np.pi * np.arange(24) / 24), abs=0.002)


def test_day_whose_traffic_comes_within_one_hour_is_not_modelled():
    shape = demand_shape(spec(cost={"peak_to_mean": 30}))
    assert shape.peak_to_mean == 30 and shape.hours is None and "no day has a peak of 30" in shape.hours_source


def test_peak_that_nobody_gave_is_unknown_not_one():
    shape = demand_shape(spec())
    assert shape == UNKNOWN and shape.peak_to_mean is None and shape.hours is None


def test_given_peak_says_that_its_day_is_modelled():
    shape = demand_shape(spec(cost={"peak_to_mean": 2}))
    assert shape.peak_to_mean == 2 and shape.hours_source.startswith("modelled: a day with one peak of 2 times the mean")


def test_demand_at_three_times_today():
    """0.5 requests/s today, 3x: 1.5 at the mean, x 2 = 3.0 in the busiest hour."""
    terms = spec(rate=0.5, cost={"peak_to_mean": 2})
    assert demand_at(terms, 3, demand_shape(terms)) == (1.5, 3.0)


@pytest.mark.parametrize("scale", [0, -1, float("nan")])
def test_scale_that_is_no_multiple_is_one_sentence(scale):
    with pytest.raises(InputError, match="is no multiple of today's traffic; give a number above 0"):
        demand_at(spec(), scale, UNKNOWN)
