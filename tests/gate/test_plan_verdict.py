"""Viable, not viable, unknown, invalid: what beats what."""

import pytest

from ftbench.cost.plan_file import Demand, Fleet, PlanAtScale, SeenAtScale
from ftbench.errors import Exit
from ftbench.gate.plan_verdict import EXIT, verdict
from ftbench.spec.cost import Cost

DEMAND = Demand(
    mean_rate=1,
    peak_rate=2,
    peak_to_mean=2,
    peak_to_mean_source="",
    arrivals="poisson",
    arrival_cv=1,
    prompt_tokens_mean=None,
    output_tokens_mean=None,
)


def at(scale=1.0, *, budget=True, margin=None, verified=None, cost=0.002, fleet=None):
    return PlanAtScale(
        scale=scale,
        basis="modelled",
        basis_note="A note.",
        demand=DEMAND,
        fleet=fleet,
        options=[],
        cost_per_inference=None,
        cost_per_month=None,
        budget_quantile_cost=cost,
        share_within_budget=None,
        within_budget=budget,
        within_margin=margin,
        verified=verified,
    )


def deployed(**changes):
    fields = {"replicas": 2, "requested_rate": 2, "achieved_rate": 2, "attainment": 0.5, "saturated": False, "valid": True, "held": False}
    return SeenAtScale(**{**fields, "ttft_p99_s": 1, "e2e_p99_s": 2, "sentence": "It missed.", **changes})


def judge(scales, *, cost=None, valid_runs=1, never="", unknown=()):
    return verdict(
        cost or Cost(budget_per_inference=0.001), scales, attainment=0.99, valid_runs=valid_runs, never=never, unknown=list(unknown)
    )


def test_a_kept_budget_is_viable_without_a_reason():
    assert judge([at(), at(3.0)]) == ("VIABLE", [])


def test_one_scale_over_the_budget_is_enough_and_is_named_with_both_amounts():
    word, reasons = judge([at(), at(10.0, budget=False)])
    assert word == "NOT_VIABLE"
    assert reasons == ["10x: the p90 of the cost per inference is USD 0.002, not under the budget of USD 0.001."]


def test_a_near_miss_is_not_shown_as_the_limit_itself():
    _, reasons = judge([at(budget=False, cost=0.00100004)])
    assert "is USD 0.00100004, not under the budget of USD 0.001." in reasons[0]


def test_a_broken_margin_is_not_viable_though_the_budget_is_kept():
    word, reasons = judge([at(margin=False)], cost=Cost(budget_per_inference=0.001, price_per_inference=0.002))
    assert word == "NOT_VIABLE" and "margin" in reasons[0]


def test_a_fleet_that_was_deployed_and_failed_beats_its_price():
    word, reasons = judge([at(verified=deployed())])
    assert word == "NOT_VIABLE" and "It missed." in reasons[0]
    assert judge([at(verified=deployed(held=True))])[0] == "VIABLE"


def test_a_fleet_that_the_simulator_doubts_is_for_a_person_until_it_was_deployed():
    fleet = {
        "replicas": 3,
        "spare": 0,
        "gpus_per_replica": 1,
        "instances": 3,
        "seats": 3,
        "instance": "box",
        "utilisation": 0.5,
        "formula": "",
    }
    word, reasons = judge([at(fleet=Fleet(**fleet, simulated_attainment=0.6))])
    assert word == "NEEDS_REVIEW" and "the simulator doubts that 3 replicas keep the SLO at the peak: it sees 60 % good" in reasons[0]
    assert judge([at(fleet=Fleet(**fleet, simulated_attainment=0.6), verified=deployed(held=True))])[0] == "VIABLE"
    assert judge([at(fleet=Fleet(**fleet, simulated_attainment=0.985))])[0] == "VIABLE"  # within what the simulator errs by
    assert judge([at(fleet=Fleet(**fleet))])[0] == "VIABLE"


def test_an_invalid_verification_proves_nothing():
    assert judge([at(verified=deployed(valid=False))])[0] == "VIABLE"


def test_what_is_broken_beats_what_is_unknown_and_invalid_beats_both():
    assert judge([at(budget=False)], unknown=["No price."])[0] == "NOT_VIABLE"
    assert judge([at()], never="No rate.")[0] == "NOT_VIABLE"
    assert judge([at(budget=False)], valid_runs=0)[0] == "INVALID"
    assert judge([at()], unknown=["No price."]) == ("NEEDS_REVIEW", ["No price."])


def test_a_budget_that_could_not_be_judged_is_open_not_kept():
    word, reasons = judge([at(budget=None)])
    assert word == "NEEDS_REVIEW" and reasons == ["1x: whether the budget will be kept is not known. A note."]


def test_no_budget_at_all_is_open_and_a_margin_alone_suffices():
    assert judge([at(budget=None)], cost=Cost())[0] == "NEEDS_REVIEW"
    assert judge([at(budget=None, margin=True)], cost=Cost(price_per_inference=0.002))[0] == "VIABLE"


@pytest.mark.parametrize(("word", "code"), [("VIABLE", 0), ("NOT_VIABLE", 1), ("INVALID", 3), ("NEEDS_REVIEW", 4)])
def test_exit_codes_are_those_of_every_command(word, code):
    assert EXIT[word] == Exit(code)
