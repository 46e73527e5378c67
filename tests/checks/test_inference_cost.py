"""Test 9 of the checklist on hand-made costs."""

import pytest

from ftbench.checks.inference_cost import InferenceCost
from tests.checks.builder import by_name, cost, inputs, load_run, spec

NAMED = {"price_per_hour": 1, "storage_gb": 0, "egress_price_per_gb": 0, "monitoring_per_month": 0}
BUDGET = {"budget_per_inference": 0.002, **NAMED}
CHARGED = {**BUDGET, "price_per_inference": 0.005}
GROWTH = "cost at projected scale (3x, 10x) remains viable"
ALL_COSTS = "costs left out (compute, storage, network transfer, monitoring)"


def judged(*at, slo=None, load=(), **terms):
    contract = spec({"inference_cost": {}}, cost=terms, slo={"e2e_s": 1} if slo is None else slo)
    return InferenceCost().evaluate(inputs(contract, cost=at, load=list(load)))


def drawn(p10, p50, p90, *, scale=3, each=None, quantile=None, **changes):
    """A scale with its Monte Carlo, judged on `quantile`, by default the p90."""
    found = cost(scale, per_inference=p50 if each is None else each, **changes)
    judged = p90 if quantile is None else quantile
    return found.model_copy(
        update={"cost_p10": p10, "cost_p50": p50, "cost_p90": p90, "budget_quantile_cost": judged, "share_within_budget": 0.93}
    )


def test_under_budget_at_every_scale_is_passed_and_proven_where_it_was_measured():
    result = judged(cost(1), cost(3), cost(10), **BUDGET)
    assert (result.status, result.evidence) == ("PASS", "PROVEN")
    passed = [c.name for c in result.criteria if c.status == "PASS"]
    assert passed == [*(f"cost per inference at {s}x" for s in (1, 3, 10)), GROWTH, ALL_COSTS]
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
    assert [c.status for c in result.criteria[:2]] == ["NEEDS_REVIEW", "NEEDS_REVIEW"]
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


def test_checklists_growth_is_a_criterion_of_its_own_and_fails_with_the_scale_that_breaks():
    result = by_name(judged(cost(1), cost(3), cost(10, per_inference=0.003, within_budget=False), **BUDGET))[GROWTH]
    assert (result.status, result.observed, result.n) == ("FAIL", 1, 2)
    assert result.note == "10x: cost per inference at 10x not kept."


def test_growth_looks_at_the_margin_too():
    at = [cost(1, margin=0.8, within_margin=True), cost(3, margin=0.1, within_margin=False), cost(10, margin=0.8, within_margin=True)]
    assert by_name(judged(*at, **CHARGED))[GROWTH].status == "FAIL"


def test_too_dear_today_alone_does_not_break_the_growth():
    assert by_name(judged(cost(1, per_inference=1, within_budget=False), cost(3), cost(10), **BUDGET))[GROWTH].status == "PASS"


def test_growth_that_nobody_looked_at_is_not_passed():
    result = judged(cost(1), **BUDGET)
    assert by_name(result)["cost at projected scale remains viable"].status == "NEEDS_REVIEW"
    assert "put 3 and 10" in result.criteria[-2].note


def test_growth_of_a_modelled_scale_is_not_proven():
    result = by_name(judged(cost(1), cost(3), cost(10, basis="modelled"), **BUDGET))[GROWTH]
    assert (result.status, result.evidence) == ("PASS", "INCONCLUSIVE")


@pytest.mark.parametrize(
    ("left_out", "word"),
    [
        ("price_per_hour", "compute"),
        ("storage_gb", "storage"),
        ("egress_price_per_gb", "network transfer"),
        ("monitoring_per_month", "monitoring"),
    ],
)
def test_a_cost_that_nobody_named_is_not_taken_as_nothing_in_silence(left_out, word):
    terms = {key: value for key, value in BUDGET.items() if key != left_out}
    criterion = by_name(judged(cost(3), **terms))[ALL_COSTS]
    assert criterion.status == "NEEDS_REVIEW" and word in criterion.note and left_out in criterion.note


def test_storage_without_its_price_is_not_named():
    assert by_name(judged(cost(3), **{**BUDGET, "storage_gb": 5}))[ALL_COSTS].status == "NEEDS_REVIEW"


def test_owned_machine_needs_no_price_of_an_hour_to_have_all_costs():
    owned = {"purchase": "owned", "owned": {"purchase_price": 9000, "years": 3, "pue": 1.5, "tariff_per_kwh": 0.3, "power_w": 500}}
    terms = {key: value for key, value in BUDGET.items() if key != "price_per_hour"}
    assert by_name(judged(cost(3), **terms, **owned))[ALL_COSTS].status == "PASS"


# budget 0.002                       p10     p50     p90     basis        status  evidence
DRAWN = [
    (0.0010, 0.0012, 0.0015, "measured", "PASS", "PROVEN"),
    (0.0010, 0.0012, 0.0015, "modelled", "PASS", "INCONCLUSIVE"),
    (0.0010, 0.0012, 0.0025, "measured", "FAIL", "INCONCLUSIVE"),  # the p10 keeps it
    (0.0021, 0.0025, 0.0030, "measured", "FAIL", "REFUTED"),
    (0.0021, 0.0025, 0.0030, "modelled", "FAIL", "REFUTED"),
]


@pytest.mark.parametrize(("p10", "p50", "p90", "basis", "status", "evidence"), DRAWN)
def test_budget_is_judged_on_the_draws(p10, p50, p90, basis, status, evidence):
    at = drawn(p10, p50, p90, basis=basis, within_budget=status == "PASS")
    criterion = by_name(judged(at, **BUDGET))["cost per inference at 3x"]
    assert (criterion.status, criterion.evidence, criterion.observed) == (status, evidence, p90)
    assert f"p10 {p10:.3g}, p50 {p50:.3g}, p90 {p90:.3g} USD" in criterion.note and "93.0% of the draws" in criterion.note


def test_median_that_passes_is_not_proven_while_the_p90_breaks_the_budget():
    at = drawn(0.001, 0.0015, 0.0025, quantile=0.0015)
    criterion = by_name(judged(at, **BUDGET, budget_quantile=0.5))["cost per inference at 3x"]
    assert (criterion.status, criterion.evidence, criterion.observed) == ("PASS", "INCONCLUSIVE", 0.0015)


# price 0.005, margin 0.4: the cost must be at most 0.003
@pytest.mark.parametrize(
    ("p10", "p90", "each", "status", "evidence"),
    [
        (0.001, 0.003, 0.002, "PASS", "PROVEN"),
        (0.001, 0.0031, 0.002, "PASS", "INCONCLUSIVE"),
        (0.002, 0.005, 0.004, "FAIL", "INCONCLUSIVE"),
        (0.0031, 0.005, 0.004, "FAIL", "REFUTED"),
    ],
)
def test_margin_is_as_certain_as_the_cost(p10, p90, each, status, evidence):
    at = drawn(p10, each, p90, margin=1 - each / 0.005, within_margin=status == "PASS")
    criterion = by_name(judged(at, **CHARGED))["margin at 3x"]
    assert (criterion.status, criterion.evidence) == (status, evidence)


def test_cost_of_an_invalid_measurement_is_no_failure_of_the_model():
    result = judged(cost(per_inference=None, within_budget=None), load=[load_run([0.1] * 5, valid=False)], **BUDGET)
    assert result.criteria[0].status == "INVALID" and result.status == "INVALID"


def test_cheaper_is_never_judged_worse():
    order = ["FAIL", "NEEDS_REVIEW", "PASS"]
    proof = ["REFUTED", "INCONCLUSIVE", "PROVEN"]
    ranks = []
    for k in range(40, 0, -1):
        at = drawn(0.8e-4 * k, 1e-4 * k, 1.3e-4 * k, within_budget=1.3e-4 * k < 0.002)
        criterion = by_name(judged(at, **BUDGET))["cost per inference at 3x"]
        ranks.append((order.index(criterion.status), proof.index(criterion.evidence)))
    assert ranks == sorted(ranks) and ranks[0] == (0, 0) and ranks[-1] == (2, 2)
