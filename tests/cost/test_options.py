"""All ways to pay for all ways to size, on one table by hand."""

from datetime import date

import pytest

from ftbench.cost.demand import DemandShape, demand_shape
from ftbench.cost.options import options
from ftbench.spec import Price
from tests.cost.builder import profile, spec, terms

TERMS = {
    "purchase": "spot",
    "spot": {"interruptions_per_hour": 0.5, "reload_s": 720},
    "reserved": {"price_per_hour": 0.6},
    "owned": {"purchase_price": 8760, "years": 2, "power_w": 1000, "pue": 1.0, "tariff_per_kwh": 0.1},
    "price_per_inference": 0.001,
}
SHAPE = DemandShape(2.0, "given", tuple([0.0] * 12 + [2.0] * 12), "half a day each")
CARD = profile().model_copy(
    update={
        "prices": [Price(per_hour=p, kind=k, retrieved=date(2026, 7, 28), source="list") for k, p in (("on_demand", 1.0), ("spot", 0.4))]
    }
)
AT = terms(mean_rate=1.0, peak_to_mean=2.0)


def rows(card=CARD, shape=SHAPE, at=AT, reload_s=None, **cost):
    return {(row.purchase, row.sizing): row for row in options(at, spec(cost={**TERMS, **cost}), card, shape, reload_s=reload_s)}


# Mean 1, peak 2 requests/s on replicas of 1: two at the peak, 1.5 at the mean of the day. 730 h, 2,628,000 requests a month.
#                      an hour                                  instances  a month           each
# on demand  peak      1.00                                     2          1,460             0.00055556
# on demand  scaled    1.00                                     1.5        1,095             0.00041667
# spot       peak      0.40 x (1 + 0.5 x 0.2 h) = 0.44          2            642.40          0.00024445
# spot       scaled    0.44                                     1.5          481.80          0.00018333
# reserved   peak      0.60                                     2            876             0.00033333
# owned      peak      8,760 / 17,520 h + 1 kW x 0.1 = 0.60     2            876             0.00033333
@pytest.mark.parametrize(
    ("purchase", "sizing", "instances", "month", "each"),
    [
        ("on_demand", "peak", 2, 1460.0, 0.00055556),
        ("on_demand", "autoscaled", 1.5, 1095.0, 0.00041667),
        ("spot", "peak", 2, 642.4, 0.00024445),
        ("spot", "autoscaled", 1.5, 481.8, 0.00018333),
        ("reserved", "peak", 2, 876.0, 0.00033333),
        ("owned", "peak", 2, 876.0, 0.00033333),
    ],
)
def test_options_match_the_table_worked_by_hand(purchase, sizing, instances, month, each):
    row = rows()[purchase, sizing]
    assert (row.instances_mean, row.cost_per_month) == pytest.approx((instances, month))
    assert row.cost_per_inference == pytest.approx(each, rel=1e-4)
    assert row.cost_per_million_tokens == pytest.approx(each / 50 * 1e6, rel=1e-4)
    assert row.margin == pytest.approx(1 - each / 0.001, abs=1e-4)
    assert sum(row.breakdown.model_dump().values()) == pytest.approx(month)


def test_what_is_paid_for_anyway_is_not_autoscaled():
    found = rows()
    assert set(found) == {(p, "peak") for p in ("on_demand", "spot", "reserved", "owned")} | {
        (p, "autoscaled") for p in ("on_demand", "spot")
    }
    assert all(any("cannot be autoscaled" in note for note in found[p, "peak"].notes) for p in ("reserved", "owned"))


def test_exactly_one_option_is_the_judged_one():
    assert [key for key, row in rows().items() if row.judged] == [("spot", "peak")]


def test_option_without_a_price_says_why_and_has_no_cost():
    row = rows(card=profile())["spot", "peak"]
    assert row.cost_per_inference is None and row.cost_per_month is None and row.margin is None and "lists no spot price" in row.why_not


def test_without_a_day_there_is_no_autoscaled_fleet():
    unknown = demand_shape(spec())
    row = rows(shape=unknown)["on_demand", "autoscaled"]
    assert row.cost_per_inference is None and row.why_not.startswith("how the day runs is not known")


def test_modelled_day_is_named_as_modelled():
    row = rows(shape=demand_shape(spec(cost={"peak_to_mean": 2})))["on_demand", "autoscaled"]
    assert any(note.startswith("Hours: modelled: a day with one peak") for note in row.notes)


def test_specs_own_time_to_load_is_taken_before_the_measured_one():
    """One start a day: 360 s are 1/240 of an instance, 720 s 1/120."""
    assert rows(reload_s=360)["on_demand", "autoscaled"].instances_mean == pytest.approx(1.5 + 1 / 240)
    assert rows(reload_s=360, autoscale_reload_s=720)["on_demand", "autoscaled"].instances_mean == pytest.approx(1.5 + 1 / 120)


def test_autoscaling_is_never_dearer_than_the_peak_when_loading_is_free():
    found = rows(at=terms(mean_rate=7.0, peak_to_mean=3.0), shape=demand_shape(spec(cost={"peak_to_mean": 3})))
    assert found["on_demand", "autoscaled"].cost_per_month <= found["on_demand", "peak"].cost_per_month
