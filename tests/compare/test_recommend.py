"""What is recommended, what is not, and that a better cell never ranks lower."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.compare.costs import cost_range, scale_of
from ftbench.compare.recommend import judged
from ftbench.cost.local import local_profile
from ftbench.cost.profiles import describe_price
from tests.compare.builder import cell, compared, cost, quality

FP32, INT8 = quality("fp32", reference=True), quality("int8", lost=1, gained=1)
NF4 = quality("nf4", right=0.6, lost=40, gained=1, worse=True, loops=0.3)


def said(cells, qualities=(FP32, INT8, NF4), **more):
    return judged(compared(list(cells), list(qualities), **more))


def verdict(cells, qualities=(FP32, INT8, NF4)):
    return said(cells, qualities).recommendation


def test_the_cheapest_cell_that_keeps_everything_is_taken_and_the_reason_is_one_sentence():
    found = verdict([cell("fp32", per_inference=0.0004), cell("int8", per_inference=0.0002)])
    assert found.outcome == "one" and found.ranking == ["int8@local x1", "fp32@local x1"]
    assert found.sentence == (
        "Take int8 on this machine: USD 0.2 per 1,000 inferences at 1x, the cheapest of 2 cells of which each keeps the SLO, fits the "
        "memory and is not shown to be worse than fp32."
    )
    assert any("cannot be told apart from the reference" in reason for reason in found.reasons)


def test_a_cheap_variant_that_answers_worse_is_never_recommended_and_the_reason_names_the_loss():
    found = said([cell("fp32", per_inference=0.0004), cell("nf4", per_inference=0.0001)])
    assert found.recommendation.ranking == ["fp32@local x1"]
    (why,) = found.cells[1].why_not
    assert found.cells[1].meets_contract is False and "nf4 is worse than fp32 on accuracy" in why and "40 lost, 1 gained" in why
    assert any(r.startswith("nf4 on this machine would cost less") for r in found.recommendation.reasons)


def test_a_failed_gate_criterion_blocks_even_without_a_tested_difference():
    failing = quality("int8", gate="FAIL")
    found = said([cell("fp32", per_inference=0.0004), cell("int8", per_inference=0.0001)], [FP32, failing])
    assert found.recommendation.ranking == ["fp32@local x1"] and found.cells[1].why_not == ["int8 fails the gate's accuracy"]


def test_no_cell_meets_the_contract_is_said_with_the_nearest_miss():
    bad = [quality("fp32", reference=True, gate="FAIL"), quality("nf4", gate="FAIL", worse=True, lost=40)]
    found = verdict([cell("nf4", per_inference=0.0001, rate=None), cell("fp32")], bad)
    assert found.outcome == "none" and found.ranking == []
    assert found.sentence == (
        "No cell meets the contract. The nearest is fp32 on this machine (USD 0.2 per 1,000 inferences at 1x): fp32 fails the gate's "
        "accuracy."
    )


def test_equal_costs_cannot_be_told_apart():
    found = verdict([cell("fp32"), cell("int8")])
    assert found.outcome == "tied" and "cannot be told apart in cost" in found.sentence


def test_a_modelled_cell_is_only_recommended_with_the_warning():
    cells = [
        cell("fp32", per_inference=0.0004),
        cell("int8", "l4", name="NVIDIA L4", basis="modelled", per_inference=0.0001, band=(3.0, 5.0)),
    ]
    found = said(cells)
    assert found.recommendation.sentence.startswith("Modelled, measure before you sign: take int8 on NVIDIA L4")
    assert any("cheapest that was measured is fp32 on this machine" in r for r in found.recommendation.reasons)
    assert any("as measured on this machine" in note and "float32" in note for note in found.cells[1].notes)


@pytest.mark.parametrize(("rate", "band"), [(4.0, (0.0, 9.0)), (0.0, (0.0, 2.0)), (None, None)])
def test_a_model_that_allows_both_answers_is_no_yes(rate, band):
    found = said([cell("fp32", "l4", basis="modelled", rate=rate, band=band)])
    assert found.cells[0].meets_contract is None and found.recommendation.outcome == "unknown" and found.recommendation.ranking == []


def test_a_modelled_cell_that_never_keeps_the_slo_is_a_no():
    found = said([cell("fp32", "l4", basis="modelled", rate=0.0, band=(0.0, 0.0))])
    assert found.cells[0].meets_contract is False and found.recommendation.outcome == "none"


def test_memory_that_is_missing_says_by_how_much_and_nothing_else():
    found = said([cell("fp32", fits=False, rate=None)])
    assert found.cells[0].why_not == ["fp32 needs 0.2 GB more memory than local can give."]


def test_a_cell_that_cannot_run_keeps_the_reason_it_was_left_out_for():
    left = cell("fp32", rate=None).model_copy(
        update={"capacity": None, "batches": [], "cost": [], "meets_contract": False, "why_not": ["no bf16"]}
    )
    found = said([left, cell("int8")])
    assert found.cells[0].why_not == ["no bf16"] and found.cells[0].meets_contract is False


def test_over_the_budget_at_any_judged_scale_is_against_the_contract():
    dear = cell("fp32").model_copy(update={"cost": [cost(1, 0.0002, within_budget=True), cost(10, 0.002, within_budget=False)]})
    found = said([dear])
    assert found.cells[0].why_not == ["over the budget at 10x"]


def test_a_machine_without_a_price_is_not_the_cheapest():
    unpriced = describe_price(local_profile(None).prices[0], "this machine")
    free = [c.model_copy(update={"price_source": unpriced}) for c in cell("fp32").cost]
    found = said([cell("int8", "l4", per_inference=0.01), cell("fp32").model_copy(update={"cost": free})])
    assert found.recommendation.ranking == ["int8@l4 x1"]
    assert found.cells[1].meets_contract is None and "set cost.price_per_hour" in found.cells[1].why_not[0]


def test_a_variant_nobody_asked_is_unknown_and_a_gate_that_waits_is_no_yes():
    assert said([cell("bf16")]).cells[0].meets_contract is None
    waits = said([cell("fp32")], [quality("fp32", reference=True, gate="NEEDS_REVIEW")])
    assert waits.cells[0].meets_contract is None and "a person must look" in waits.cells[0].why_not[0]


def test_without_quality_the_recommendation_says_so():
    silent = [q.model_copy(update={"rates": {}, "gates": {}, "differences": []}) for q in (FP32, INT8)]
    found = verdict([cell("fp32")], silent)
    assert found.outcome == "one" and any("Quality was not compared" in r for r in found.reasons) and "worse" not in found.sentence


def test_the_cost_moves_with_the_capacity_only_where_instances_do():
    many = cell("fp32", rate=4.0).model_copy(update={"cost": [cost(10, 0.0002)]})  # 10 instances; 4.8 was not kept
    low, high = cost_range(many, 10)
    assert high == pytest.approx(0.0002) and low == pytest.approx(0.0002 * (12 + 50 * 9 / 10) / 62)
    alone = cell("fp32")
    assert cost_range(alone, 1) == pytest.approx((0.0002, 0.0002))


def test_the_ranking_is_at_todays_traffic_or_the_smallest_scale():
    assert scale_of(compared([], [FP32])) == 1
    assert scale_of(compared([], [FP32]).model_copy(update={"scales": [3.0, 10.0]})) == 3


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(1e-6, 1e-2), min_size=2, max_size=5, unique=True), st.integers(0, 4), st.floats(0.1, 0.99))
def test_a_cell_that_becomes_cheaper_never_ranks_lower(costs, which, factor):
    which %= len(costs)
    cells = [cell("fp32", f"h{i}", per_inference=c) for i, c in enumerate(costs)]
    before = verdict(cells).ranking
    cells[which] = cell("fp32", f"h{which}", per_inference=costs[which] * factor)
    after = verdict(cells).ranking
    assert after.index(cells[which].id) <= before.index(cells[which].id)


@pytest.mark.parametrize("worse", ["accuracy worse", "gate", "memory", "capacity", "budget"])
def test_what_gets_worse_in_any_respect_never_enters_the_ranking(worse):
    q = {"accuracy worse": quality("int8", worse=True, lost=30), "gate": quality("int8", gate="FAIL")}.get(worse, INT8)
    options = {"memory": {"fits": False}, "capacity": {"rate": None}, "budget": {"within_budget": False}}.get(worse, {})
    found = verdict([cell("fp32"), cell("int8", per_inference=0.00001, **options)], [FP32, q])
    assert found.ranking == ["fp32@local x1"]


def test_the_order_of_the_cells_changes_nothing():
    cells = [cell("fp32", per_inference=0.0003), cell("int8", per_inference=0.0002), cell("nf4", per_inference=0.0001), cell("int8", "b")]
    found = {tuple(verdict(list(order)).ranking) for order in itertools.permutations(cells)}
    assert len(found) == 1


def test_cells_that_cost_the_same_today_are_told_apart_by_tomorrow():
    growing = [cost(1, 0.0002), cost(3, 0.0002), cost(10, 0.0004)]
    found = verdict([cell("int8").model_copy(update={"cost": growing}), cell("fp32", rate=4.0)])
    assert found.outcome == "one" and found.ranking == ["fp32@local x1", "int8@local x1"]
    assert "as much as int8 on this machine, but less at 10x" in found.sentence
