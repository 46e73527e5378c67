"""The sentences of a plan that every rendering shares."""

from ftbench.cost.plan_file import Option, PlanAtScale, PlanFile, Reproduced, Swing
from ftbench.report import human
from ftbench.report.matrix import shared

HEADLINE = {
    "VIABLE": "Viable",
    "NOT_VIABLE": "Not viable",
    "NEEDS_REVIEW": "A person must decide",
    "INVALID": "No plan: the measurement is not valid",
}
PURCHASE = {"on_demand": "on demand", "spot": "spot", "reserved": "reserved", "owned": "owned"}
SIZING = {"peak": "sized for the peak, around the clock", "autoscaled": "ideally autoscaled, hour by hour"}

GLOSSARY = {
    "Capacity": "The highest arrival rate at which the agreed share of the requests is good. The highest throughput is another figure: "
    "it is reached with a growing queue, and no fleet is sized with it.",
    "Measured, modelled": "Measured: seen on this very fleet at this rate. Modelled: computed from a measurement, or simulated.",
    "Peak": "The busiest hour's requests per second: the mean times the peak to mean.",
    "Replica, instance": "A replica is one copy of the model. Instances are what a cloud rents; an instance may hold several replicas.",
    "Spare": "Replicas that may fail without a promise broken.",
    "Utilisation": "The mean demand over what all replicas could serve, spares included.",
    "p10, p50, p90": "Of the futures that the plan draws, 10, 50 or 90 in 100 cost less than this.",
    "Cost per inference": "All that is paid in a month over the good requests of a month: one that failed or came too late is paid for and "
    "not sold.",
    "Simulated": "A discrete-event simulation of continuous batching, with step times fitted to the measurement.",
    "Break-even": "The volume from which on this deployment is cheaper than the per-token API.",
}


def headline(plan: PlanFile) -> str:
    """The verdict in a few words."""
    return HEADLINE[plan.verdict]


def sentence(plan: PlanFile) -> str:
    """What the verdict rests on."""
    scales = human.listed([human.scale(s.scale) for s in plan.scales])
    match plan.verdict:
        case "VIABLE":
            return f"At {scales} {_kept(plan)}."
        case "NOT_VIABLE":
            return "What was promised and what it costs do not go together; the reasons are below."
        case "NEEDS_REVIEW":
            return "The plan stands, but something that the verdict needs is not known."
    return "No load run is valid, so nothing can be planned from it."


def _kept(plan: PlanFile) -> str:
    parts = []
    if plan.budget_per_inference is not None:
        budget = human.money(plan.budget_per_inference, plan.currency)
        parts.append(f"the {quantile(plan)} of the cost per inference stays under the budget of {budget}")
    if plan.price_per_inference is not None:
        parts.append(f"the margin is at least {human.percent(plan.margin)}")
    return human.listed(parts) if parts else "nothing is promised"


def quantile(plan: PlanFile) -> str:
    """ "p90": the quantile that the budget is held against."""
    return f"p{human.significant(100 * plan.budget_quantile)}"


def promise(plan: PlanFile) -> str:
    """The SLO in words."""
    named = [f"{name.removesuffix('_s').upper()} {human.duration(limit)}" for name, limit in plan.slo.items()]
    return f"{human.percent(plan.attainment)} of the requests within {human.listed(named)}" if named else "no SLO"


def model_line(plan: PlanFile) -> str:
    """What serves: model, variant and engine, so that nobody reads a cost as the hardware's limit."""
    return f"{human.clip(plan.model, 120)}, {plan.variant}, engine={plan.engine}"


def capacity_line(plan: PlanFile) -> str:
    """What one replica holds, what the fleet is sized with, and what it is not sized with."""
    found = plan.capacity
    if found is None:
        return "The capacity of a replica is not known: no measured rate kept the SLO."
    bounds = human.interval((found.low, found.high), "requests/s")
    kind = "between" if found.confidence is None else f"{human.percent(found.confidence)} interval"
    seeds = f" over {human.plural(found.seeds, 'search', 'searches')}" if found.seeds else ""
    sure = f"; {kind} {bounds}{seeds}" if bounds else ""
    most = ""
    if found.max_throughput is not None:
        most = f" The most that was ever answered, {human.rate(found.max_throughput)} a replica, is not capacity and sizes nothing."
    return (
        f"One replica is planned at {human.rate(found.sized_on)} ({found.basis}: {found.source}{sure}), under {found.arrivals} arrivals on "
        f"{human.plural(found.replicas_measured, 'replica')}.{most}"
    )


def judged(at: PlanAtScale) -> Option | None:
    """The way to pay and to size that budget and margin are judged on."""
    return next((option for option in at.options if option.judged), None)


def fleet_line(at: PlanAtScale) -> str:
    """The fleet in a few words: "3 replicas (1 spare) on 3 x g6.xlarge"."""
    fleet = at.fleet
    if fleet is None:
        return human.MISSING
    spare = f" ({fleet.spare} spare)" if fleet.spare else ""
    empty = f", {fleet.seats - fleet.replicas} of {fleet.seats} places empty" if fleet.seats > fleet.replicas else ""
    return f"{human.plural(fleet.replicas, 'replica')}{spare} on {fleet.instances:,} x {fleet.instance}{empty}"


def costs(at: PlanAtScale, currency: str, per: int) -> str:
    """ "USD 0.28 (0.2 to 0.83)": the planned fleet's cost of `per` inferences, and p10 to p90 of what was drawn."""
    option, found = judged(at), at.cost_per_inference
    if option is None or option.cost_per_inference is None or found is None:
        return human.MISSING
    drawn = f"{human.significant(found.p10 * per)} to {human.significant(found.p90 * per)}"
    return f"{human.money(option.cost_per_inference * per, currency)} ({drawn})"


def simulated(at: PlanAtScale) -> str:
    """What the simulator says of the fleet."""
    fleet = at.fleet
    if fleet is None or fleet.simulated_attainment is None:
        return ""
    says = f"Simulated at the peak of {human.rate(at.demand.peak_rate)}: {human.percent(fleet.simulated_attainment)} good, "
    if fleet.simulated_ttft_p99_s is None:
        says += "more than this fleet can serve for long"
    else:
        says += f"TTFT p99 {human.duration(fleet.simulated_ttft_p99_s)}, whole response p99 {human.duration(fleet.simulated_e2e_p99_s)}"
    if fleet.simulated_capacity is not None:
        whole = "the replica holds" if fleet.replicas == 1 else f"all {fleet.replicas} replicas together hold"
        says += f"; {whole} {human.rate(fleet.simulated_capacity)}"
    if fleet.simulated_replicas is not None:
        says += f"; {human.plural(fleet.simulated_replicas, 'replica')} would do without spares and headroom"
    return f"{says} (modelled)."


def band(at: PlanAtScale) -> str:
    """Allen-Cunneen's two mean waits."""
    waits = at.fleet and at.fleet.queueing_wait_mean_s
    if not waits:
        return ""
    low, high = ("unstable" if wait is None else "under 1 µs" if wait < 1e-6 else human.duration(wait) for wait in waits)
    return f"Mean wait by queueing formula (Allen-Cunneen): {low} with every slot a server, {high} with every replica a server (modelled)."


def tornado_lines(at: PlanAtScale, currency: str, per: int, unit: str) -> list[str]:
    """Each uncertain quantity with its range and what that does to the cost, the strongest first."""
    ordered = sorted(at.tornado, key=lambda s: -abs(s.cost_at_high - s.cost_at_low))
    return [
        f"{s.name} of {swing_range(s)}: "
        f"{human.money(s.cost_at_low * per, currency)} to {human.money(s.cost_at_high * per, currency)} {unit}"
        for s in ordered
    ]


def swing_range(s: Swing) -> str:
    """ "8 to 13 requests/s today": the low and the high value of a bar."""
    return f"{human.significant(s.low_value)} to {human.significant(s.high_value)} {s.unit}".rstrip()


def reproduced_line(one: Reproduced) -> str:
    """A figure as measured and as simulated."""
    kind = "fitted" if one.fitted else "predicted"
    return f"{one.what}: measured {human.value(one.measured, one.unit)}, {kind} {human.value(one.simulated, one.unit)}, {error(one)}"


def reproduced_lines(plan: PlanFile) -> list[str]:
    """A line a run: "3x, 6 /s, fitted: TTFT p50 +3.2 %, ..."; then each figure that belongs to none."""
    runs: dict[tuple[str, bool], list[str]] = {}
    alone = []
    for one in plan.reproduced:
        figure, at, run = one.what.partition(" at ")
        if at:
            runs.setdefault((run, one.fitted), []).append(f"{figure} {error(one)}")
        else:
            alone.append(reproduced_line(one))
    return [f"{run}, {'fitted' if fitted else 'predicted'}: {', '.join(figures)}" for (run, fitted), figures in runs.items()] + alone


def error(one: Reproduced) -> str:
    """The simulator's relative error with its sign."""
    shown = human.percent(abs(one.error))
    return "exact" if one.error == 0 else f"{'+' if one.error > 0 else '−'}{shown}"


def sentences(plan: PlanFile) -> list[tuple[str, str]]:
    """(scales, sentence): what was seen, verified and simulated at each, and where it breaks even."""
    told = []
    for at in plan.scales:
        lines = [at.seen.sentence if at.seen else "", at.verified.sentence if at.verified else "", simulated(at), at.break_even_note]
        told.append((human.scale(at.scale), [line for line in lines if line]))
    return shared(told)
