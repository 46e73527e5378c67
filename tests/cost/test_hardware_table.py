"""The shipped profiles against the table that was researched apart from them, figure by figure."""

import csv
from pathlib import Path

import pytest

from ftbench.cost.profiles import load_profile, shipped_ids

TABLE = list(csv.DictReader((Path(__file__).parent / "data" / "hardware.csv").open(encoding="utf-8")))
FIGURES = {
    "mem_gb": "memory_gb",
    "bw_gbs": "bandwidth_gb_s",
    "bf16_tflops_dense": "bf16_tflops_dense",
    "fp16_tflops_dense": "fp16_tflops_dense",
    "int8_tops_dense": "int8_tops_dense",
    "tdp_w": "power_w",
    "link_gbs_1dir": "link_gb_s_one_way",
}
# Peak fp32 = CUDA cores x 2 x boost clock [GHz] / 1000: figures of the chips, from which the profiles' own must follow
CORES_AND_CLOCK = {
    "t4": (2560, 1.59), "l4": (7424, 2.04), "l40s": (18176, 2.52), "a100-40": (6912, 1.41), "a100-80-sxm": (6912, 1.41),
    "a100-80-pcie": (6912, 1.41), "h100-pcie": (14592, 1.755), "h100-sxm": (16896, 1.98), "h200-sxm": (16896, 1.98),
    "rtx-4090": (16384, 2.52),
}  # fmt: skip


def test_every_researched_device_is_shipped_and_no_other():
    assert sorted(row["id"] for row in TABLE) == shipped_ids() and len(TABLE) == 17


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["id"])
def test_figures_are_those_of_the_table(row):
    profile = load_profile(row["id"])
    for column, field in FIGURES.items():
        assert getattr(profile, field) == (float(row[column]) if row[column] else None), field


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["id"])
def test_price_is_of_the_instance_with_region_and_day_of_the_table(row):
    """The table has prices per device; "p5.48xlarge/8" is sold in eights. Its m7i row is a sixth of the only size in its source."""
    profile = load_profile(row["id"])
    price = profile.prices[0]
    assert price.kind == row["price_type"] and price.currency == "USD"
    assert price.per_hour / profile.devices_per_instance == pytest.approx(float(row["price_usd_h_per_device"]), abs=1e-5)
    sold = row["instance"].partition("/")
    if row["id"] != "m7i.8xlarge":
        assert profile.devices_per_instance == (int(sold[2]) if sold[1] else 1)
    day = row["price_date"]
    assert (price.retrieved.isoformat() if price.retrieved else None) == (day if len(day) == 10 and day.count("-") == 2 else None)
    if "-" in row["region"]:  # a place; the others name a company, which stands in the instance
        assert price.region == row["region"]


@pytest.mark.parametrize("device", sorted(CORES_AND_CLOCK))
def test_fp32_peak_is_that_of_the_cores_not_of_tf32(device):
    cores, clock = CORES_AND_CLOCK[device]
    assert load_profile(device).fp32_tflops_dense == pytest.approx(cores * 2 * clock / 1000, rel=0.01)
