"""One multiple of today's traffic: its demand, its fleet, what that costs in every way to pay, and what was seen and simulated of it."""

from pathlib import Path

from ftbench.cost import bill
from ftbench.cost.at_scale import cost_at, drawn_at, sizing_formula, terms_at
from ftbench.cost.break_even import api_cost_per_inference, break_even
from ftbench.cost.options import options
from ftbench.cost.plan_file import Demand, Fleet, PlanAtScale, Quantiles, SeenAtScale
from ftbench.cost.result import CostAtScale
from ftbench.cost.setting import Setting
from ftbench.gate.plan_deployed import deployed
from ftbench.gate.plan_fit import Simulator
from ftbench.gate.plan_inputs import Inputs, at_scale
from ftbench.gate.plan_seen import seen
from ftbench.gate.plan_simulate import LONGEST, MOST_REPLICAS, at_peak, capacity_of, fewest_replicas, waits
from ftbench.gate.plan_traffic import arrival_cv, whole_shape
from ftbench.report import human
from ftbench.spec import Spec

LOOK_AHEAD = 10.0  # break-even is sought up to this many times the volume of the largest scale


def plan_at_scale(setting: Setting, scale: float, inputs: Inputs, sim: Simulator | None, folder: Path) -> PlanAtScale:
    """The plan at `scale`; without a capacity no fleet and no cost, and the notes say why.

    Args:
        folder: the plan's own, where the run of its fleet lies if it was deployed.
    """
    spec, cost = setting.spec, cost_at(setting, scale)
    fleet = _fleet(setting, scale, cost, sim) if cost.replicas is not None else None
    run = at_scale(inputs, scale)
    verified = _verified(setting, scale, cost, fleet, folder) if fleet else None
    ran = verified is not None and verified.held and not setting.elsewhere
    at = PlanAtScale(
        scale=scale,
        basis="measured" if ran else cost.basis,
        basis_note=f"The planned fleet of {fleet.replicas} was deployed and held its peak." if ran else cost.basis_note,
        demand=_demand(setting, cost, sim),
        fleet=fleet,
        options=[],
        cost_per_inference=None,
        cost_per_month=None,
        budget_quantile_cost=cost.budget_quantile_cost,
        share_within_budget=cost.share_within_budget,
        within_budget=cost.within_budget,
        within_margin=cost.within_margin,
        seen=seen(run.summary, spec.slo, replicas=spec.serving.replicas, planned=fleet) if run else None,
        verified=verified,
        notes=[] if fleet else [note for note in cost.notes if note not in setting.notes],
    )
    if fleet is None:
        return at
    terms, _ = terms_at(setting, scale)
    drawn = drawn_at(setting, terms)
    update = {
        "options": options(terms, spec, setting.profile, setting.shape, reload_s=inputs.startup_s),
        "cost_per_inference": drawn.cost_per_inference if setting.quantities else _certain(cost.cost_per_inference),
        "cost_per_month": drawn.cost_per_month if setting.quantities else _certain(cost.cost_per_month),
        "tornado": drawn.tornado,
        "notes": [*_network_notes(setting, cost), *_simulated_notes(fleet, cost, sim)],
        **_break_even(setting, terms, at.demand, scale),
    }
    return at.model_copy(update=update)


def _verified(setting: Setting, scale: float, cost: CostAtScale, fleet: Fleet, folder: Path) -> SeenAtScale | None:
    run = deployed(folder, scale, fleet.replicas, cost.peak_rate, setting.spec.slo)
    return seen(run.summary, setting.spec.slo, replicas=fleet.replicas, planned=fleet, verifying=True) if run else None


def _demand(setting: Setting, cost: CostAtScale, sim: Simulator | None) -> Demand:
    spec, shape = setting.spec, setting.shape
    return Demand(
        mean_rate=cost.mean_rate,
        peak_rate=cost.peak_rate,
        peak_to_mean=shape.peak_to_mean,
        peak_to_mean_source=shape.source,
        arrivals=spec.load.arrivals if spec.load.cv is None else f"{spec.load.arrivals}, CV {spec.load.cv:g}",
        arrival_cv=arrival_cv(spec),
        prompt_tokens_mean=float(sim.prompts.mean()) if sim else None,
        output_tokens_mean=float(sim.outputs.mean()) if sim else None,
    )


def _fleet(setting: Setting, scale: float, cost: CostAtScale, sim: Simulator | None) -> Fleet:
    spec, peak = setting.spec, cost.peak_rate
    terms, _ = terms_at(setting, scale)
    fleet = Fleet(
        replicas=cost.replicas,
        spare=spec.cost.spare_replicas,
        gpus_per_replica=_gpus(spec, setting),
        instances=cost.instances,
        seats=int(cost.instances * setting.per_instance),
        instance=setting.profile.instance,
        utilisation=cost.utilisation,
        formula=f"{sizing_formula(terms)}, on {cost.instances} x {setting.profile.instance}.",
    )
    if sim is None or sim.doubt or setting.elsewhere or cost.replicas > MOST_REPLICAS:
        return fleet
    whole = at_peak(sim, peak, cost.replicas)
    return fleet.model_copy(
        update={
            "simulated_replicas": fewest_replicas(sim, peak, cost.replicas, whole),
            "simulated_capacity": capacity_of(sim, cost.replicas),
            "simulated_ttft_p99_s": whole.ttft_p99_s,
            "simulated_e2e_p99_s": whole.e2e_p99_s,
            "simulated_attainment": whole.attainment,
            "queueing_wait_mean_s": waits(sim, peak, cost.replicas),
        }
    )


def _gpus(spec: Spec, setting: Setting) -> float:
    if setting.profile.kind == "cpu":
        return 0.0
    return 1.0 if spec.serving.gpus_per_replica is None else spec.serving.gpus_per_replica


def _certain(amount: float) -> Quantiles:
    """Where nothing is drawn all quantiles are the one amount."""
    return Quantiles(p10=amount, p50=amount, p90=amount)


def _break_even(setting: Setting, terms: bill.Terms, demand: Demand, scale: float) -> dict:
    api = setting.spec.cost.api
    if api is None:
        return {}
    each = api_cost_per_inference(api, demand.prompt_tokens_mean, demand.output_tokens_mean)
    if each is None:
        return {"break_even_note": f"Against {api.name}: the lengths of the requests are not known, so its price for one is not."}
    volume = LOOK_AHEAD * max(setting.spec.load.scales) * setting.spec.load.rate * bill.SECONDS_PER_MONTH
    found = break_even(terms, each, up_to_requests=volume)
    price = f"{human.money(each, setting.spec.cost.currency)} for a request ({api.retrieved}, {api.source})"
    mine = ""
    if found.requests_per_month is not None:
        mine = f" {human.scale(scale)} has {human.significant(bill.requests_per_month(terms))} a month."
    return {
        "api_cost_per_inference": each,
        "break_even_requests_per_month": found.requests_per_month,
        "break_even_note": f"Cheaper than {api.name} at {price}: {_lower(found.note)}{mine}",
    }


def _network_notes(setting: Setting, cost: CostAtScale) -> list[str]:
    return [note for note in cost.notes if note.startswith("Network") and note not in setting.notes]


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _simulated_notes(fleet: Fleet, cost: CostAtScale, sim: Simulator | None) -> list[str]:
    if sim is None or sim.doubt:
        return []
    if fleet.simulated_attainment is None:
        why = "it is another machine's price" if cost.replicas <= MOST_REPLICAS else f"more than {MOST_REPLICAS} replicas"
        return [f"The fleet is not simulated: {why}."]
    if (whole := whole_shape(sim.spec, cost.peak_rate)) > LONGEST:
        return [f"The traffic takes {whole:,} requests to show its whole shape; {LONGEST:,} were simulated, so the rush is too short."]
    return []
