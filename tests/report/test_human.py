"""Numbers as people read them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.report import human

finite = st.floats(-1e300, 1e300)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (3, "3"),
        (1234, "1,234"),
        (1234567.8, "1,234,568"),
        (12.345, "12.3"),
        (0.000412, "0.000412"),
        (-0.5, "−0.5"),
        (4e-13, "4.00e-13"),
    ],
)
def test_significant(value, shown):
    assert human.significant(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (4.2e-7, "0.42 µs"),
        (0.000031, "31 µs"),
        (0.0123, "12.3 ms"),
        (0.9994, "999 ms"),
        (0.9999, "1 s"),
        (1.234, "1.23 s"),
        (60, "60 s"),
        (119.7, "2 min"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
        (7199.9, "120 min"),
        (190_000, "2 d 5 h"),
        (-0.0021, "−2.1 ms"),
    ],
)
def test_duration_takes_the_unit_that_suits_it(seconds, shown):
    assert human.duration(seconds) == shown


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.92, "92 %"),
        (0.9733, "97.3 %"),
        (0.9996, "99.96 %"),
        (0.00001, "0.001 %"),
        (-0.2, "−20 %"),
        (1.5, "150 %"),
    ],
)
def test_percent(fraction, shown):
    assert human.percent(fraction) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(0, "USD 0"), (0.000412, "USD 0.000412"), (0.05, "USD 0.05"), (12.5, "USD 12.50"), (1234.5, "USD 1,234"), (-3, "USD −3.00")],
)
def test_money(amount, shown):
    assert human.money(amount, "USD") == shown


@given(finite.filter(lambda v: v != 0))
def test_a_small_amount_is_never_shown_as_zero(value):
    for shown in (human.significant(value), human.percent(value), human.duration(value), human.money(value, "EUR"), human.rate(value)):
        assert any(digit in shown for digit in "123456789"), shown


@given(st.floats(0, 1, exclude_max=True))
def test_only_all_is_a_hundred_per_cent(fraction):
    assert human.percent(fraction) != "100 %"


@given(st.floats(0, 10), st.floats(0, 10), st.sampled_from(["rate", "s", "count", "ratio", "USD", "tokens"]))
def test_a_near_miss_never_looks_like_the_limit(observed, threshold, unit):
    shown = human.observed_and_threshold(observed, threshold, unit)
    if abs(observed - threshold) > 1e-9 * max(observed, threshold, 1e-6):
        assert shown[0] != shown[1]


def test_near_miss_of_accuracy_and_of_a_budget():
    assert human.observed_and_threshold(0.9196, 0.92, "rate") == ("91.96 %", "92 %")
    assert human.observed_and_threshold(0.919999, 0.92, "rate") == ("91.9999 %", "92 %")
    assert human.observed_and_threshold(1.0004, 1.0, "s") == ("1.0004 s", "1 s")
    assert human.observed_and_threshold(0.00050001, 0.0005, "USD") == ("USD 0.00050001", "USD 0.0005")
    assert human.observed_and_threshold(1000.2, 1000.0, "USD") == ("USD 1,000.2", "USD 1,000.0")


def test_missing_and_not_a_number_are_a_dash_not_a_crash():
    for value in (None, math.nan, math.inf, -math.inf):
        assert {human.significant(value), human.percent(value), human.duration(value), human.money(value, "USD"), human.rate(value)} == {
            "–"
        }
        assert human.value(value, "rate") == "–"


def test_interval_says_the_unit_once_and_leaves_unknown_ends_open():
    assert human.interval((0.398, 0.44), "s") == "398–440 ms"
    assert human.interval((0.97, 1.04), "s") == "970 ms to 1.04 s"
    assert human.interval((0.9, None), "rate") == "≥ 90 %"
    assert human.interval((None, 0.031), "rate") == "≤ 3.1 %"
    assert human.interval((-0.1, 0.2), "rate") == "−10 to 20 %"
    assert human.interval(None, "s") == human.interval((None, None), "s") == human.interval((math.nan, None), "s") == ""


def test_inferences_are_priced_in_packs_that_read_as_cents_at_least():
    assert human.inference_unit([0.02, 0.5]) == (1, "per inference")
    assert human.inference_unit([0.000412, None]) == (1000, "per 1,000 inferences")
    assert human.inference_unit([4e-7]) == (1_000_000, "per million inferences")
    assert human.inference_unit([None, 0.0]) == human.inference_unit([]) == (1, "per inference")


def test_instants():
    assert human.instant("2025-11-23T21:16:04+00:00") == "23 November 2025, 21:16 UTC"
    assert human.instant("yesterday") == "yesterday"
    assert human.elapsed("2025-11-23T21:16:04+00:00", "2025-11-23T21:22:41+00:00") == "6 min 37 s"
    assert human.elapsed("2025-11-23T21:16:04", "2025-11-23T21:22:41+00:00") == "–"  # one with a zone, one without


def test_lists_and_plurals():
    assert human.listed(["a", "b", "c"]) == "a, b and c" and human.listed(["a"]) == "a" and human.listed([]) == ""
    assert human.plural(1, "case") == "1 case" and human.plural(1200, "case") == "1,200 cases"
    assert human.clip("abcdef", 4) == "abc…" and human.clip("abcd", 4) == "abcd"


def test_an_adapter_in_a_folder_of_that_name_is_said_once():
    assert human.named("adapter", "adapter") == "adapter" and human.named("adapter", "billing-v2") == "adapter billing-v2"
