from datetime import date

import pytest

from ftbench.cost.profile_doubts import all_notes, doubts, instance_notes, slow_int8_notes, sparse_notes
from ftbench.cost.profiles import load_profile, shipped_profiles
from tests.cost.builder import profile

TODAY = date(2026, 7, 29)
SHIPPED = shipped_profiles()


def _own(shipped, *, per_hour=None, **changes):
    """A shipped profile under another id, changed."""
    found = load_profile(shipped)
    prices = found.prices if per_hour is None else [found.prices[0].model_copy(update={"per_hour": per_hour})]
    return found.model_copy(update={"id": "mine", "prices": prices, **changes})


def test_no_shipped_figure_looks_sparse_or_miscounted_and_only_b300_lacks_int8():
    assert [p.id for p in SHIPPED if sparse_notes(p, SHIPPED) or instance_notes(p, SHIPPED)] == []
    slow = {p.id: notes for p in SHIPPED if (notes := slow_int8_notes(p))}
    assert list(slow) == ["b300-sxm"] and "153.5 TOPS" in slow["b300-sxm"][0]


def test_sparse_figures_of_a_data_sheet_are_noticed():
    mine = _own("h100-sxm", bf16_tflops_dense=1979.0, int8_tops_dense=3958.0)
    assert sum("twice that of h100-sxm" in note for note in sparse_notes(mine, SHIPPED)) == 2


def test_sparse_bf16_beside_dense_int8_is_noticed_on_an_unknown_card():
    mine = profile(accelerator=None).model_copy(update={"bf16_tflops_dense": 624.0, "int8_tops_dense": 624.0})
    assert any("sparsity" in note for note in sparse_notes(mine, SHIPPED))


def test_measured_int8_that_is_no_faster_than_bf16_is_a_measurement_not_a_misprint():
    mine = profile(accelerator=None).model_copy(update={"bf16_tflops_dense": 0.2, "int8_tops_dense": 0.2, "basis": "measured"})
    assert sparse_notes(mine, SHIPPED) == []


def test_whole_instance_declared_as_one_device_is_noticed():
    """55.04 USD/h is eight H100; with devices_per_instance 1 every replica would be planned to cost all eight."""
    notes = instance_notes(_own("h100-sxm", devices_per_instance=1), SHIPPED)
    assert any("p5.48xlarge has 8 devices in h100-sxm, here 1" in note for note in notes)
    assert any("8 times that of h100-sxm (6.88)" in note for note in notes)


def test_price_of_one_device_for_an_instance_of_eight_is_noticed():
    notes = instance_notes(_own("h100-sxm", per_hour=6.88), SHIPPED)
    assert len(notes) == 1 and "0.86 USD an hour and device is 0.12 times that of h100-sxm" in notes[0]


def test_instance_that_names_its_devices_is_believed():
    assert any(
        "names 4 devices, devices_per_instance says 1" in n for n in instance_notes(_own("a10g", instance="RunPod 4x A10G"), SHIPPED)
    )
    assert instance_notes(_own("a10g", instance="RunPod 1x A10G"), SHIPPED) == []


def test_cheaper_cloud_and_other_kinds_of_price_are_no_miscount():
    assert instance_notes(_own("h100-sxm", per_hour=24.0, instance="another cloud's box"), SHIPPED) == []
    spot = load_profile("h100-sxm").prices[0].model_copy(update={"kind": "spot", "per_hour": 12.0})
    assert instance_notes(_own("h100-sxm").model_copy(update={"prices": [spot]}), SHIPPED) == []


def test_strict_refuses_old_sparse_and_miscounted_but_not_a_third_partys_fresh_price():
    assert doubts(load_profile("h100-sxm"), TODAY) == []
    assert doubts(load_profile("h100-sxm"), date(2027, 7, 29)) and doubts(load_profile("l4"), TODAY)
    assert doubts(_own("h100-sxm", bf16_tflops_dense=1979.0), TODAY) and doubts(_own("h100-sxm", devices_per_instance=1), TODAY)
    second_hand = profile(secondary=True)
    assert doubts(second_hand, TODAY) == [] and all_notes(second_hand, TODAY) != []
    assert doubts(load_profile("b300-sxm"), TODAY) == []


def test_every_price_of_a_profile_is_checked_not_only_the_first():
    fresh, old = (load_profile("h100-sxm").prices[0].model_copy(update=c) for c in ({}, {"kind": "spot", "retrieved": date(2025, 1, 1)}))
    assert any("spot" in note and "stale" in note for note in doubts(_own("h100-sxm").model_copy(update={"prices": [fresh, old]}), TODAY))


@pytest.mark.parametrize("ours", ["c7i.8xlarge", "m7i.8xlarge"])
def test_processors_are_not_measured_against_each_other(ours):
    assert instance_notes(load_profile(ours), SHIPPED) == []
