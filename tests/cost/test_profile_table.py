from datetime import date

from ftbench.cost.local import local_profile
from ftbench.cost.profile_table import check_rows, list_rows, show_rows
from ftbench.cost.profiles import load_profile
from tests.cost.builder import profile

TODAY = date(2026, 7, 29)


def test_list_shows_the_price_of_a_device_though_clouds_sell_eight():
    row = next(row for row in list_rows(TODAY) if row["id"] == "h100-sxm")
    assert (row["price_per_device_hour"], row["devices_per_instance"], row["price_state"]) == (6.88, 8, "ok")


def test_list_does_not_call_an_undated_price_ok():
    states = {row["id"]: row["price_state"] for row in list_rows(TODAY)}
    assert states["l4"] == "undated, secondary"
    assert states["local"] == "not given"
    assert {row["id"]: row["price_state"] for row in list_rows(date(2027, 7, 29))}["h100-sxm"] == "stale"


def test_show_gives_every_figure_its_unit_and_says_what_is_unknown():
    shown = dict(show_rows(local_profile(None, gpus=[]), TODAY))
    assert shown["memory bandwidth"] == "unknown"
    assert shown["memory"].endswith(" GB")
    assert dict(show_rows(load_profile("h100-sxm"), TODAY))["bf16 peak, dense"] == "989 TFLOPS"


def test_show_repeats_what_check_found():
    labels = [label for label, _ in show_rows(load_profile("l4"), TODAY)]
    assert labels.count("check") == 2


def test_check_takes_a_users_profiles_and_finds_nothing_in_a_clean_one():
    assert check_rows(TODAY, [profile()]) == [("card", [])]


def test_check_covers_all_shipped_profiles():
    rows = dict(check_rows(TODAY))
    assert len(rows) == 17
    assert rows["h100-sxm"] == [] and rows["t4"]
