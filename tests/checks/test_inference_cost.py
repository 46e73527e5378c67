"""Test 9 of the checklist on hand-made costs."""

import pytest

from ftbench.checks.inference_cost import InferenceCost
from tests.checks.builder import by_name, cost, inputs, spec

BUDGET = {"budget_per_inference": 0.002}
CHARGED = {**BUDGET, "price_per_inference": 0.005}


def judged(*at, slo=None, **terms):
    contract = spec({"inference_cost": {}}, cost=terms, slo={"e2e_s": 1} if slo is None else slo)
    return InferenceCost().evaluate(inputs(contract, cost=at))


def test_under_budget_at_every_scale_is_passed_and_proven_where_it_was_measured():
    result = judged(cost(1), cost(3), cost(10), **BUDGET)
    assert (result.status, result.evidence) == ("PASS", "PROVEN")
    assert [c.name for c in result.criteria if c.status == "PASS"] == [f"cost per inference at {s}x" for s in (1, 3, 10)]
    assert result.notes[0] == "1x: measured. The run held on the 1 replica priced here."


def test_modelled_scale_passes_without_proof():
    result = judged(cost(1), cost(10, basis="modelled"), **BUDGET)
    assert (result.status, result.evidence) == ("PASS", "INCONCLUSIVE")


def test_one_scale_over_budget_fails():
    result = judged(cost(1), cost(10, per_inference=0.003, within_budget=False), **BUDGET)
    assert by_name(result)["cost per inference at 10x"].status == "FAIL" and result.status == "FAIL"


def test_exactly_the_budget_is_not_under_it():
    criterion = by_name(judged(cost(per_inference=0.002, within_budget=False), **BUDGET))["cost per inference at 1x"]
    assert (criterion.status, criterion.operator) == ("FAIL", "<")


def test_client_who_is_not_charged_has_no_margin_and_that_is_no_failure():
    criterion = by_name(judged(cost(), **BUDGET))["margin at 1x"]
    assert criterion.status == "SKIPPED" and "cost.price_per_inference" in criterion.note


@pytest.mark.parametrize(
    ("margin", "within", "status"), [(0.8, True, "PASS"), (0.4, True, "PASS"), (0.39, False, "FAIL"), (-2.0, False, "FAIL")]
)
def test_margin_is_judged_where_the_client_is_charged(margin, within, status):
    assert by_name(judged(cost(margin=margin, within_margin=within), **CHARGED))["margin at 1x"].status == status


def test_without_a_budget_a_person_must_look():
    result = judged(cost(within_budget=None))
    assert result.status == "NEEDS_REVIEW" and "cost.budget_per_inference" in result.criteria[0].note


def test_cost_without_the_price_of_compute_or_of_another_machine_is_not_passed():
    """The cost room leaves the limit undecided: the figure holds disk and network alone, or is an H100's at a T4's price."""
    result = judged(cost(margin=0.8, within_budget=None, within_margin=None, basis="modelled"), **CHARGED)
    assert [c.status for c in result.criteria] == ["NEEDS_REVIEW", "NEEDS_REVIEW"]
    assert "a note on the price" in result.criteria[0].note


def test_cost_that_breaks_the_limit_without_the_price_of_compute_still_fails():
    assert judged(cost(per_inference=1.0, within_budget=False), **BUDGET).status == "FAIL"


def test_where_no_rate_met_the_slo_there_is_no_cost_and_that_fails():
    result = judged(cost(per_inference=None, within_budget=None), **BUDGET)
    criterion = result.criteria[0]
    assert (criterion.status, criterion.evidence, criterion.observed) == ("FAIL", "NO_DATA", None)


def test_spec_without_an_slo_is_a_question_to_a_person_not_a_failure_of_the_model():
    assert judged(cost(per_inference=None, within_budget=None), slo={}, **BUDGET).status == "NEEDS_REVIEW"


def test_no_cost_at_all_is_invalid():
    assert judged(**BUDGET).status == "INVALID"
