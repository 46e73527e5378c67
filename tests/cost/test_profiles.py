from datetime import date

import pytest

from ftbench.cost.profiles import (
    describe_price,
    load_profile,
    price_notes,
    profile_ids,
    profile_of,
    same_device,
    shipped_profiles,
)
from ftbench.errors import InputError
from tests.cost.builder import profile, spec

TODAY = date(2026, 7, 29)
SHIPPED = shipped_profiles()

# memory GB, bandwidth GB/s, dense bf16 TFLOPS, USD per device and hour, devices an instance is sold with; from the vendors' data sheets and
# price lists, written down apart from the profile files
KNOWN = {
    "t4": (16, 320, None, 0.526, 1),
    "l4": (24, 300, 121, 0.8048, 1),
    "a10g": (24, 600, 70, 1.006, 1),
    "l40s": (48, 864, 362, 1.861, 1),
    "a100-40": (40, 1555, 312, 2.7447, 8),
    "a100-80-sxm": (80, 2039, 312, 3.4309, 8),
    "a100-80-pcie": (80, 1935, 312, 1.64, 1),
    "h100-pcie": (80, 2000, 756.5, 2.79, 1),
    "h100-sxm": (80, 3350, 989, 6.88, 8),
    "h200-sxm": (141, 4800, 989, 7.912, 8),
    "b200-sxm": (180, 7700, 2250, 14.2416, 8),
    "b300-sxm": (270, 7750, 2250, 17.802, 8),
    "rtx-4090": (24, 1008, 165.2, 0.60, 1),
    "mi300x": (192, 5300, 1307.4, 3.45, 1),
    "c7i.8xlarge": (64, 102, None, 1.428, 1),
    "m7i.8xlarge": (128, 102, None, 1.6128, 1),
    "c7a.8xlarge": (64, 154, None, 1.64224, 1),
}


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda p: p.id)
def test_price_of_an_instance_is_not_that_of_a_device(shipped):
    memory, bandwidth, bf16, per_device, devices = KNOWN[shipped.id]
    assert (shipped.memory_gb, shipped.bandwidth_gb_s, shipped.bf16_tflops_dense) == (memory, bandwidth, bf16)
    assert shipped.devices_per_instance == devices
    assert shipped.prices[0].per_hour == pytest.approx(per_device * devices, abs=1e-4)


def test_all_devices_are_shipped_and_local_is_offered():
    assert profile_ids() == [*sorted(KNOWN), "local"]


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_file_name_is_the_id(name):
    assert load_profile(name).id == name


def test_unknown_profile_names_the_nearest():
    with pytest.raises(InputError, match="Did you mean h200-sxm"):
        load_profile("H200-SMX")


def test_profile_file_is_found_beside_the_spec(tmp_path):
    (tmp_path / "mine.yaml").write_text(
        "id: mine\nname: Mine\nkind: gpu\nmemory_gb: 24\ninstance: box\ndevices_per_instance: 1\nspec_source: data sheet\n"
        "prices:\n  - {per_hour: 0.5, kind: owned, retrieved: 2026-07-01, source: our bookkeeping}\n"
    )
    assert load_profile("mine.yaml", tmp_path).prices[0].per_hour == 0.5


def test_missing_profile_file_is_not_told_to_init_a_spec(tmp_path):
    with pytest.raises(InputError, match=r"hardware: the profile .*gone.yaml does not exist") as error:
        load_profile("./gone.yaml", tmp_path)
    assert "init" not in str(error.value)


def test_local_price_beside_a_priced_profile_is_refused_not_ignored():
    with pytest.raises(InputError, match="brings its own price"):
        profile_of(spec(hardware="l4", cost={"price_per_hour": 0.5}))


def test_currency_of_the_local_machine_must_be_one():
    with pytest.raises(InputError, match="three capital letters"):
        profile_of(spec(cost={"currency": "dollars"}))


@pytest.mark.parametrize(("day", "stale"), [(date(2027, 1, 24), False), (date(2027, 1, 25), True)])
def test_price_is_stale_after_its_days_and_not_before(day, stale):
    """2026-07-28 + 180 days is 2027-01-24."""
    assert any("stale" in note for note in price_notes(profile(), day)) is stale


def test_undated_price_is_reported_however_new_it_may_be():
    notes = price_notes(load_profile("l4"), TODAY)
    assert any("undated" in note for note in notes) and any("secondary" in note for note in notes)


def test_price_from_the_future_is_reported():
    assert any("after today" in note for note in price_notes(profile(), date(2026, 1, 1)))


def test_vendors_own_fresh_price_is_clean():
    assert price_notes(load_profile("h100-sxm"), TODAY) == []


def test_every_shipped_price_that_is_not_the_vendors_is_marked():
    assert {p.id for p in SHIPPED if not p.prices[0].secondary} == {
        "a100-40",
        "a100-80-sxm",
        "h100-sxm",
        "h200-sxm",
        "b200-sxm",
        "b300-sxm",
    }


def test_forms_of_one_accelerator_are_told_apart():
    sxm, pcie, small = (load_profile(name) for name in ("a100-80-sxm", "a100-80-pcie", "a100-40"))
    assert same_device(sxm, sxm) and not same_device(sxm, pcie) and not same_device(sxm, small)


def test_two_cpus_are_never_the_same_device():
    assert not same_device(load_profile("c7i.8xlarge"), load_profile("m7i.8xlarge"))


def test_price_is_described_with_kind_unit_place_day_and_source():
    undated = describe_price(load_profile("rtx-4090").prices[0], "box")
    assert undated == "on_demand 0.6 USD/h for box, undated (March 2026; the source names no day), deploybase.ai (secondary source)"
