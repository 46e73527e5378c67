"""The price of an hour under each way to pay, against arithmetic by hand."""

from datetime import date

import pytest
from pydantic import ValidationError

from ftbench.cost.local import local_profile
from ftbench.cost.pricing import hour_price, judged_price, refuse_doubtful_price
from ftbench.errors import InputError
from ftbench.spec import Price
from ftbench.spec.cost import Cost
from tests.cost.builder import profile, spec

SPOT = {"interruptions_per_hour": 0.1, "reload_s": 300, "lost_work_s": 60}
OWNED = {"purchase_price": 87_600, "years": 5, "residual_share": 0.1, "pue": 1.5, "tariff_per_kwh": 0.2, "hosting_per_month": 73}


def listed(per_hour, kind, **changes):
    return Price(**{"per_hour": per_hour, "kind": kind, "retrieved": date(2026, 7, 28), "source": "a price list", **changes})


def card(*prices, **changes):
    found = profile(**changes)
    return found.model_copy(update={"prices": [*prices]}) if prices else found


def price(purchase, *, hardware=None, **cost):
    return hour_price(spec(cost=cost), hardware or card(), purchase)


def test_on_demand_takes_the_on_demand_price_though_another_stands_first():
    found = price("on_demand", hardware=card(listed(0.4, "reserved"), listed(1.0, "on_demand"), listed(0.3, "spot")))
    assert (found.per_hour, found.currency) == (1.0, "USD")
    assert found.source == "on_demand 1 USD/h for box, 2026-07-28, a price list"


def test_profile_without_an_on_demand_price_has_none_and_is_not_given_another():
    found = price("on_demand", hardware=card(listed(0.4, "reserved")))
    assert found.per_hour is None and "lists no on_demand price (only: reserved)" in found.why_not


def test_interruptions_make_spot_dearer_by_the_hours_that_are_lost():
    """2.00 x (1 + 0.1 an hour x (300 s + 60 s) / 3600 s) = 2.00 x 1.01 = 2.02."""
    found = price("spot", spot={**SPOT, "price_per_hour": 2.0})
    assert found.per_hour == pytest.approx(2.02)
    assert "cost.spot.price_per_hour in the spec, x 1.01 for 0.1 interruptions an hour of 360 s" in found.source


def test_spot_without_interruptions_costs_its_list_price():
    both = card(listed(1.0, "on_demand"), listed(0.3, "spot"))
    assert price("spot", hardware=both, spot={"interruptions_per_hour": 0, "reload_s": 300}).per_hour == pytest.approx(0.3)


def test_specs_own_spot_price_is_taken_before_the_profiles():
    both = card(listed(1.0, "on_demand"), listed(0.3, "spot"))
    assert price("spot", hardware=both, spot={"interruptions_per_hour": 0, "reload_s": 0, "price_per_hour": 0.5}).per_hour == 0.5


def test_spot_price_is_never_guessed_from_on_demand():
    found = price("spot", spot=SPOT)
    assert found.per_hour is None
    assert found.why_not == "hardware card lists no spot price. Give cost.spot.price_per_hour, or add one to its profile file."


def test_reservation_is_owed_for_its_whole_term():
    """1.50 x 730 h x 12 months = 13,140."""
    found = price("reserved", reserved={"price_per_hour": 1.5, "months": 12})
    assert found.per_hour == 1.5
    assert found.notes == ("Reserved for 12 months: 13,140 USD an instance are owed in any case, used or not.",)


def test_owned_is_depreciation_power_and_hosting():
    """87,600 x 0.9 / (5 x 8,760 h) = 1.80; 1 kW x 1.5 x 0.2 = 0.30; 73 / 730 h = 0.10: together 2.20 an hour."""
    found = price("owned", owned={**OWNED, "power_w": 1000})
    assert found.per_hour == pytest.approx(2.20)
    assert any("idle machine draws less is not modelled" in note for note in found.notes)


def test_owned_without_its_power_takes_that_of_all_its_devices():
    """1.80 + 8 x 72 W = 0.576 kW x 1.5 x 0.2 = 0.1728, + 0.10."""
    found = price("owned", hardware=card(devices=8), owned=OWNED)
    assert found.per_hour == pytest.approx(1.80 + 0.1728 + 0.10)
    assert any("576 W are the profile's devices alone" in note for note in found.notes)


def test_owned_machine_of_unknown_power_has_no_price():
    found = price("owned", hardware=card(power=None), owned=OWNED)
    assert found.per_hour is None and "Give cost.owned.power_w" in found.why_not


def test_terms_that_the_spec_does_not_give_are_said():
    for purchase in ("spot", "reserved", "owned"):
        found = price(purchase)
        assert found.per_hour is None and f"`cost.{purchase}` is not given" in found.why_not


def test_purchase_without_its_terms_is_refused_by_the_spec():
    with pytest.raises(ValidationError, match="purchase spot needs `cost.spot`"):
        Cost(purchase="spot")


def test_judged_purchase_without_a_price_is_one_sentence():
    with pytest.raises(InputError, match=r"cost.purchase is spot, but hardware card lists no spot price\. Give cost\.spot\.price_per_hour"):
        judged_price(spec(cost={"purchase": "spot", "spot": SPOT}), card())


def test_price_of_another_currency_is_refused_for_the_purchase_that_uses_it():
    both = card(listed(1.0, "on_demand"), listed(0.4, "reserved", currency="EUR"))
    terms = spec(cost={"purchase": "reserved", "reserved": {}})
    with pytest.raises(InputError, match="cost.currency is USD, but the price of hardware card is in EUR"):
        judged_price(terms, both)
    assert hour_price(terms, both, "on_demand").per_hour == 1.0


def test_local_machine_without_a_price_is_unknown_and_one_at_zero_is_not():
    assert price("on_demand", hardware=local_profile(None, gpus=[])).unknown
    assert not price("on_demand", hardware=local_profile(0.0, gpus=[])).unknown


def test_strict_takes_no_stale_price():
    fresh, stale = card(), card(listed(1.0, "on_demand", stale_after_days=30))
    refuse_doubtful_price(fresh, date(2026, 8, 1))
    with pytest.raises(
        InputError, match=r"is stale: read on 2026-07-28, 126 days ago; it holds for 30, and --strict takes no such price\."
    ):
        refuse_doubtful_price(stale, date(2026, 12, 1))


def test_price_without_a_date_is_no_price():
    with pytest.raises(ValidationError, match="a price needs the day it was read"):
        Price(per_hour=1.0, kind="on_demand", retrieved=None, source="somewhere")
