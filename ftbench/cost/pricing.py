"""What one hour of one instance costs: on demand, spot, reserved or owned. Where nobody named a price there is none, with the reason."""

from datetime import date
from typing import NamedTuple

from ftbench.cost.local import unpriced
from ftbench.cost.profiles import describe_price, price_notes
from ftbench.errors import InputError
from ftbench.spec import Price, Profile, Spec
from ftbench.spec.cost import Owned, Purchase, Spot

HOURS_PER_MONTH = 730.0
"""8,760 hours a year / 12."""
HOURS_PER_YEAR = 8760.0
PURCHASES: tuple[Purchase, ...] = ("on_demand", "spot", "reserved", "owned")
BY_THE_HOUR = frozenset({"on_demand", "spot"})
"""What is given back when it is not needed. Reserved and owned machines cost the same whether they are used or not."""


class HourPrice(NamedTuple):
    """Money for one hour of one instance. `per_hour` None is no price, and `why_not` the sentence that says why; never a guess.

    `listed`: the profile's own price that it rests on, None where the spec gives all of it.
    """

    purchase: Purchase
    per_hour: float | None
    currency: str
    source: str
    why_not: str = ""
    notes: tuple[str, ...] = ()
    listed: Price | None = None

    @property
    def unknown(self) -> bool:
        """Whether compute counts as 0 because nobody named the price of the local machine."""
        return self.listed is not None and unpriced(self.listed)


def hour_price(spec: Spec, profile: Profile, purchase: Purchase) -> HourPrice:
    """The price of one instance of `profile` when it is paid for by `purchase`, under the terms of `spec.cost`.

    Raises:
        InputError: the price that applies is in another currency than the spec's.
    """
    price = {"on_demand": _on_demand, "spot": _spot, "reserved": _reserved, "owned": _owned}[purchase](spec, profile)
    if price.listed is not None and price.currency != spec.cost.currency:
        raise InputError(
            f"cost.currency is {spec.cost.currency}, but the price of hardware {profile.id} is in {price.currency}. "
            "Write the budget in that currency, or a profile file with a price in yours."
        )
    return price


def judged_price(spec: Spec, profile: Profile) -> HourPrice:
    """The price under `cost.purchase`, which budget and margin are judged on.

    Raises:
        InputError: it has no price, or one in another currency.
    """
    price = hour_price(spec, profile, spec.cost.purchase)
    if price.per_hour is None:
        raise InputError(f"cost.purchase is {spec.cost.purchase}, but {price.why_not}")
    return price


def refuse_doubtful_price(profile: Profile, today: date) -> None:
    """For `--strict`: no price that is stale, undated, dated after today, missing, or from a third party.

    Raises:
        InputError: with the first that is.
    """
    if notes := price_notes(profile, today):
        raise InputError(f"{notes[0].rstrip('.')}, and --strict takes no such price. Put a checked price into a profile file of your own.")


def spot_factor(terms: Spot) -> float:
    """How much dearer an hour of service is than an hour of instance: 1 + interruptions/h x (reload + lost work) [h].

    After each interruption a new instance is paid for while it loads, and for what was lost.
    """
    return 1 + terms.interruptions_per_hour * (terms.reload_s + terms.lost_work_s) / 3600


def owned_per_hour(terms: Owned, power_w: float) -> float:
    """Depreciation + power x PUE x tariff + hosting, of one instance for one hour of a year's 8,760.

    The power is drawn all hours: what an idle machine draws less is not modelled.
    """
    written_off = terms.purchase_price * (1 - terms.residual_share) / (terms.years * HOURS_PER_YEAR)
    return written_off + power_w / 1000 * terms.pue * terms.tariff_per_kwh + terms.hosting_per_month / HOURS_PER_MONTH


def _on_demand(spec: Spec, profile: Profile) -> HourPrice:
    found = _listed(profile, "on_demand", "given")
    if found is None:
        kinds = ", ".join(price.kind for price in profile.prices)
        return _none(spec, "on_demand", f"hardware {profile.id} lists no on_demand price (only: {kinds}). Add one to its profile file.")
    return HourPrice("on_demand", found.per_hour, found.currency, describe_price(found, profile.instance), listed=found)


def _spot(spec: Spec, profile: Profile) -> HourPrice:
    terms = spec.cost.spot
    if terms is None:
        return _none(spec, "spot", "`cost.spot` is not given: interruptions an hour and the time to reload decide what it costs.")
    base = _given_or_listed(spec, profile, "spot", terms.price_per_hour)
    if base.per_hour is None:
        return base
    factor = spot_factor(terms)
    lost = f"{terms.interruptions_per_hour:g} interruptions an hour of {terms.reload_s + terms.lost_work_s:g} s"
    note = "Spot: requests that an interruption breaks off are not in the share of good requests, which was measured without any."
    return base._replace(per_hour=base.per_hour * factor, source=f"{base.source}, x {factor:.4g} for {lost}", notes=(note,))


def _reserved(spec: Spec, profile: Profile) -> HourPrice:
    terms = spec.cost.reserved
    if terms is None:
        return _none(spec, "reserved", "`cost.reserved` is not given: its term and price.")
    base = _given_or_listed(spec, profile, "reserved", terms.price_per_hour)
    if base.per_hour is None:
        return base
    total = base.per_hour * HOURS_PER_MONTH * terms.months
    note = f"Reserved for {terms.months:g} months: {total:,.0f} {base.currency} an instance are owed in any case, used or not."
    return base._replace(notes=(note,))


def _given_or_listed(spec: Spec, profile: Profile, purchase: Purchase, given: float | None) -> HourPrice:
    """The spec's own price, else the profile's of that kind, else none."""
    if given is not None:
        where = f"{purchase} {given:g} {spec.cost.currency}/h for {profile.instance}, cost.{purchase}.price_per_hour in the spec"
        return HourPrice(purchase, given, spec.cost.currency, where)
    found = _listed(profile, purchase)
    if found is None:
        where = f"Give cost.{purchase}.price_per_hour, or add one to its profile file."
        return _none(spec, purchase, f"hardware {profile.id} lists no {purchase} price. {where}")
    return HourPrice(purchase, found.per_hour, found.currency, describe_price(found, profile.instance), listed=found)


def _owned(spec: Spec, profile: Profile) -> HourPrice:
    terms = spec.cost.owned
    if terms is None:
        return _none(spec, "owned", "`cost.owned` is not given: purchase price, years, PUE and tariff.")
    power, notes = terms.power_w, ["Owned: the power under load is counted for all hours; that an idle machine draws less is not modelled."]
    if power is None and profile.power_w is not None:
        power = profile.power_w * profile.devices_per_instance
        notes.append(f"Owned: {power:g} W are the profile's devices alone, without the rest of the machine (cost.owned.power_w).")
    if power is None:
        return _none(spec, "owned", f"hardware {profile.id} names no power. Give cost.owned.power_w.")
    per_hour = owned_per_hour(terms, power)
    source = (
        f"owned {per_hour:.4g} {spec.cost.currency}/h for {profile.instance}: {terms.purchase_price:g} over {terms.years:g} years"
        f"{f', {terms.residual_share:.0%} left at the end' if terms.residual_share else ''}, "
        f"{power:g} W x PUE {terms.pue:g} x {terms.tariff_per_kwh:g}/kWh, hosting {terms.hosting_per_month:g} a month"
    )
    return HourPrice("owned", per_hour, spec.cost.currency, source, "", tuple(notes))


def _listed(profile: Profile, *kinds: str) -> Price | None:
    return next((price for price in profile.prices if price.kind in kinds), None)


def _none(spec: Spec, purchase: Purchase, why: str) -> HourPrice:
    return HourPrice(purchase, None, spec.cost.currency, "", why)
