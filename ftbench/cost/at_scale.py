"""Load runs and a hardware profile become fleet, cost, margin and verdict on the budget at each scale. Formulas: docs/cost.md."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import isclose

from ftbench.cost.capacity import Capacity, measured_capacity, why_not_held
from ftbench.cost.fleet import instances_needed, packing, replicas_needed
from ftbench.cost.local import LOCAL, unpriced
from ftbench.cost.profiles import describe_price, price_notes, same_device
from ftbench.cost.result import Breakdown, CostAtScale
from ftbench.errors import InputError
from ftbench.metrics.summary import LoadSummary
from ftbench.spec import Price, Profile, Spec

HOURS_PER_MONTH = 730.0
"""8,760 hours a year / 12."""
SECONDS_PER_MONTH = HOURS_PER_MONTH * 3600
BYTES_PER_GB = 1e9
"""Clouds bill transfer in decimal gigabytes."""
NOT_JUDGED = "not what that device would do, only what its hours cost, so budget and margin are not judged."


@dataclass(frozen=True)
class _Plan:
    """What is the same at every scale."""

    spec: Spec
    profile: Profile
    price: Price
    load: list[LoadSummary]
    capacity: Capacity | None
    why_no_capacity: str
    per_instance: Fraction
    elsewhere: str  # why the throughput is not known to be the profile's; empty where it is
    notes: list[str]


def cost_at_scales(
    spec: Spec, profile: Profile, load: list[LoadSummary], *, measured_on: Profile | None = None, today: date | None = None
) -> list[CostAtScale]:
    """Fleet and cost at each of `spec.load.scales`, in their order.

    A scale is `measured` when its own run held (valid, not saturated, SLO attained) on as many replicas as its fleet has, on the
    profile's device; otherwise `modelled` from the highest rate that did hold. Where none held there is no capacity, and replicas and
    cost are None: the highest throughput is never used in its place.

    Args:
        load: one summary a scale, of `spec.serving.replicas` replicas behind one address.
        measured_on: the machine that served, as `local_profile` describes it. None where it is not known, as with an endpoint.
        today: for the age of the price; without it nothing is said about age.
    Raises:
        InputError: the spec counts in another currency than the profile, or its gpus_per_replica cannot be placed.
    """
    price = profile.prices[0]
    if spec.cost.currency != price.currency:
        raise InputError(
            f"cost.currency is {spec.cost.currency}, but the price of hardware {profile.id} is in {price.currency}. "
            "Write the budget in that currency, or a profile file with a price in yours."
        )
    capacity, why = _capacity(spec, load)
    plan = _Plan(
        spec=spec,
        profile=profile,
        price=price,
        load=load,
        capacity=capacity,
        why_no_capacity=why,
        per_instance=packing(spec, profile),
        elsewhere=_elsewhere(spec, profile, measured_on),
        notes=[*_notes(spec, profile, today), *(capacity.notes if capacity else [])],
    )
    return [_priced(plan, scale, capacity) if capacity else _unsized(plan, scale) for scale in spec.load.scales]


def _capacity(spec: Spec, load: list[LoadSummary]) -> tuple[Capacity | None, str]:
    slo = spec.slo
    if slo.ttft_s is None and slo.tpot_s is None and slo.e2e_s is None:
        return None, "slo names no limit (ttft_s, tpot_s or e2e_s), so no rate can be called capacity and no fleet size can be named"
    capacity = measured_capacity(load, spec.serving.replicas, slo)
    if capacity is None:
        return None, "no measured rate met the SLO, so no fleet size can be named"
    return capacity, ""


def _priced(plan: _Plan, scale: float, capacity: Capacity) -> CostAtScale:
    cost = plan.spec.cost
    mean, peak = _demand(plan.spec, scale)
    replicas = replicas_needed(peak, capacity.per_replica, headroom=cost.headroom, spare=cost.spare_replicas)
    instances = instances_needed(replicas, plan.per_instance)
    basis, basis_note, run = _basis(plan, capacity, scale, replicas, peak)
    requests = mean * SECONDS_PER_MONTH
    good = requests * run.attainment  # of a run that held, so neither None nor 0

    breakdown, network_notes = _breakdown(plan, instances, requests, run)
    per_month = sum(breakdown.model_dump().values())
    per_inference = per_month / good
    tokens = run.output_tokens_mean
    margin = None if cost.price_per_inference is None else 1 - per_inference / cost.price_per_inference
    floor = plan.price.per_hour / float(plan.per_instance) / (capacity.per_replica * 3600 * capacity.run.attainment)
    within_budget, within_margin = _verdicts(plan, per_inference, margin)

    sizing = (
        f"Replicas: {replicas} = max(1, ceil({peak:g} / ({capacity.per_replica:.4g} x {cost.headroom:g}))) + {cost.spare_replicas} spare"
    )
    simple = f"Self-hosted formula, one replica never idle: {plan.price.currency} an hour / good requests an hour = {floor:.3g}."
    return CostAtScale(
        scale=scale,
        basis=basis,
        basis_note=basis_note,
        mean_rate=mean,
        peak_rate=peak,
        capacity_per_replica=capacity.per_replica,
        replicas=replicas,
        instances=instances,
        utilisation=mean / (replicas * capacity.per_replica),
        cost_per_inference=per_inference,
        cost_per_inference_at_capacity=floor,
        good_requests_per_month=good,
        cost_per_million_tokens=per_month / (good * tokens) * 1e6 if tokens else None,
        cost_per_month=per_month,
        margin=margin,
        within_budget=within_budget,
        within_margin=within_margin,
        breakdown=breakdown,
        currency=plan.price.currency,
        price_source=describe_price(plan.price, plan.profile.instance),
        notes=[f"{sizing}, on {instances} x {plan.profile.instance}.", simple, *network_notes, *plan.notes],
    )


def _unsized(plan: _Plan, scale: float) -> CostAtScale:
    mean, peak = _demand(plan.spec, scale)
    why = [f"{run.scale:g}x: {reason}" for run in plan.load if (reason := why_not_held(run, plan.spec.slo))]
    return CostAtScale(
        scale=scale,
        basis="modelled",
        basis_note=f"{plan.why_no_capacity[0].upper()}{plan.why_no_capacity[1:]}.",
        mean_rate=mean,
        peak_rate=peak,
        capacity_per_replica=None,
        replicas=None,
        instances=None,
        utilisation=None,
        cost_per_inference=None,
        cost_per_million_tokens=None,
        cost_per_month=None,
        margin=None,
        within_budget=None,
        within_margin=None,
        breakdown=None,
        currency=plan.price.currency,
        price_source=describe_price(plan.price, plan.profile.instance),
        notes=[*([] if plan.load else ["No load was measured."]), *why, *plan.notes],
    )


def _demand(spec: Spec, scale: float) -> tuple[float, float]:
    """Mean and peak requests per second at `scale`."""
    mean = scale * spec.load.rate
    return mean, mean * (spec.cost.peak_to_mean or 1.0)


def _basis(plan: _Plan, capacity: Capacity, scale: float, replicas: int, peak: float) -> tuple[str, str, LoadSummary]:
    """`measured` or `modelled`, the sentence that says from what, and the run that the shares and sizes are taken from."""
    own_runs = [run for run in plan.load if isclose(run.scale, scale)]
    broken = next((reason for run in own_runs if (reason := why_not_held(run, plan.spec.slo))), None)
    fleet = f"{capacity.replicas} replica{'s' if capacity.replicas > 1 else ''}"
    reference = f"the {capacity.run.scale:g}x run, which held {capacity.rate:.4g} requests/s on {fleet}"
    if not own_runs:
        basis, note, run = "modelled", f"{scale:g}x was not run; sized from {reference}.", capacity.run
    elif broken:
        basis, note, run = "modelled", f"The {scale:g}x run does not count: {broken}. Sized from {reference}.", capacity.run
    elif replicas != capacity.replicas:
        basis, run = "modelled", capacity.run  # its replicas were as busy as the fleet's will be; those of the own run perhaps not
        note = (
            f"The {scale:g}x run held on {fleet}; the fleet of {replicas} priced here was not run, its capacity is taken as proportional."
        )
    else:
        basis, run = "measured", own_runs[0]
        note = f"The {scale:g}x run held on the {fleet} priced here."
        if peak > run.requested_rate:
            note += f" The peak of {peak:g} requests/s lies within what the {capacity.run.scale:g}x run held."
    return ("modelled", f"{plan.elsewhere} {note}", run) if plan.elsewhere else (basis, note, run)


def _breakdown(plan: _Plan, instances: int, requests: float, run: LoadSummary) -> tuple[Breakdown, list[str]]:
    """Money per month. Every request is paid for, good or not."""
    cost, size = plan.spec.cost, run.received_bytes_mean
    notes = ["Network is not priced: the load run recorded no response sizes."] if cost.egress_price_per_gb and size is None else []
    breakdown = Breakdown(
        compute=instances * plan.price.per_hour * HOURS_PER_MONTH,
        storage=cost.storage_gb * cost.storage_price_per_gb_month,
        network=requests * (size or 0.0) / BYTES_PER_GB * cost.egress_price_per_gb,
        monitoring=cost.monitoring_per_month,
    )
    return breakdown, notes


def _verdicts(plan: _Plan, per_inference: float, margin: float | None) -> tuple[bool | None, bool | None]:
    """Under the budget, and margin reached. With compute unpriced the cost is a lower bound: it can break a limit, not prove one kept.

    The throughput of another machine decides nothing: an H100's, at a T4's price, would pass any budget.
    """
    if plan.elsewhere:
        return None, None
    cost = plan.spec.cost
    budget = None if cost.budget_per_inference is None else per_inference < cost.budget_per_inference
    enough = None if margin is None else margin >= cost.margin - 1e-9  # 1 - 0.003 / 0.005 is 0.39999999999999997
    if unpriced(plan.price):
        return (None if budget else budget), (None if enough else enough)
    return budget, enough


def _elsewhere(spec: Spec, profile: Profile, measured_on: Profile | None) -> str:
    """Why the throughput is not known to be that of the profile's device; empty where it is, by measurement or by the spec's word."""
    if spec.endpoint is not None or (profile.id == LOCAL and measured_on is None):
        return ""
    if measured_on is None:
        return f"THROUGHPUT OF AN UNKNOWN MACHINE, PRICE OF {profile.name}: {NOT_JUDGED}"
    if same_device(measured_on, profile):
        return ""
    return f"THROUGHPUT MEASURED ON {measured_on.name}, PRICE OF {profile.name}: {NOT_JUDGED}"


def _notes(spec: Spec, profile: Profile, today: date | None) -> list[str]:
    notes = []
    if spec.cost.peak_to_mean is None:
        notes.append("peak_to_mean not given: sized for the mean rate; busier hours will miss the SLO.")
    if unpriced(profile.prices[0]):
        notes.append(
            "cost.price_per_hour not given: compute counts as 0, so the cost per inference holds only storage, network and monitoring."
        )
    if spec.endpoint is not None:
        notes.append(
            f"The endpoint is priced as {spec.serving.replicas} replica(s) on {profile.name}: that is the spec's word "
            "(hardware, serving.replicas, serving.gpus_per_replica), ftbench cannot see it."
        )
    else:
        notes.append("engine=transformers: the cost of this engine on this hardware, not the hardware's limit.")
    if today is not None and not unpriced(profile.prices[0]):
        notes += price_notes(profile, today)
    return notes
