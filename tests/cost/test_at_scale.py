from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.cost.at_scale import cost_at_scales
from ftbench.cost.demand import DemandShape
from ftbench.cost.local import local_profile
from ftbench.errors import InputError
from tests.cost.builder import profile, run, spec

CARD = profile()
HELD = [run(1, 1.0), run(3, 3.0, attainment=0.99), run(10, 10.0, attainment=0.4, saturated=True)]
CONTRACT = {
    "peak_to_mean": 2, "headroom": 0.75, "spare_replicas": 1, "storage_gb": 100, "storage_price_per_gb_month": 0.08,
    "egress_price_per_gb": 0.09, "monitoring_per_month": 20, "budget_per_inference": 0.0004, "price_per_inference": 0.001, "margin": 0.4,
}  # fmt: skip


def costs(load=HELD, card=CARD, measured_on=CARD, today=None, **changes):
    return cost_at_scales(spec(**changes), card, load, measured_on=measured_on, today=today)


def words(row):
    return " ".join([row.basis_note, *row.notes])


# Capacity 3/s from the 3x run. Per month: 2,628,000 s. Compute 730 h an instance; 2,000 bytes a request at 0.09/GB; disk 8; monitoring 20.
# scale  peak  ceil(peak / 2.25) + 1  compute  network   total        good requests        each
# 1x      2    2                      1460     0.47304   1488.47304   2,628,000 x 0.99     0.00057211
# 3x      6    4                      2920     1.41912   2949.41912   7,884,000 x 0.99     0.00037788
# 10x    20    10                     7300     4.73040   7332.73040   26,280,000 x 0.99    0.00028184
@pytest.mark.parametrize(
    ("at", "replicas", "compute", "network", "total", "each", "within_budget", "margin"),
    [
        (0, 2, 1460.0, 0.47304, 1488.47304, 0.00057211, False, 0.42789),
        (1, 4, 2920.0, 1.41912, 2949.41912, 0.00037788, True, 0.62212),
        (2, 10, 7300.0, 4.73040, 7332.73040, 0.00028184, True, 0.71816),
    ],
)
def test_costs_match_the_table_worked_by_hand(at, replicas, compute, network, total, each, within_budget, margin):
    row = costs(cost=CONTRACT)[at]
    assert (row.replicas, row.instances) == (replicas, replicas)
    assert row.breakdown.model_dump() == pytest.approx(
        {"compute": compute, "storage": 8.0, "network": network, "gateway": 0.0, "monitoring": 20.0}
    )
    assert row.cost_per_month == pytest.approx(total)
    assert row.cost_per_inference == pytest.approx(each, rel=1e-4)
    assert row.cost_per_million_tokens == pytest.approx(each / 50 * 1e6, rel=1e-4)
    assert row.margin == pytest.approx(margin, abs=1e-4)
    assert (row.within_budget, row.within_margin) == (within_budget, True)


def test_simple_self_hosted_formula_is_shown_beside_the_full_cost():
    """Price an hour / requests an hour at the target latency: 1 / (3 x 3600 x 0.99 good)."""
    row = costs()[0]
    assert row.cost_per_inference_at_capacity == pytest.approx(
        1 / (3 * 3600 * 0.99)
    ) or row.cost_per_inference_at_capacity == pytest.approx(1 / (3 * 3600))
    assert "Self-hosted formula" in words(row)


def test_requests_that_miss_the_slo_are_paid_for_but_not_counted():
    all_good, most_good = (costs([run(1, 1.0, attainment=a)], scales=[1], slo={"e2e_s": 2, "attainment": 0.8})[0] for a in (1.0, 0.8))
    assert most_good.cost_per_month == all_good.cost_per_month
    assert most_good.cost_per_inference == pytest.approx(all_good.cost_per_inference / 0.8)
    assert most_good.good_requests_per_month == pytest.approx(0.8 * 2_628_000)


def test_saturated_throughput_is_never_used_as_capacity():
    assert {row.capacity_per_replica for row in costs()} == {3.0}


def test_scale_whose_own_run_saturated_is_modelled_not_measured():
    row = costs()[2]
    assert row.basis == "modelled"
    assert "10x run does not count" in row.basis_note and "3x run" in row.basis_note


def test_scale_that_held_on_the_very_fleet_it_prices_is_measured():
    one, three, _ = costs(cost={"headroom": 1})
    assert (one.basis, three.basis) == ("measured", "measured")
    assert (one.replicas, three.replicas) == (1, 1)


def test_fleet_that_was_never_run_is_modelled_though_its_scale_held():
    """Headroom asks for a second replica at 3x; what two do together was not measured."""
    row = costs()[1]
    assert (row.replicas, row.basis) == (2, "modelled")
    assert "proportional" in row.basis_note


def test_scale_without_a_run_is_modelled():
    row = costs([run(1, 1.0)], scales=[1, 3])[1]
    assert (row.basis, row.replicas) == ("modelled", 4)
    assert "3x was not run" in row.basis_note


@pytest.mark.parametrize(
    "broken",
    [dict(attainment=0.98), dict(saturated=True), dict(valid=False, invalid_reasons=["send lag"]), dict(attainment=None, n=0)],
    ids=["slo missed", "saturated", "invalid", "empty"],
)
def test_no_rate_that_held_means_no_fleet_and_no_cost(broken):
    row = costs([run(1, 1.0, **broken)], scales=[1], cost=CONTRACT)[0]
    assert row.basis_note == "No measured rate met the SLO, so no fleet size can be named."
    empty = (row.capacity_per_replica, row.replicas, row.instances, row.cost_per_inference, row.cost_per_month, row.margin, row.breakdown)
    assert empty == (None,) * 7
    assert (row.within_budget, row.within_margin) == (None, None)
    assert any(note.startswith("1x: ") for note in row.notes)


def test_without_an_slo_throughput_is_not_called_capacity():
    row = costs(slo={})[0]
    assert row.replicas is None
    assert "Slo names no limit" in row.basis_note


def test_capacity_is_shared_among_the_replicas_that_were_deployed():
    row = costs([run(1, 8.0)], rate=8.0, scales=[1], serving={"replicas": 4}, cost={"headroom": 1})[0]
    assert (row.capacity_per_replica, row.replicas, row.basis) == (2.0, 4, "measured")


def test_exactly_full_replica_does_not_ask_for_one_more():
    """24.9 / (10 x 0.83) is 3.0000000000000004 in floats."""
    row = costs([run(1, 10.0)], rate=10.0, scales=[2.49], cost={"headroom": 0.83})[0]
    assert row.replicas == 3
    assert row.utilisation == pytest.approx(0.83)


def test_one_gpu_of_an_eight_gpu_instance_costs_the_whole_instance():
    row = costs([run(1, 1.0)], card=profile(per_hour=27.4472, devices=8), scales=[1])[0]
    assert (row.replicas, row.instances) == (2, 1)
    assert row.breakdown.compute == pytest.approx(27.4472 * 730)
    assert row.cost_per_inference_at_capacity == pytest.approx(27.4472 / 8 / 3600)


def test_replicas_on_one_cpu_machine_share_its_price():
    cpu = profile(kind="cpu", accelerator=None, power=None)
    row = costs([run(1, 4.0)], card=cpu, measured_on=cpu, rate=4.0, scales=[1, 2], serving={"replicas": 2}, cost={"headroom": 1})
    assert [(r.replicas, r.instances) for r in row] == [(2, 1), (4, 2)]


def test_idle_fleet_shows_in_utilisation_and_price():
    row = costs([run(1, 0.1), run(10, 1.0)], rate=0.1, scales=[1])[0]
    assert row.utilisation == pytest.approx(0.1)
    assert row.cost_per_inference == pytest.approx(730 / (0.1 * 2_628_000))


def test_peak_is_never_assumed_in_silence():
    assert all("peak_to_mean not given: sized for the mean rate" in words(row) for row in costs())
    assert not any("peak_to_mean" in words(row) for row in costs(cost={"peak_to_mean": 1}))


def test_throughput_of_one_machine_at_the_price_of_another_is_said_loudly():
    here = profile(id="local", kind="cpu", accelerator=None, power=None)
    row = costs(measured_on=here, cost={"headroom": 1}, hardware="card")[0]
    assert row.basis == "modelled"
    assert row.basis_note.startswith("THROUGHPUT MEASURED ON local device, PRICE OF card device")


def test_budget_is_not_passed_with_another_machines_throughput():
    """An H100's throughput at a T4's price would pass any budget."""
    rows = costs(measured_on=profile(accelerator="H100", memory=80.0, power=700.0, id="local"), cost=CONTRACT, hardware="card")
    assert [(row.within_budget, row.within_margin) for row in rows] == [(None, None)] * 3


def test_machine_that_nobody_named_is_not_taken_for_the_profiles():
    row = costs(measured_on=None, cost={"headroom": 1})[0]
    assert row.basis == "modelled"
    assert "UNKNOWN MACHINE" in row.basis_note


def test_same_card_in_this_machine_is_measured():
    here = profile(id="local", memory=25.8, power=72.0)  # 24 GiB as NVML counts them
    assert costs(measured_on=here, cost={"headroom": 1})[0].basis == "measured"


def test_pcie_card_is_not_taken_for_the_sxm_one():
    here = profile(id="local", accelerator="H100", memory=85.5, power=350.0)
    sxm = profile(id="sxm", accelerator="H100", memory=80.0, power=700.0)
    assert costs(card=sxm, measured_on=here, cost={"headroom": 1})[0].basis == "modelled"


def test_endpoint_runs_on_what_the_spec_says_and_the_report_says_so():
    row = costs(measured_on=None, endpoint={"url": "http://h/v1"}, cost={"headroom": 1})[0]
    assert row.basis == "measured"
    assert "spec's word" in words(row)


def test_unpriced_machine_cannot_prove_a_budget():
    """Compute counts as 0, so the 0.00001 of the rest would pass any budget."""
    here = local_profile(None, gpus=[])
    row = cost_at_scales(spec(cost={**CONTRACT, "budget_per_inference": 1.0}), here, HELD)[0]
    assert row.breakdown.compute == 0.0
    assert (row.within_budget, row.within_margin) == (None, None)
    assert "compute counts as 0" in words(row)
    assert row.cost_per_inference == pytest.approx((8 + 20 + 0.47304) / (2_628_000 * 0.99))


def test_unpriced_machine_can_still_break_a_budget():
    here = local_profile(None, gpus=[])
    row = cost_at_scales(spec(cost={**CONTRACT, "budget_per_inference": 1e-6}), here, HELD)[0]
    assert row.within_budget is False


def test_zero_that_the_user_gave_is_a_price():
    here = local_profile(0.0, gpus=[])
    row = cost_at_scales(spec(cost={"price_per_hour": 0.0, "budget_per_inference": 0.01, "headroom": 1}), here, HELD)[0]
    assert (row.cost_per_inference, row.within_budget, row.basis) == (0.0, True, "measured")


def test_no_budget_and_no_price_are_none_not_passed():
    row = costs()[0]
    assert (row.within_budget, row.within_margin, row.margin) == (None, None, None)


def test_cost_equal_to_the_budget_is_not_under_it():
    each = costs(scales=[1])[0].cost_per_inference
    assert costs(scales=[1], cost={"budget_per_inference": each})[0].within_budget is False


def test_margin_of_exactly_forty_percent_is_reached():
    """1 - 0.003 / 0.005 is 0.39999999999999997 in floats."""
    each = 0.003
    card = profile(per_hour=each * 3600)
    row = costs([run(1, 1.0)], card=card, scales=[1], cost={"headroom": 1, "price_per_inference": 0.005})[0]
    assert row.margin == pytest.approx(0.4)
    assert row.within_margin is True


def test_loss_is_a_negative_margin():
    assert costs(cost={"price_per_inference": 1e-6})[0].margin < 0


def test_zero_storage_and_network_cost_nothing():
    row = costs()[0]
    assert (row.breakdown.storage, row.breakdown.network, row.breakdown.monitoring) == (0.0, 0.0, 0.0)


def test_egress_without_sizes_is_said_not_zero_in_silence():
    row = costs([run(1, 1.0, received_bytes_mean=None)], scales=[1], cost={"egress_price_per_gb": 0.09})[0]
    assert "Network is not priced" in words(row)


def test_other_currency_is_refused():
    with pytest.raises(InputError, match=r"cost.currency is EUR.*in USD"):
        costs(cost={"currency": "EUR"})


def test_every_cost_names_its_price_with_date_and_engine():
    row = costs(today=date(2027, 7, 28))[0]
    assert row.price_source == "on_demand 1 USD/h for box, here, 2026-07-28, a price list"
    assert "stale" in words(row) and "engine=transformers" in words(row)


def test_no_load_at_all_is_no_cost():
    row = costs([])[0]
    assert row.replicas is None
    assert "No load was measured." in row.notes


rates = st.floats(0.01, 500)


@settings(max_examples=60, deadline=None)
@given(rates, rates, st.floats(1, 5), st.floats(0.3, 1), st.integers(0, 3), st.integers(1, 8), st.sampled_from([None, 0.25, 0.5, 1, 2, 4]))
def test_fleet_always_carries_the_peak_within_the_headroom(rate, capacity, peak_to_mean, headroom, spare, devices, gpus):
    contract = {"peak_to_mean": peak_to_mean, "headroom": headroom, "spare_replicas": spare}
    serving = {"gpus_per_replica": gpus} if gpus else {}
    for row in costs([run(1, capacity)], card=profile(devices=devices), rate=rate, cost=contract, serving=serving):
        working = row.replicas - spare
        assert working * row.capacity_per_replica * headroom >= row.peak_rate * (1 - 1e-6)
        assert working == 1 or (working - 1) * row.capacity_per_replica * headroom < row.peak_rate
        assert row.instances * devices >= row.replicas * (gpus or 1) - 1e-9
        assert sum(row.breakdown.model_dump().values()) == pytest.approx(row.cost_per_month)
        assert row.cost_per_inference * row.good_requests_per_month == pytest.approx(row.cost_per_month)


def test_gateway_has_a_fixed_part_and_one_for_each_request():
    """1 request/s: 30 + 2.628 million x 3.5 = 39.198 a month, beside 730 of compute: 769.198."""
    row = costs([run(1, 1.0)], scales=[1], cost={"headroom": 1, "gateway_per_month": 30, "gateway_per_million_requests": 3.5})[0]
    assert row.breakdown.gateway == pytest.approx(39.198)
    assert row.cost_per_month == pytest.approx(769.198)


def test_fleet_is_never_smaller_than_asked_and_spares_come_on_top():
    row = costs([run(1, 1.0)], scales=[1], cost={"headroom": 1, "min_replicas": 3, "spare_replicas": 1})[0]
    assert row.replicas == 4
    assert "Replicas: 4 = max(3, ceil(1 / (1 x 1))) + 1 spare, on 4 x box." in row.notes


def test_budget_is_judged_under_the_purchase_that_the_spec_names():
    """Spot at 0.5 x (1 + 0.1 x 0.1 h) = 0.505 an hour: 368.65 a month over 2,628,000 = 0.00014028; on demand 0.00027778."""
    terms = {"headroom": 1, "budget_per_inference": 0.0002}
    spot = {"purchase": "spot", "spot": {"interruptions_per_hour": 0.1, "reload_s": 360, "price_per_hour": 0.5}}
    dear, cheap = costs([run(1, 1.0)], scales=[1], cost=terms)[0], costs([run(1, 1.0)], scales=[1], cost={**terms, **spot})[0]
    assert (dear.purchase, dear.within_budget) == ("on_demand", False)
    assert (cheap.purchase, cheap.within_budget) == ("spot", True)
    assert cheap.cost_per_inference == pytest.approx(0.00014028, rel=1e-4)
    assert "interruptions" in cheap.price_source


UNSURE = {"headroom": 1, "uncertainty": {"price": {"low": 0.8, "high": 1.5}}}


def test_budget_is_judged_on_the_quantile_and_not_on_the_middle():
    """Compute alone: 730 / 2,628,000 = 0.00027778, at its p90 1.5 times that = 0.00041667."""
    between = {**UNSURE, "budget_per_inference": 0.00035}
    strict, median = (costs([run(1, 1.0)], scales=[1], cost={**between, "budget_quantile": q})[0] for q in (0.9, 0.5))
    assert strict.cost_per_inference == median.cost_per_inference < 0.00035
    assert strict.budget_quantile_cost == pytest.approx(0.00041667, rel=0.03) and strict.within_budget is False
    assert median.within_budget is True and 0.5 < median.share_within_budget < 0.9
    assert strict.cost_p90 == strict.budget_quantile_cost and strict.cost_p10 < strict.cost_p50 < strict.cost_p90


def test_nothing_drawn_is_no_range():
    row = costs([run(1, 1.0)], scales=[1], cost={"headroom": 1, "budget_per_inference": 1})[0]
    assert (row.cost_p10, row.cost_p50, row.cost_p90, row.share_within_budget) == (None,) * 4
    assert row.budget_quantile_cost == row.cost_per_inference and row.within_budget is True
    assert "Taken as exact: capacity" in words(row)


def test_draws_of_another_machines_throughput_decide_nothing():
    row = costs(measured_on=None, cost={**UNSURE, "budget_per_inference": 1.0})[0]
    assert row.within_budget is None and row.cost_p90 is not None


def test_peak_of_a_trace_sizes_the_fleet():
    shape = DemandShape(2.5, "busiest hour of day.csv: 250 of 2400 arrivals in 24 hours")
    terms = spec(scales=[1], cost={"headroom": 1, "demand_trace": "day.csv"})
    row = cost_at_scales(terms, CARD, [run(1, 1.0)], measured_on=CARD, shape=shape)[0]
    assert (row.peak_rate, row.replicas) == (2.5, 3)
    assert "Peak to mean 2.5: busiest hour of day.csv" in words(row) and "peak_to_mean not given" not in words(row)


def test_pooled_measurement_of_bursts_that_do_not_pool_is_said():
    both, one = (costs([run(1, 8.0)], serving={"replicas": n}, cost={"bursts_pool": False})[0] for n in (2, 1))
    assert "which smooth bursts together" in words(both) and "smooth bursts" not in words(one)


def test_three_gpu_replicas_leave_two_gpus_of_eight_unused():
    """Two fit a box of eight: 5 replicas take 3 boxes, not ceil(15 / 8) = 2."""
    row = costs([run(1, 1.0)], card=profile(devices=8), rate=5.0, scales=[1], serving={"gpus_per_replica": 3}, cost={"headroom": 1})[0]
    assert (row.replicas, row.instances, row.breakdown.compute) == (5, 3, pytest.approx(3 * 730))


def test_hardly_any_volume_still_pays_for_a_whole_replica():
    """0.000001 requests/s are 2.628 requests a month on 730: 277.8 each, and a utilisation of nearly nothing."""
    row = costs([run(1, 1.0)], rate=1e-6, scales=[1], cost={"headroom": 1})[0]
    assert row.replicas == 1 and row.cost_per_inference == pytest.approx(730 / 2.628) and row.utilisation == pytest.approx(1e-6)


def test_price_of_the_purchase_alone_is_checked_for_its_age():
    owned = {"purchase": "owned", "owned": {"purchase_price": 9000, "years": 3, "pue": 1.5, "tariff_per_kwh": 0.3, "power_w": 500}}
    row = costs(today=date(2030, 1, 1), cost=owned)[0]
    assert "stale" not in words(row) and "idle machine" in words(row)


@settings(max_examples=40, deadline=None)
@given(rates, rates, st.floats(0.05, 50), st.floats(1.01, 3), st.floats(1e-6, 1e-2), st.sampled_from([0.5, 0.9, 0.99]))
def test_dearer_machines_never_bring_a_cost_under_its_budget(rate, capacity, price, dearer, budget, quantile):
    unsure = {"price": {"low": 0.8, "high": 1.3}, "output_tokens": {"low": 0.7, "high": 1.2}, "draws": 200}
    terms = {"budget_per_inference": budget, "budget_quantile": quantile, "uncertainty": unsure, "price_per_inference": 2 * budget}
    cheap, dear = (
        costs([run(1, capacity)], card=profile(per_hour=p), measured_on=profile(per_hour=p), rate=rate, cost=terms)
        for p in (price, price * dearer)
    )
    for a, b in zip(cheap, dear, strict=True):
        assert a.cost_p10 <= a.cost_p50 <= a.cost_p90 and a.budget_quantile_cost >= a.cost_per_inference
        assert a.cost_per_inference < b.cost_per_inference and a.budget_quantile_cost < b.budget_quantile_cost
        assert a.within_budget or not b.within_budget
        assert a.within_margin or not b.within_margin
        assert a.share_within_budget >= b.share_within_budget


@settings(max_examples=40, deadline=None)
@given(rates, rates, st.floats(1, 4), st.integers(1, 3))
def test_a_faster_replica_never_needs_a_larger_fleet(rate, capacity, faster, least):
    slow, fast = (costs([run(1, c)], rate=rate, cost={"min_replicas": least}) for c in (capacity, capacity * faster))
    assert all(a.replicas >= b.replicas >= least and a.cost_per_month >= b.cost_per_month for a, b in zip(slow, fast, strict=True))
