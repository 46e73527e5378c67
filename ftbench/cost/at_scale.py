"""Load runs and a hardware profile become fleet, cost, margin and verdict on the budget at each scale. Formulas: docs/cost.md."""

from datetime import date

from ftbench.cost import bill
from ftbench.cost.basis import Basis, basis_of
from ftbench.cost.bill import Terms, terms_of
from ftbench.cost.capacity import why_not_held
from ftbench.cost.demand import DemandShape, demand_at
from ftbench.cost.fleet import replicas_needed
from ftbench.cost.monte_carlo import Outcome, monte_carlo
from ftbench.cost.result import CostAtScale
from ftbench.cost.setting import Setting, setting_of
from ftbench.metrics.capacity_file import CapacityFile
from ftbench.metrics.summary import LoadSummary
from ftbench.spec import Profile, Spec


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
