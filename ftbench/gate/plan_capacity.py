"""Which capacity a plan is sized with, and what the simulator knows of it beyond the traffic that was measured."""

from math import isclose
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ftbench.cost.capacity import highest_throughput, why_not_held
from ftbench.cost.found import read_found
from ftbench.cost.plan_file import PlannedCapacity
from ftbench.cost.setting import Setting
from ftbench.cost.uncertain import CapacityAtCv
from ftbench.errors import InputError
from ftbench.gate.plan_fit import Simulator
from ftbench.gate.plan_inputs import Inputs
from ftbench.gate.plan_simulate import capacity_of
from ftbench.gate.plan_traffic import arrival_cv
from ftbench.load.arrivals import gamma
from ftbench.metrics.capacity_file import CapacityFile
from ftbench.metrics.goodput import limits
from ftbench.metrics.summary import LoadSummary
from ftbench.report import human
from ftbench.spec import Spec

CVS = 5  # points at which capacity over burstiness is simulated


class Found(NamedTuple):
    """What a search says, the runs that count beside it, and why no fleet of any size keeps the SLO (empty where one may)."""

    spec: Spec
    file: CapacityFile | None
    load: list[LoadSummary]
    never: str
    notes: list[str]


def found_for(inputs: Inputs) -> Found:
    """The search beside the runs, or the one that the spec names.

    Raises:
        InputError: it is another promise's, or has not ended.
    """
    spec, file = inputs.spec, inputs.capacity
    # a search looks on both sides of its limit; what it missed is in its interval already
    load = [run.summary for run in inputs.runs if not run.probe or why_not_held(run.summary, spec.slo) is None]
    if file is None:
        return Found(spec, read_found(spec), load, "", [])
    where = inputs.capacity_folder
    spec = spec.but(cost=spec.cost.model_copy(update={"capacity": str(_short(where))}))
    if file.state == "running" and where.parent == inputs.folder:
        again = f"ftbench plan SPEC --resume {inputs.folder.resolve().name}"
        note = f"The capacity search of this run has not ended: {again}. Until then the rates that were kept count."
        return Found(spec, None, load, "", [note])
    if file.state == "running":
        raise InputError(f"The search in {where} has not ended. Go on with it: ftbench capacity ... --resume.")
    if file.state == "none":
        fleet = human.plural(spec.serving.replicas, "replica")
        never = f"No rate keeps the SLO on {fleet}: the search in {where.name} tried {len(file.probes)}, and none was kept."
        return Found(spec, None, load, never, file.notes)
    if file.state == "invalid":
        note = f"The search in {where.name} ended at the client's limit, not the server's; the rates that were kept count in its place."
        return Found(spec, None, load, "", [note])
    _refuse_other_promise(file, spec, where)
    return Found(spec, file, load, "", [])


def planned_capacity(setting: Setting, found: Found, inputs: Inputs) -> PlannedCapacity | None:
    """What the fleet is sized with, per replica."""
    capacity = setting.capacity
    if capacity is None:
        return None
    replicas = capacity.replicas
    low, high = capacity.interval or _of_file(found.file, replicas)
    return PlannedCapacity(
        sized_on=capacity.per_replica,
        estimate=capacity.estimate,
        low=low,
        high=high,
        confidence=capacity.confidence,
        seeds=capacity.searches,
        max_throughput=highest_throughput([run.summary for run in inputs.runs], replicas),
        replicas_measured=replicas,
        arrivals=capacity.run.arrivals,
        arrival_cv=_measured_cv(capacity.run),
        source=capacity.source,
        basis="measured",
        notes=capacity.notes,
    )


def capacity_at_cv(sim: Simulator) -> CapacityAtCv | None:
    """How capacity changes with the coefficient of variation of the gaps, relative to the declared one; simulated with gamma gaps.

    None where nobody asks (cost.uncertainty.arrival_cv), or the declared traffic has no one CV to be relative to.
    """
    spread, declared = sim.spec.cost.uncertainty.arrival_cv, arrival_cv(sim.spec)
    if spread is None or not declared:
        return None
    grid = np.geomspace(min(spread.low, declared) * 0.7, max(spread.high, declared) * 1.4, CVS)
    replicas = sim.spec.serving.replicas

    def at(cv: float) -> float:
        return capacity_of(sim, replicas, arrivals=lambda rate, duration_s, rng: gamma(rate, duration_s, rng, cv))

    base = at(declared)
    if base <= 0:
        return None
    shares = np.array([at(float(cv)) for cv in grid]) / base
    return lambda cvs: np.maximum(np.interp(np.log(cvs), np.log(grid), shares), 1e-3)


def other_traffic(setting: Setting, found: Found, sim: Simulator | None) -> str:
    """Why the measured capacity is not that of the declared traffic; empty where it is."""
    if setting.capacity is None:
        return ""
    measured, cv = setting.capacity.run.arrivals, _measured_cv(setting.capacity.run)
    load = setting.spec.load
    declared = arrival_cv(setting.spec)
    if measured.partition(",")[0] == load.arrivals and (cv is None or declared is None or abs(cv - declared) <= 0.05 * max(cv, 1e-9)):
        return ""
    guess = ""
    if sim is not None and not sim.doubt:
        rate = capacity_of(sim, setting.capacity.replicas) / setting.capacity.replicas
        guess = f" Simulated, a replica holds {human.rate(rate)} of it (modelled)."
    name = load.arrivals if load.cv is None else f"{load.arrivals}, CV {load.cv:g}"
    return f"The capacity was measured under {measured} arrivals, and the spec declares {name}: measure under that.{guess}"


def _refuse_other_promise(file: CapacityFile, spec: Spec, where: Path) -> None:
    """
    Raises:
        InputError: the search was for another SLO, and at a looser one the same server carries more.
    """
    mine = {**limits(spec.slo), "attainment": spec.slo.attainment}
    theirs = {**file.slo, "attainment": file.target}
    if mine.keys() != theirs.keys() or any(not isclose(mine[name], theirs[name]) for name in mine):
        then, now = (", ".join(f"{name} {value:g}" for name, value in sorted(slo.items())) for slo in (theirs, mine))
        raise InputError(f"The search in {where} was for {then}; the spec promises {now}. Search again under this one: ftbench capacity.")


def _measured_cv(run: LoadSummary) -> float | None:
    kind, _, rest = run.arrivals.partition(",")
    if kind == "gamma" and "CV " in rest:
        return float(rest.partition("CV ")[2].split(",")[0])
    return {"poisson": 1.0, "constant": 0.0}.get(kind)


def _of_file(file: CapacityFile | None, replicas: int) -> tuple[float | None, float | None]:
    """The bracket of a search without chance in it."""
    low, high = (file.interval if file is not None and file.interval else None) or (None, None)
    return low and low / replicas, high and high / replicas


def _short(folder: Path) -> Path:
    """A path of this machine is nobody's business; the last two parts tell which search it was."""
    return Path(*folder.resolve().parts[-2:])
