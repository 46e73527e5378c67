import pytest

from ftbench.cost.capacity import measured_capacity, why_not_held
from ftbench.spec.load import Slo
from tests.cost.builder import run

SLO = Slo(e2e_s=2.0, attainment=0.99)


def test_poisson_draw_below_the_asked_rate_is_not_credited():
    assert measured_capacity([run(1, 10.0, achieved_rate=9.4)], 2, SLO).per_replica == pytest.approx(4.7)
    assert measured_capacity([run(1, 10.0, achieved_rate=10.6)], 2, SLO).per_replica == pytest.approx(5.0)


def test_highest_rate_that_held_counts_whatever_the_order_of_the_runs():
    held = [run(3, 3.0), run(1, 1.0), run(10, 10.0, attainment=0.5)]
    assert measured_capacity(held, 1, SLO).run.scale == 3


def test_highest_rate_that_held_is_only_a_lower_bound():
    notes = measured_capacity([run(1, 1.0), run(3, 3.0)], 1, SLO).notes
    assert any("lower bound" in note for note in notes)
    bracketed = measured_capacity([run(1, 1.0), run(3, 3.0, saturated=True)], 1, SLO).notes
    assert not any("lower bound" in note for note in bracketed)


def test_invalid_run_does_not_bracket_the_capacity():
    notes = measured_capacity([run(1, 1.0), run(3, 3.0, valid=False, invalid_reasons=["client CPU"])], 1, SLO).notes
    assert any("lower bound" in note for note in notes)


def test_lower_rate_that_failed_is_not_hidden():
    notes = measured_capacity([run(1, 1.0, attainment=0.9), run(3, 3.0)], 1, SLO).notes
    assert any("not consistent" in note for note in notes)


def test_attainment_of_a_small_sample_is_said_to_be_unproven():
    """100 of 100 proves 97.0 % (0.05 ** (1 / 100)); 299 of 299 proves 99 %."""
    assert any("proves 97.0%" in note for note in measured_capacity([run(1, 1.0, n=100)], 1, SLO).notes)
    assert not any("proves" in note for note in measured_capacity([run(1, 1.0, n=299)], 1, SLO).notes)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (dict(valid=False, invalid_reasons=["send lag 80 ms"], attainment=1.0), "invalid (send lag 80 ms)"),
        (dict(attainment=0.985), "98.5% of its requests were good, 99.0% are promised"),
        (dict(saturated=True), "saturated"),
        (dict(attainment=None, n=0), "no request"),
    ],
)
def test_reason_says_what_was_wrong(changes, reason):
    assert reason in why_not_held(run(1, 1.0, **changes), SLO)


def test_exactly_the_promised_share_holds():
    assert why_not_held(run(1, 1.0, attainment=0.99), SLO) is None


def test_a_closed_loop_shows_no_rate_that_is_held_and_does_not_stop_the_search_among_the_others():
    closed = run(3, 30.0, loop="closed", requested_rate=None)
    assert "waited for their answers" in why_not_held(closed, SLO)
    found = measured_capacity([run(1, 10.0), closed], 1, SLO)
    assert found.per_replica == 10.0 and any("lower bound" in note for note in found.notes)
