"""Planned fleets that were really deployed: where their runs lie, and what is read from them again."""

from math import isclose
from pathlib import Path

from ftbench.cost.plan_file import PlanAtScale
from ftbench.gate.plan_inputs import under
from ftbench.gate.plan_runs import Run, load_runs
from ftbench.spec.load import Slo


def folder_of(folder: Path, scale: float, replicas: int) -> Path:
    """Where the run of that many replicas at the peak of `scale` lies in a plan's folder."""
    return folder / "verified" / f"{scale:g}x-{replicas}-replicas"


def deployed(folder: Path, scale: float, replicas: int, peak_rate: float, slo: Slo) -> Run | None:
    """The run of the planned fleet at its peak [1/s], judged by `slo`; None where it was not deployed, or at another rate."""
    where = folder_of(folder, scale, replicas)
    if not (where / "requests.parquet").exists():
        return None
    run = under(load_runs(where)[0], slo)
    rate = run.summary.requested_rate
    if rate is None or not isclose(rate, peak_rate, rel_tol=0.01):
        return None
    return run._replace(summary=run.summary.model_copy(update={"scale": scale}))


def deployed_fleets(scales: list[PlanAtScale], folder: Path, slo: Slo) -> list[tuple[Run, int]]:
    """The runs of those of the planned fleets that were deployed, each with its number of replicas."""
    planned = [(at, at.fleet.replicas) for at in scales if at.fleet is not None]
    runs = [(deployed(folder, at.scale, replicas, at.demand.peak_rate, slo), replicas) for at, replicas in planned]
    return [(run, replicas) for run, replicas in runs if run is not None]
