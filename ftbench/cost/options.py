"""Every way to pay for every way to size one scale's fleet, side by side."""

from ftbench.cost.autoscaled import autoscaled
from ftbench.cost.bill import Terms, breakdown, cost_per_inference, cost_per_month, instances_of, margin, per_million_tokens
from ftbench.cost.demand import DemandShape
from ftbench.cost.plan_file import Option
from ftbench.cost.pricing import BY_THE_HOUR, PURCHASES, HourPrice, hour_price
from ftbench.spec import Profile, Spec


def options(terms: Terms, spec: Spec, profile: Profile, shape: DemandShape, *, reload_s: float | None = None) -> list[Option]:
    """On demand and spot peak-sized and ideally autoscaled, reserved and owned peak-sized: those are paid for whether used or not.

    An option without a price is there too and says why. `terms` are those of the scale; their price is replaced by each option's.

    Args:
        reload_s: how long this deployment's replica took to load, where `cost.autoscale_reload_s` does not say.
    """
    reload_s = spec.cost.autoscale_reload_s if spec.cost.autoscale_reload_s is not None else reload_s
    rows = []
    for purchase in PURCHASES:
        price = hour_price(spec, profile, purchase)
        rows.append(_option(terms, spec, price, "peak", float(instances_of(terms)), []))
        if purchase in BY_THE_HOUR:
            rows.append(_autoscaled(terms, spec, price, shape, reload_s))
        else:
            rows[-1].notes.append("Paid for whether it is used or not, so it cannot be autoscaled.")
    return rows


def _autoscaled(terms: Terms, spec: Spec, price: HourPrice, shape: DemandShape, reload_s: float | None) -> Option:
    if shape.hours is None:
        why = shape.hours_source or "how the day runs is not known. Give cost.demand_trace or cost.peak_to_mean."
        return _option(terms, spec, price._replace(per_hour=None, why_not=price.why_not or why), "autoscaled", 0.0, [])
    fleet = autoscaled(terms, shape.hours, reload_s=reload_s)
    hours = f"Hours: {shape.hours_source}; {fleet.replicas_least} to {fleet.replicas_most} replicas, {fleet.replicas_mean:.3g} at the mean."
    return _option(terms, spec, price, "autoscaled", fleet.instances_mean, [hours, *fleet.notes])


def _option(terms: Terms, spec: Spec, price: HourPrice, sizing: str, instances: float, notes: list[str]) -> Option:
    judged = price.purchase == spec.cost.purchase and sizing == "peak"
    if price.per_hour is None:
        return Option(
            purchase=price.purchase,
            sizing=sizing,
            judged=judged,
            instances_mean=instances,
            cost_per_inference=None,
            cost_per_million_tokens=None,
            cost_per_month=None,
            margin=None,
            breakdown=None,
            price_source=price.source,
            why_not=price.why_not,
        )
    priced = terms._replace(per_hour=price.per_hour)
    each = float(cost_per_inference(priced, instances))
    return Option(
        purchase=price.purchase,
        sizing=sizing,
        judged=judged,
        instances_mean=instances,
        cost_per_inference=each,
        cost_per_million_tokens=per_million_tokens(priced, each),
        cost_per_month=float(cost_per_month(priced, instances)),
        margin=margin(spec.cost.price_per_inference, each),
        breakdown=breakdown(priced, instances),
        price_source=price.source,
        notes=[*price.notes, *notes],
    )
