"""Load runs and a hardware profile become fleet, cost, margin and verdict on the budget at each scale. Formulas: docs/cost.md."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ftbench.cost import bill
from ftbench.cost.basis import Basis, basis_of, elsewhere
from ftbench.cost.bill import Terms, terms_of
from ftbench.cost.capacity import Capacity, measured_capacity, why_not_held
from ftbench.cost.demand import DemandShape, demand_at, demand_shape
from ftbench.cost.fleet import packing, replicas_needed
from ftbench.cost.found import found_capacity
from ftbench.cost.monte_carlo import Outcome, monte_carlo
from ftbench.cost.pricing import HourPrice, judged_price
from ftbench.cost.profiles import price_notes
from ftbench.cost.result import CostAtScale
from ftbench.cost.uncertain import CapacityAtCv, Unsure, unsure
from ftbench.metrics.capacity_file import CapacityFile
from ftbench.metrics.summary import LoadSummary
from ftbench.spec import Profile, Spec


@dataclass(frozen=True)
class Setting:
    """What is the same at every scale. `quantities` are what the Monte Carlo draws, `uncertain` says it in sentences.

    `elsewhere`: why the throughput is not known to be the profile's; empty where it is.
    """

    spec: Spec
    profile: Profile
    price: HourPrice
    load: list[LoadSummary]
    capacity: Capacity | None
    why_no_capacity: str
    per_instance: Fraction
    shape: DemandShape
    elsewhere: str
    quantities: list[Unsure]
    uncertain: list[str]
    notes: list[str]


def cost_at_scales(
    spec: Spec,
    profile: Profile,
    load: list[LoadSummary],
    *,
    measured_on: Profile | None = None,
    today: date | None = None,
    found: CapacityFile | None = None,
    served: str | None = None,
    shape: DemandShape | None = None,
) -> list[CostAtScale]:
    """Fleet and cost at each of `spec.load.scales`, in their order.

    A scale is `measured` when its own run held (valid, not saturated, SLO attained) on as many replicas as its fleet has, on the
    profile's device; otherwise `modelled` from the capacity. Where no run held there is no capacity, and replicas and cost are None: the
    highest throughput is never used in its place. For the arguments and what is raised see `setting_of`.
    """
    setting = setting_of(spec, profile, load, measured_on=measured_on, today=today, found=found, served=served, shape=shape)
    return [cost_at(setting, scale) for scale in spec.load.scales]


def setting_of(
    spec: Spec,
    profile: Profile,
    load: list[LoadSummary],
    *,
    measured_on: Profile | None = None,
    today: date | None = None,
    found: CapacityFile | None = None,
    served: str | None = None,
    shape: DemandShape | None = None,
    capacity_at_cv: CapacityAtCv | None = None,
) -> Setting:
    """Capacity, price and demand of a spec that was measured.

    Args:
        load: one summary a scale, of `spec.serving.replicas` replicas behind one address.
        measured_on: the machine that served, as `local_profile` describes it. None where it is not known, as with an endpoint.
        today: for the age of the price; without it nothing is said about age.
        found: what `cost.capacity` names, as `read_found` reads it.
        served: identity of what the load runs were of; see `found_capacity`.
        shape: of the demand; by default what the spec says without a trace.
        capacity_at_cv: see `unsure`.
    Raises:
        InputError: the spec counts in another currency than the profile, its purchase has no price, or its gpus_per_replica cannot be
            placed.
    """
    price = judged_price(spec, profile)
    shape = demand_shape(spec) if shape is None else shape
    capacity, why = _capacity(spec, load, found, served)
    quantities, uncertain = unsure(spec, capacity, capacity_at_cv=capacity_at_cv) if capacity else ([], [])
    return Setting(
        spec=spec,
        profile=profile,
        price=price,
        load=load,
        capacity=capacity,
        why_no_capacity=why,
        per_instance=packing(spec, profile),
        shape=shape,
        elsewhere=elsewhere(spec, profile, measured_on),
        quantities=quantities,
        uncertain=uncertain,
        notes=[*_notes(spec, profile, price, shape, today), *(capacity.notes if capacity else [])],
    )


def cost_at(setting: Setting, scale: float) -> CostAtScale:
    """One scale's fleet and cost.

    Raises:
        InputError: `scale` is not above 0.
    """
    if setting.capacity is None:
        return _unsized(setting, scale)
    terms, basis = terms_at(setting, scale)
    cost, price = setting.spec.cost, setting.price
    replicas, instances = int(bill.replicas_of(terms)), int(bill.instances_of(terms))
    each, month = float(bill.cost_per_inference(terms)), float(bill.cost_per_month(terms))
    margin = bill.margin(cost.price_per_inference, each)
    drawn = drawn_at(setting, terms) if setting.quantities else None
    # The fleet that is planned has a price too, whatever the draws say: no budget is kept that it breaks.
    judged = max(each, drawn.budget_quantile_cost) if drawn else each
    within_budget, within_margin = _verdicts(setting, judged, margin)
    floor = price.per_hour / float(terms.per_instance) / (terms.capacity * 3600 * setting.capacity.run.attainment)
    return CostAtScale(
        scale=scale,
        basis=basis.word,
        basis_note=basis.note,
        mean_rate=terms.mean_rate,
        peak_rate=terms.peak_rate,
        capacity_per_replica=terms.capacity,
        replicas=replicas,
        instances=instances,
        utilisation=terms.mean_rate / (replicas * terms.capacity),
        cost_per_inference=each,
        cost_per_inference_at_capacity=floor,
        cost_p10=drawn and drawn.cost_per_inference.p10,
        cost_p50=drawn and drawn.cost_per_inference.p50,
        cost_p90=drawn and drawn.cost_per_inference.p90,
        budget_quantile_cost=judged,
        share_within_budget=drawn and drawn.share_within_budget,
        good_requests_per_month=bill.requests_per_month(terms) * terms.good_share,
        cost_per_million_tokens=bill.per_million_tokens(terms, each),
        cost_per_month=month,
        margin=margin,
        within_budget=within_budget,
        within_margin=within_margin,
        breakdown=bill.breakdown(terms, instances),
        currency=price.currency,
        price_source=price.source,
        purchase=price.purchase,
        notes=[
            f"{sizing_formula(terms)}, on {instances} x {setting.profile.instance}.",
            f"Self-hosted formula, one replica never idle: {price.currency} an hour / good requests an hour = {floor:.3g}.",
            *_network_notes(setting, basis.run),
            " ".join(setting.uncertain),
            *setting.notes,
        ],
    )


def terms_at(setting: Setting, scale: float) -> tuple[Terms, Basis]:
    """The terms of one scale and what they rest on. Needs a capacity.

    Raises:
        InputError: `scale` is not above 0.
    """
    capacity, cost = setting.capacity, setting.spec.cost
    mean, peak = demand_at(setting.spec, scale, setting.shape)
    replicas = replicas_needed(peak, capacity.per_replica, headroom=cost.headroom, spare=cost.spare_replicas, least=cost.min_replicas)
    basis = basis_of(setting.spec, setting.load, capacity, scale, replicas=replicas, peak=peak, elsewhere=setting.elsewhere)
    terms = terms_of(
        cost,
        mean_rate=mean,
        peak_to_mean=setting.shape.peak_to_mean or 1.0,
        capacity=capacity.per_replica,
        per_hour=setting.price.per_hour,
        per_instance=setting.per_instance,
        good_share=basis.run.attainment,  # of a run that held, so neither None nor 0
        received_bytes=basis.run.received_bytes_mean,
        output_tokens=basis.run.output_tokens_mean,
    )
    return terms, basis


def drawn_at(setting: Setting, terms: Terms) -> Outcome:
    """The Monte Carlo of one scale, as the spec asks for it."""
    cost = setting.spec.cost
    return monte_carlo(
        terms,
        setting.quantities,
        draws=cost.uncertainty.draws,
        seed=cost.uncertainty.seed,
        budget=cost.budget_per_inference,
        budget_quantile=cost.budget_quantile,
    )


def sizing_formula(terms: Terms) -> str:
    """How the number of replicas comes about, with its numbers in it."""
    return (
        f"Replicas: {int(bill.replicas_of(terms))} = max({max(1, terms.min_replicas)}, ceil({terms.peak_rate:g} / "
        f"({terms.capacity:.4g} x {terms.headroom:g}))) + {terms.spare} spare"
    )


def _capacity(spec: Spec, load: list[LoadSummary], found: CapacityFile | None, served: str | None) -> tuple[Capacity | None, str]:
    slo = spec.slo
    if slo.ttft_s is None and slo.tpot_s is None and slo.e2e_s is None:
        return None, "slo names no limit (ttft_s, tpot_s or e2e_s), so no rate can be called capacity and no fleet size can be named"
    capacity = found_capacity(found, load, spec, served=served) if found else measured_capacity(load, spec.serving.replicas, slo)
    if capacity is None:
        return None, "no measured rate met the SLO, so no fleet size can be named"
    return capacity, ""


def _unsized(setting: Setting, scale: float) -> CostAtScale:
    mean, peak = demand_at(setting.spec, scale, setting.shape)
    why = [f"{run.scale:g}x: {reason}" for run in setting.load if (reason := why_not_held(run, setting.spec.slo))]
    return CostAtScale(
        scale=scale,
        basis="modelled",
        basis_note=f"{setting.why_no_capacity[0].upper()}{setting.why_no_capacity[1:]}.",
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
        currency=setting.price.currency,
        price_source=setting.price.source,
        purchase=setting.price.purchase,
        notes=[*([] if setting.load else ["No load was measured."]), *why, *setting.notes],
    )


def _verdicts(setting: Setting, per_inference: float, margin: float | None) -> tuple[bool | None, bool | None]:
    """Under the budget, and margin reached. With compute unpriced the cost is a lower bound: it can break a limit, not prove one kept.

    The throughput of another machine decides nothing: an H100's, at a T4's price, would pass any budget.
    """
    if setting.elsewhere:
        return None, None
    cost = setting.spec.cost
    budget = None if cost.budget_per_inference is None else per_inference < cost.budget_per_inference
    enough = None if margin is None else bill.margin_kept(margin, cost.margin)
    if setting.price.unknown:
        return (None if budget else budget), (None if enough else enough)
    return budget, enough


def _network_notes(setting: Setting, run: LoadSummary) -> list[str]:
    if setting.spec.cost.egress_price_per_gb and run.received_bytes_mean is None:
        return ["Network is not priced: the load run recorded no response sizes."]
    return []


def _notes(spec: Spec, profile: Profile, price: HourPrice, shape: DemandShape, today: date | None) -> list[str]:
    notes = []
    if shape.peak_to_mean is None:
        notes.append("peak_to_mean not given: sized for the mean rate; busier hours will miss the SLO.")
    elif spec.cost.demand_trace is not None:
        notes.append(f"Peak to mean {shape.peak_to_mean:.4g}: {shape.source}.")
    if not spec.cost.bursts_pool and spec.serving.replicas > 1:
        notes.append(
            f"cost.bursts_pool is false, but the capacity was measured on {spec.serving.replicas} replicas, which smooth bursts together: "
            "one alone may hold less. Measure with serving.replicas: 1."
        )
    if price.unknown:
        notes.append(
            "cost.price_per_hour not given: compute counts as 0, so the cost per inference holds only storage, network, gateway and "
            "monitoring."
        )
    if spec.endpoint is not None:
        notes.append(
            f"The endpoint is priced as {spec.serving.replicas} replica(s) on {profile.name}: that is the spec's word "
            "(hardware, serving.replicas, serving.gpus_per_replica), ftbench cannot see it."
        )
    else:
        notes.append("engine=transformers: the cost of this engine on this hardware, not the hardware's limit.")
    notes += price.notes
    if today is not None and price.listed is not None and not price.unknown:
        notes += price_notes(profile.model_copy(update={"prices": [price.listed]}), today)
    return notes
