"""The ideal fleet hour by hour, on tables by hand."""

from fractions import Fraction

import pytest

from ftbench.cost.autoscaled import autoscaled
from tests.cost.builder import terms

NIGHT_AND_DAY = [0.0] * 12 + [2.0] * 12  # requests/s at a mean of 1/s, and what one replica of 1/s makes of them: 1 and 2 replicas


def test_half_a_day_with_one_and_half_with_two_is_one_and_a_half():
    fleet = autoscaled(terms(mean_rate=1.0, capacity=1.0), NIGHT_AND_DAY)
    assert (fleet.instances_mean, fleet.replicas_mean, fleet.replicas_least, fleet.replicas_most) == (1.5, 1.5, 1, 2)
    assert "its loading is not paid for here" in fleet.notes[1]


def test_instance_is_paid_for_while_it_loads():
    """One start a day of 360 s: 0.1 h / 24 h = 1/240 of an instance more at the mean."""
    fleet = autoscaled(terms(mean_rate=1.0, capacity=1.0), NIGHT_AND_DAY, reload_s=360)
    assert fleet.instances_mean == pytest.approx(1.5 + 1 / 240)
    assert fleet.starts_per_day == 1


def test_fleet_never_sleeps_below_its_least_and_keeps_its_spare():
    """max(3, .) + 1 in every hour: nothing to scale."""
    fleet = autoscaled(terms(mean_rate=1.0, capacity=1.0, min_replicas=3, spare=1), NIGHT_AND_DAY, reload_s=360)
    assert (fleet.replicas_least, fleet.replicas_most, fleet.instances_mean) == (4, 4, 4.0)


def test_instance_of_two_replicas_is_not_halved_for_the_night():
    """Two replicas an instance: 1 at night and 2 at day both take one instance."""
    assert autoscaled(terms(mean_rate=1.0, capacity=1.0, per_instance=Fraction(2)), NIGHT_AND_DAY).instances_mean == 1.0


def test_headroom_is_kept_in_every_hour():
    """2 / (1 x 0.5) = 4 replicas by day, max(1, 0) by night: (12 x 1 + 12 x 4) / 24 = 2.5."""
    assert autoscaled(terms(mean_rate=1.0, capacity=1.0, headroom=0.5), NIGHT_AND_DAY).instances_mean == 2.5


def test_even_traffic_gains_nothing():
    fleet = autoscaled(terms(mean_rate=2.5, capacity=1.0), [1.0] * 24, reload_s=100)
    assert (fleet.instances_mean, fleet.starts_per_day) == (3.0, 0)
