"""Runs become a plan. They come from the simulator, so what it must find again is known."""

import io
import json
import shutil
from datetime import date

import pytest
from rich.console import Console

from ftbench.cost.plan_file import PlanFile
from ftbench.errors import InputError
from ftbench.gate.plan_make import make_plan
from ftbench.report import human
from ftbench.report.plan_html import render_plan_html
from ftbench.report.plan_markdown import render_plan_markdown
from ftbench.report.plan_terminal import plan_lines
from tests.gate.plan_folders import COST, a_run, a_run_folder, a_search, a_spec, a_spec_file, inputs_of

TODAY = date(2026, 11, 28)


def shown(plan: PlanFile) -> str:
    console = Console(file=io.StringIO(), width=160)
    console.print(plan_lines(plan))
    return console.file.getvalue()


def plan_of(folder, **options) -> PlanFile:
    inputs = inputs_of(folder, **options)
    return make_plan(inputs, inputs.folder, today=TODAY)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """1x and 3x are held by the one replica, 10x (20 requests/s) is far too much for it."""
    return a_run_folder(tmp_path_factory.mktemp("run") / "run", a_spec())


@pytest.fixture(scope="module")
def plan(folder):
    return plan_of(folder)


def test_the_run_that_was_fitted_is_reproduced_and_those_that_were_not_are_predicted(plan):
    fitted, predicted = ([r for r in plan.reproduced if r.fitted is kind] for kind in (True, False))
    assert {r.what.partition(" at ")[2].partition(",")[0] for r in fitted} == {"3x", "10x"}  # of 10x only the throughput
    assert {r.what.partition(" at ")[2].partition(",")[0] for r in predicted} == {"1x"}
    assert all(abs(r.error) < 0.15 for r in plan.reproduced), plan.reproduced


def test_a_curve_that_saw_no_full_batch_ends_where_the_saturated_run_says(plan):
    """A guess beyond 13 sequences promised a third more than the replica ever answered."""
    assert plan.step_times["batch_seen"][1] < 16 and plan.step_times["batch"][-1] == 16
    assert next(r.error for r in plan.reproduced if "saturated" in r.what) == pytest.approx(0, abs=0.1)
    assert plan.step_times["seconds"][-1] == pytest.approx(0.07, rel=0.15)  # that of the simulated server


def test_the_latency_of_a_saturated_run_is_nowhere_in_the_plan(folder, plan):
    run = next(run for run in inputs_of(folder).runs if run.summary.scale == 10)
    assert run.summary.saturated and run.summary.ttft.p99_s > 5
    at = next(at for at in plan.scales if at.scale == 10)
    assert at.seen.saturated and at.seen.ttft_p99_s is None and at.seen.e2e_p99_s is None
    assert f"This scale takes {at.fleet.replicas} replicas" in at.seen.sentence and "cannot hold 20 /s" in at.seen.sentence
    assert not any("10x" in r.what and ("TTFT" in r.what or "response" in r.what) for r in plan.reproduced)
    assert str(run.summary.ttft.p99_s) not in plan.model_dump_json()
    for text in (render_plan_html(plan), render_plan_markdown(plan), shown(plan)):
        assert "cannot hold" in text and human.duration(run.summary.ttft.p99_s) not in text


def test_a_scale_is_measured_only_where_its_very_fleet_ran(plan):
    one, three, ten = plan.scales
    assert (one.basis, one.fleet.replicas) == ("measured", 1)
    assert (three.basis, three.fleet.replicas) == ("modelled", 2)  # 6 requests/s need 6 / (6 x 0.83) replicas
    assert ten.basis == "modelled" and ten.fleet.replicas == 5
    assert "cannot hold" not in one.seen.sentence and one.seen.held and one.seen.ttft_p99_s is not None


def test_the_simulated_fleet_keeps_what_the_formula_promises(plan):
    for at in plan.scales:
        assert at.fleet.simulated_attainment >= plan.attainment
        assert at.fleet.simulated_replicas <= at.fleet.replicas
        assert at.fleet.simulated_capacity > at.demand.peak_rate
        low, high = at.fleet.queueing_wait_mean_s
        assert low <= high


def test_a_simulator_that_misses_its_own_run_is_asked_nothing(folder):
    """The server decoded 16 requests together, and the spec says 2: what is fitted under that is another server."""
    spec = a_spec()
    inputs = inputs_of(folder)
    wrong = spec.but(serving=spec.serving.model_copy(update={"max_concurrency": 2}))
    plan = make_plan(inputs._replace(spec=wrong), folder, today=TODAY)
    assert any(note.startswith("Nothing is simulated: the simulator does not reproduce the run") for note in plan.notes), plan.reproduced
    assert all(at.fleet.simulated_attainment is None for at in plan.scales) and plan.verdict == "VIABLE"


def test_what_is_not_uncertain_has_one_cost(plan):
    found = plan.scales[0].cost_per_inference
    assert found.p10 == found.p50 == found.p90 == pytest.approx(0.1 * 730 / (2 * 730 * 3600 * 1.0), rel=0.05)
    assert plan.verdict == "VIABLE" and plan.reasons == []


def test_the_budget_is_held_against_the_quantile_of_the_draws(folder, tmp_path):
    unsure = {"price": {"low": 0.5, "high": 4.0}}
    spec = a_spec(cost={**COST, "budget_per_inference": 0.00003, "uncertainty": unsure})
    plan = plan_of(folder, spec=spec)
    at = plan.scales[0]
    assert at.cost_per_inference.p50 < 0.00003 < at.cost_per_inference.p90
    assert at.within_budget is False and plan.verdict == "NOT_VIABLE"
    assert plan.reasons[0].startswith("1x: the p90 of the cost per inference is USD")
    assert at.tornado[0].name == "price" and at.tornado[0].cost_at_low < at.tornado[0].cost_at_high


def test_no_budget_is_for_a_person_to_decide(folder):
    plan = plan_of(folder, spec=a_spec(cost={"price_per_hour": 0.1, "peak_to_mean": 1.0}))
    assert plan.verdict == "NEEDS_REVIEW" and "No budget is given" in plan.reasons[0]


def test_without_a_price_of_the_machine_nothing_is_viable(folder):
    plan = plan_of(folder, spec=a_spec(cost={"peak_to_mean": 1.0, "budget_per_inference": 0.001}))
    assert plan.verdict == "NEEDS_REVIEW" and any("cost.price_per_hour" in reason for reason in plan.reasons)


def test_the_throughput_of_another_machine_is_never_judged(folder):
    plan = plan_of(folder, hardware="h100-sxm")
    assert plan.verdict == "NEEDS_REVIEW" and "THROUGHPUT MEASURED ON A processor" in plan.reasons[0]
    assert all(at.within_budget is None and at.fleet.simulated_capacity is None for at in plan.scales)


def test_a_variant_that_does_not_fit_another_device_is_refused_with_what_is_missing(folder, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(folder, run)
    (run / "reached.json").write_text(json.dumps({"candidate": {"facts": {"weight_bytes": 30_000_000_000}, "target": {"model": "big"}}}))
    with pytest.raises(InputError, match=r"fp32 takes 30.0 GB for its weights alone, \d+.\d GB more than one NVIDIA L4 can give"):
        plan_of(run, hardware="l4")
    assert plan_of(run, hardware="h100-sxm").model == "big"


def test_a_throughput_is_refused_as_a_capacity(folder):
    with pytest.raises(InputError, match="a throughput is no capacity"):
        plan_of(folder, spec=a_spec(slo={"attainment": 0.95}))


@pytest.mark.parametrize("scale", [0.0, -3.0, float("inf")])
def test_a_scale_must_be_above_0(folder, scale):
    with pytest.raises(InputError, match="no multiple"):
        plan_of(folder, scales=[scale])


def test_any_scale_is_planned_though_it_was_not_run(folder):
    plan = plan_of(folder, scales=[0.5, 30])
    assert [at.scale for at in plan.scales] == [0.5, 30] and all(at.seen is None for at in plan.scales)
    assert all(at.basis == "modelled" and "was not run" in at.basis_note for at in plan.scales)


def test_a_stricter_slo_counts_the_requests_again(folder):
    loose, strict = plan_of(folder), plan_of(folder, spec=a_spec(slo={"ttft_s": 0.06, "attainment": 0.95}))
    assert loose.capacity.sized_on == pytest.approx(6, rel=0.2)
    assert strict.capacity is None or strict.capacity.sized_on < loose.capacity.sized_on


def test_where_no_rate_was_kept_no_fleet_is_sized_and_the_way_on_is_named(folder):
    plan = plan_of(folder, spec=a_spec(slo={"ttft_s": 0.02, "attainment": 0.95}))
    assert plan.verdict == "NEEDS_REVIEW" and "No measured rate kept the SLO" in plan.reasons[0] and plan.capacity is None
    assert all(at.fleet is None and at.cost_per_inference is None for at in plan.scales)
    assert "The capacity of a replica is not known" in shown(plan)


def test_no_valid_run_is_invalid(tmp_path):
    plan = plan_of(a_run_folder(tmp_path / "run", a_spec(load={"scales": [1]}), valid=False))
    assert plan.verdict == "INVALID" and "not a valid measurement" in plan.scales[0].seen.sentence


def test_the_lower_end_of_a_search_sizes_the_fleet(folder, tmp_path):
    search = a_search(tmp_path / "search", a_spec(), capacity=7.0, interval=(6.5, 7.5))
    plan = plan_of(folder, capacity=search)
    found = plan.capacity
    assert (found.sized_on, found.estimate, found.low, found.high, found.confidence) == (6.5, 7.0, 6.5, 7.5, 0.95)
    assert found.max_throughput > found.sized_on
    assert any(swing.name == "capacity" for swing in plan.scales[1].tornado)
    assert plan.scales[1].fleet.formula.startswith("Replicas: 2 = max(1, ceil(6 / (6.5 x 0.83)))")


def test_a_search_below_todays_rate_sizes_the_fleet_though_no_scale_was_held(tmp_path):
    """A replica that holds less than 1x saturates at every scale; its capacity is known all the same."""
    spec = a_spec(load={"rate": 20.0, "scales": [1]})
    run = a_run_folder(tmp_path / "run", spec)
    assert plan_of(run).capacity is None
    a_search(run / "capacity", spec, capacity=6.5, interval=(6.0, 7.0), rates=(6.0, 12.0))
    plan = plan_of(run)
    at = plan.scales[0]
    assert plan.capacity.sized_on == 6.0 and at.fleet.replicas == 5 and at.seen.saturated  # 20 / (6 x 0.83)
    assert plan.verdict == "VIABLE" and "This scale takes 5 replicas" in at.seen.sentence


def test_a_search_alone_takes_its_contract_from_a_spec(tmp_path):
    search, spec = a_search(tmp_path / "search", a_spec(), rates=(2.0, 4.0)), a_spec_file(tmp_path / "spec" / "spec.yaml", a_spec())
    with pytest.raises(InputError, match="--spec SPEC"):
        plan_of(search)
    plan = plan_of(search, spec=spec)
    assert plan.capacity.sized_on == 6.0 and plan.source == "capacity search search"
    assert any(r.what.startswith("capacity of 1 replica") and not r.fitted for r in plan.reproduced)


@pytest.mark.parametrize(("state", "verdict"), [("none", "NOT_VIABLE"), ("invalid", "VIABLE")])
def test_a_search_that_found_nothing_is_not_taken_for_one_that_did(tmp_path, state, verdict):
    search = a_search(tmp_path / "search", a_spec(), state=state)
    plan = plan_of(search, spec=a_spec())
    assert plan.verdict == verdict
    if state == "none":
        assert "none was kept" in plan.reasons[0]
    else:
        assert plan.capacity.sized_on == pytest.approx(4, rel=0.2) and any("client's limit" in note for note in plan.notes)


def test_the_own_search_of_a_run_that_has_not_ended_is_left_out_and_said(folder, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(folder, run)
    a_search(run / "capacity", a_spec(), state="running")
    plan = plan_of(run)
    assert plan.capacity.sized_on == pytest.approx(6, rel=0.2) and any(
        "has not ended: ftbench plan SPEC --resume run" in n for n in plan.notes
    )


def test_a_search_that_has_not_ended_or_was_for_another_promise_is_refused(folder, tmp_path):
    with pytest.raises(InputError, match="has not ended"):
        plan_of(folder, capacity=a_search(tmp_path / "a", a_spec(), state="running"))
    other = a_search(tmp_path / "b", a_spec(slo={"ttft_s": 5.0, "attainment": 0.95}))
    with pytest.raises(InputError, match="ttft_s 5; the spec promises .*ttft_s 0.5"):
        plan_of(folder, capacity=other)


def test_a_capacity_of_calmer_traffic_than_declared_leaves_the_verdict_open(folder):
    plan = plan_of(folder, spec=a_spec(load={"arrivals": "gamma", "cv": 4.0}))
    assert plan.verdict == "NEEDS_REVIEW" and "measured under poisson arrivals, and the spec declares gamma, CV 4" in plan.reasons[0]


def test_a_rush_costs_capacity_in_the_simulator(folder):
    bursts = {"arrivals": "bursts", "bursts": {"period_s": 60, "length_s": 10, "factor": 6}}
    calm, rush = plan_of(folder), plan_of(folder, spec=a_spec(load=bursts))
    assert rush.scales[2].fleet.simulated_capacity < 0.6 * calm.scales[2].fleet.simulated_capacity
    assert rush.verdict == "NEEDS_REVIEW"


def test_bursts_that_grow_with_the_volume_do_not_pool(folder):
    pooled = plan_of(folder, spec=a_spec(), scales=[6.0])
    grown = plan_of(folder, spec=a_spec(cost={**COST, "bursts_pool": False}), scales=[6.0])
    assert grown.scales[0].fleet.replicas == pooled.scales[0].fleet.replicas
    assert grown.scales[0].fleet.simulated_capacity < 0.9 * pooled.scales[0].fleet.simulated_capacity


def test_another_model_than_was_measured_is_refused(folder):
    with pytest.raises(InputError, match="measured another model"):
        plan_of(folder, spec=a_spec(model={"variant": "nf4"}))


def test_an_api_is_compared_with(folder):
    api = {"name": "An API", "input_per_million_tokens": 1, "output_per_million_tokens": 4, "retrieved": "2026-11-01", "source": "its page"}
    plan = plan_of(folder, spec=a_spec(cost={**COST, "api": api}))
    at = plan.scales[0]
    prompt, output = at.demand.prompt_tokens_mean, at.demand.output_tokens_mean
    assert at.api_cost_per_inference == pytest.approx((prompt * 1 + output * 4) / 1e6)
    assert at.break_even_requests_per_month == pytest.approx(73 / at.api_cost_per_inference, rel=0.01)  # 730 h at 0.1, one machine
    assert "Cheaper than An API" in at.break_even_note


def test_the_currency_of_the_budget_is_that_of_the_price(folder):
    with pytest.raises(InputError, match="cost.currency is EUR"):
        plan_of(folder, hardware="l4", spec=a_spec(cost={**COST, "currency": "EUR"}))


def test_strict_takes_no_undated_price(folder):
    with pytest.raises(InputError, match="undated.*--strict"):
        make_plan(inputs_of(folder, hardware="l4"), folder, today=TODAY, strict=True)


def test_uncertain_burstiness_is_simulated(folder):
    spec = a_spec(cost={**COST, "uncertainty": {"arrival_cv": {"low": 0.8, "high": 4.0}}})
    plan = plan_of(folder, spec=spec, scales=[10])
    swing = next(s for s in plan.scales[0].tornado if s.name == "arrival CV")
    assert swing.cost_at_high > swing.cost_at_low


def test_a_fleet_that_was_deployed_is_read_again_and_predicted(folder, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(folder, run)
    a_run(run / "verified" / "3x-2-replicas" / "requests.parquet", a_spec(), 6.0, scale=3.0, replicas=2, seed=7)
    plan = plan_of(run)
    at = plan.scales[1]
    assert at.fleet.replicas == 2 and at.verified.held and at.verified.ttft_p99_s is not None
    assert at.basis == "measured" and at.basis_note == "The planned fleet of 2 was deployed and held its peak."
    assert at.verified.sentence.startswith("Measured, the planned fleet itself: 2 replicas held 6 /s")
    told = [r for r in plan.reproduced if "on 2 replicas" in r.what]
    assert {r.fitted for r in told} == {False} and {"TTFT p99 at 3x, 6 /s on 2 replicas"} <= {r.what for r in told}
    assert all(abs(r.error) < 0.2 for r in told), told
    other = plan_of(run, spec=a_spec(cost={**COST, "peak_to_mean": 1.3}))
    assert all(at.verified is None for at in other.scales)  # that fleet is sized for another peak
