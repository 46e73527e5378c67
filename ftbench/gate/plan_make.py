"""A measurement and a contract become a plan."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import ftbench
from ftbench.cost.demand import demand_shape
from ftbench.cost.plan_file import PlanFile
from ftbench.cost.pricing import refuse_doubtful_price
from ftbench.cost.setting import Setting, setting_of
from ftbench.errors import InputError
from ftbench.gate.plan_capacity import Found, capacity_at_cv, found_for, other_traffic, planned_capacity
from ftbench.gate.plan_deployed import deployed_fleets
from ftbench.gate.plan_fit import Simulator, simulator_of
from ftbench.gate.plan_inputs import Inputs
from ftbench.gate.plan_reproduced import reproduced
from ftbench.gate.plan_scale import plan_at_scale
from ftbench.gate.plan_simulate import capacity_of
from ftbench.gate.plan_verdict import verdict
from ftbench.load.trace import read_trace
from ftbench.metrics.goodput import limits
from ftbench.report import human
from ftbench.spec import Spec

STEADY = 0.85  # of what was sent, answered within the measured time; less is a queue that had no time to show


def make_plan(inputs: Inputs, folder: Path, *, today: date, strict: bool = False) -> PlanFile:
    """The whole plan.

    Args:
        folder: the plan's own, where the runs of fleets that were deployed for it lie.
        strict: a price that is stale, undated or from a third party is an error.
    Raises:
        InputError: no SLO, a scale that is not above 0, a price in another currency, or a doubtful one with `strict`.
    """
    refuse_unplannable(inputs.spec)
    if strict:
        refuse_doubtful_price(inputs.profile, today)
    found = found_for(inputs)
    spec = found.spec
    sim, sim_notes = simulator_of(inputs)
    times = read_trace(spec.path(spec.cost.demand_trace)).times_s if spec.cost.demand_trace else None
    shape = demand_shape(spec, times)
    setting = setting_of(
        spec,
        inputs.profile,
        found.load,
        measured_on=inputs.measured_on,
        today=today,
        found=found.file,
        shape=shape,
        capacity_at_cv=capacity_at_cv(sim) if sim and not sim.doubt else None,
    )
    setting = replace(setting, elsewhere=setting.elsewhere or inputs.elsewhere)
    scales = [plan_at_scale(setting, scale, inputs, sim, folder) for scale in spec.load.scales]
    valid = sum(run.summary.valid for run in inputs.runs)
    word, reasons = verdict(
        spec.cost, scales, attainment=spec.slo.attainment, valid_runs=valid, never=found.never, unknown=_unknown(setting, found, sim)
    )
    return PlanFile(
        run_id=inputs.folder.resolve().name,
        name=spec.name,
        source=inputs.source,
        model=inputs.model,
        variant=spec.variant,
        engine=inputs.engine,
        hardware=inputs.profile.id,
        hardware_name=f"{inputs.profile.name}, {inputs.profile.instance}",
        price=setting.price.source,
        currency=setting.price.currency,
        slo=limits(spec.slo),
        attainment=spec.slo.attainment,
        budget_per_inference=spec.cost.budget_per_inference,
        price_per_inference=spec.cost.price_per_inference,
        margin=spec.cost.margin,
        budget_quantile=spec.cost.budget_quantile,
        capacity=planned_capacity(setting, found, inputs),
        step_times=_step_times(sim),
        reproduced=reproduced(sim, inputs, deployed_fleets(scales, folder, spec.slo)) if sim else [],
        scales=scales,
        uncertain=setting.uncertain,
        verdict=word,
        reasons=reasons,
        notes=[*(note for note in setting.notes if note not in _of_capacity(setting)), *inputs.notes, *found.notes, *sim_notes],
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        ftbench_version=ftbench.__version__,
    )


def refuse_unplannable(spec: Spec) -> None:
    """
    Raises:
        InputError: there is nothing to plan for: no SLO, or a scale that is none.
    """
    if not limits(spec.slo):
        raise InputError(
            "The spec's slo names no limit, and a throughput is no capacity: any fleet would do. Give slo.ttft_s, slo.tpot_s or slo.e2e_s."
        )
    for scale in spec.load.scales:
        if not 0 < scale < float("inf"):
            raise InputError(f"scale {scale:g} is no multiple of today's traffic. Give numbers above 0, such as --scales 1,3,10.")


def _of_capacity(setting: Setting) -> list[str]:
    return setting.capacity.notes if setting.capacity else []


def _unknown(setting: Setting, found: Found, sim: Simulator | None) -> list[str]:
    """What keeps the verdict open, as sentences."""
    unknown = []
    if setting.capacity is None and not found.never:
        guess = ""
        if sim is not None and not sim.doubt and (rate := capacity_of(sim, 1)) > 0:
            guess = f" The simulator puts a replica at about {human.rate(rate)} (modelled)."
        unknown.append(
            f"No measured rate kept the SLO, so no fleet is sized.{guess} Find the rate that does: ftbench capacity, or a plan of the spec."
        )
    if (run := setting.capacity and setting.capacity.run) and run.requests_per_s < STEADY * min(run.achieved_rate, setting.capacity.rate):
        unknown.append(
            f"The {human.significant(run.scale)}x run that the capacity rests on was sent {human.rate(run.achieved_rate)} and answered "
            f"{human.rate(run.requests_per_s)} while it was measured: it was too short to show a steady state. Measure longer."
        )
    if setting.elsewhere:
        unknown.append(setting.elsewhere)
    if setting.price.unknown:
        unknown.append("The machine has no price, so compute counts as 0. Set cost.price_per_hour.")
    if other := other_traffic(setting, found, sim):
        unknown.append(other)
    return unknown


def _step_times(sim: Simulator | None) -> dict | None:
    if sim is None:
        return None
    steps = sim.fit.steps
    return {
        "batch": list(steps.batch),
        "seconds": list(steps.seconds),
        "prefill_s_per_token": steps.prefill_s_per_token,
        "prefill_s_per_step": steps.prefill_s_per_step,
        "overhead_s": steps.overhead_s,
        "batch_seen": list(sim.fit.batch_seen),
        "fitted_on_scale": sim.fitted_on.summary.scale,
        "basis": "modelled",
    }
