"""A capacity that a search found sizes the fleet, as long as it is of the same promise and nothing of today speaks against it."""

import pytest

from ftbench.cost.at_scale import cost_at_scales
from ftbench.cost.found import found_capacity, read_found, refuse_other_promise, sized_on
from ftbench.errors import InputError
from tests.cost.builder import capacity_file, profile, run, spec

CARD = profile()
HELD = [run(1, 1.0), run(3, 3.0)]


def contract(**cost):
    return spec(cost={"capacity": "search", **cost})


def test_fleet_is_sized_on_the_lower_end_of_the_interval():
    """10 requests/s on 3.5 each: ceil(2.86) = 3 replicas; on the highest rate of the gate's own, 3, it would be 4."""
    terms = contract(headroom=1)
    rows = cost_at_scales(terms, CARD, HELD, measured_on=CARD, found=capacity_file())
    assert [(row.capacity_per_replica, row.replicas) for row in rows] == [(3.5, 1), (3.5, 1), (3.5, 3)]
    assert "the capacity search: 3.5 requests/s on 1 replica, the lower end of its interval" in rows[2].basis_note
    assert rows[0].basis == "measured" and rows[2].basis == "modelled"


def test_open_lower_end_falls_back_on_the_highest_rate_that_was_kept():
    assert sized_on(capacity_file(interval=(None, 4.6))) == 3.8
    found = found_capacity(capacity_file(interval=(None, 4.6)), HELD, contract())
    assert found.per_replica == 3.8 and found.interval is None
    assert any("taken as exact at its lower end" in note for note in found.notes)


def test_capacity_of_the_deployment_is_shared_by_its_replicas():
    found = found_capacity(capacity_file(), HELD, spec(serving={"replicas": 2}, cost={"capacity": "search"}))
    assert (found.per_replica, found.interval, found.estimate, found.confidence) == (1.75, (1.75, 2.3), 2.0, 0.95)


def test_bracket_of_a_step_is_not_drawn_as_if_it_were_chance():
    found = found_capacity(capacity_file(confidence=None), HELD, contract())
    assert found.per_replica == 3.5 and found.interval is None


def test_least_bound_of_a_search_that_met_its_ceiling_is_used():
    found = capacity_file(state="at least", capacity=8.0, interval=(8.0, None), confidence=None, highest_kept=8.0)
    assert found_capacity(found, HELD, contract()).per_replica == 8.0


def test_own_run_that_fails_below_the_searchs_capacity_is_believed():
    """Something has changed since the search: a fleet sized on 3.5 would not hold what 3.0 did not."""
    load = [run(1, 1.0), run(3, 3.0, attainment=0.9)]
    found = found_capacity(capacity_file(), load, contract())
    assert found.per_replica == 1.0
    assert "this gate's 3x run at 3 did not hold" in found.notes[0]


def test_capacity_of_other_weights_sizes_no_fleet():
    """A search over nf4 says nothing of what fp32 carries."""
    found = capacity_file(settings={"server": "abc nf4"})
    other, same, unknown = (found_capacity(found, HELD, contract(), served=s) for s in ("abc fp32", "abc nf4", None))
    assert (other.per_replica, same.per_replica, unknown.per_replica) == (3.0, 3.5, 3.5)
    assert "it was searched on abc nf4, and this is abc fp32" in other.notes[0]


def test_invalid_run_does_not_speak_against_the_search():
    load = [run(1, 1.0), run(3, 3.0, attainment=0.9, valid=False, invalid_reasons=["late"])]
    assert found_capacity(capacity_file(), load, contract()).per_replica == 3.5


@pytest.mark.parametrize("broken", [dict(saturated=True), dict(valid=False, invalid_reasons=["late"]), dict(attainment=0.5)])
def test_search_of_another_day_makes_no_cost_where_nothing_held_today(broken):
    row = cost_at_scales(contract(), CARD, [run(1, 1.0, **broken)], measured_on=CARD, found=capacity_file())[0]
    assert (row.replicas, row.cost_per_inference, row.within_budget) == (None, None, None)


def test_interval_of_the_search_is_what_the_monte_carlo_draws():
    """At 100x and headroom 1 the fleet on 3.5 has 29 replicas; in the middle of 3.5 to 4.6, at 4.01, 25."""
    terms = spec(scales=[100], cost={"capacity": "s", "headroom": 1, "budget_per_inference": 1e-4})
    row = cost_at_scales(terms, CARD, HELD, measured_on=CARD, found=capacity_file())[0]
    assert row.replicas == 29 and row.cost_per_inference == pytest.approx(29 * 730 / 262_800_000)
    assert row.cost_p50 == pytest.approx(25 * 730 / 262_800_000)
    assert row.cost_p10 < row.cost_p50 < row.cost_p90 < row.cost_per_inference


def test_budget_is_not_kept_that_the_planned_fleet_itself_breaks():
    """p90 of the draws is 28 replicas, the fleet that is planned has 29: a budget between the two is broken."""
    between = 28.5 * 730 / 262_800_000
    terms = spec(scales=[100], cost={"capacity": "s", "headroom": 1, "budget_per_inference": between})
    row = cost_at_scales(terms, CARD, HELD, measured_on=CARD, found=capacity_file())[0]
    assert row.cost_p90 < between < row.cost_per_inference == row.budget_quantile_cost
    assert row.within_budget is False and row.share_within_budget > 0.9


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (dict(slo={"e2e_s": 5.0}), "is that of another SLO: e2e_s 5 there, e2e_s 2 in the spec"),
        (dict(slo={"ttft_s": 1.0, "e2e_s": 2.0}), "is that of another SLO: e2e_s 2, ttft_s 1 there"),
        (dict(target=0.9), "is that of 0.9 good requests, and slo.attainment is 0.99"),
        (dict(state="none", capacity=None, interval=None, highest_kept=None), "the search is `none` and holds no rate that was kept"),
        (dict(state="running", highest_kept=None), "the search is `running` and holds no rate"),
        (dict(state="invalid"), "the search is `invalid`"),
        (dict(settings={"arrivals": "constant"}), "was found with arrivals constant, and load.arrivals is poisson"),
        (dict(settings={"arrivals": "poisson", "cv": 4.0}), "was found with cv 4.0, and load.cv is None"),
        (dict(settings={"replicas": 2}), "was found with replicas 2, and serving.replicas is 1"),
    ],
)
def test_capacity_of_another_promise_is_one_sentence(changes, words):
    with pytest.raises(InputError) as refused:
        refuse_other_promise(capacity_file(**changes), contract())
    assert words in str(refused.value) and "cost.capacity search" in str(refused.value)


def test_file_of_the_search_is_read_from_beside_the_spec(tmp_path):
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / "capacity.json").write_text(capacity_file().model_dump_json(by_alias=True))
    terms = contract()
    terms._folder = tmp_path
    assert read_found(terms).capacity == 4.0
    assert read_found(spec()) is None


def test_missing_file_of_the_search_is_one_sentence(tmp_path):
    terms = contract()
    terms._folder = tmp_path
    with pytest.raises(InputError, match="cannot be read"):
        read_found(terms)
