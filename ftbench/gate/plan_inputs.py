"""What a plan is made from: runs that were measured, and the contract that they are read under."""

from math import isclose
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from ftbench.cost.local import LOCAL
from ftbench.errors import InputError
from ftbench.gate.plan_runs import Run, gate_runs, load_runs, search_runs, sweep_runs
from ftbench.gate.plan_served import facts_of, measured_on, model_name, other_than_said, planned_profile, refuse_too_large
from ftbench.gate.run_folder import RunFolder
from ftbench.metrics.capacity_file import CapacityFile, read_capacity
from ftbench.metrics.goodput import are_good, limits
from ftbench.metrics.summarise import summarise
from ftbench.spec import Profile, Spec, read_spec
from ftbench.spec.load import Slo


class Inputs(NamedTuple):
    """Everything that is known before anything is computed.

    `spec` is the contract; its model, endpoint and serving are those that were measured. `runs` ascend by scale, and are read under the
    spec's SLO. `measured_on` is None where the machine is not known. `source` says in words where the measurement lies.
    """

    spec: Spec
    profile: Profile
    runs: list[Run]
    capacity: CapacityFile | None
    capacity_folder: Path | None
    measured_on: Profile | None
    model: str
    engine: str
    startup_s: float | None
    folder: Path
    source: str
    notes: list[str]
    elsewhere: str = ""
    """Why the throughput is not that of `profile`, where it takes the spec's word for the machine and --hardware names another."""


def is_run(path: Path) -> bool:
    """Whether `path` holds a measurement, and not a spec that is still to be measured."""
    if path.is_file():
        return path.name in ("report.json", "requests.parquet", "capacity.json", "sweep.json", "plan.json")
    names = ("requests.parquet", "report.json", "capacity.json", "sweep.json", "run.log")
    return path.is_dir() and any((path / name).exists() for name in names)


def read_inputs(
    run: Path,
    *,
    spec: Path | Spec | None = None,
    capacity: Path | None = None,
    hardware: str | None = None,
    scales: list[float] | None = None,
) -> Inputs:
    """The measurement in `run` under the contract of `spec`, by default the one that it was made for.

    Args:
        run: the folder of a gate, of `ftbench capacity`, `ftbench sweep` or `ftbench load`, or its main file.
        spec: cost, SLO, hardware and traffic of today; needed for all but a gate's run, which has its own.
        capacity: a folder of `ftbench capacity` whose answer sizes the fleet.
        hardware: another profile than the spec's.
        scales: other multiples than the spec's.
    Raises:
        InputError: there is no finished measurement, no contract, or they do not belong together.
    """
    folder = run.parent if run.is_file() else run
    own = folder / "spec.yaml"
    ran = _spec_of_run(folder) if own.exists() else None
    given = read_spec(spec) if isinstance(spec, Path) else spec
    found = given or ran
    if found is None:
        raise InputError(f"{folder} holds a measurement and no contract. Name the spec with prices, SLO and today's rate: --spec SPEC.")
    if given is not None and ran is not None:
        found = _same_target(given, ran, folder)
    by_word, found = found.hardware, _changed(found, hardware, scales)
    runs, kind = _runs(folder)
    search = capacity or next((f for f in (folder, folder / "capacity") if (f / "capacity.json").exists()), None)
    limit = read_capacity(search) if search is not None else None
    if search is not None and search != folder:
        runs += search_runs(search)
    runs = [_rescaled(under(one, found.slo), found, ran) for one in runs]
    runs.sort(key=lambda one: one.summary.scale)
    facts = facts_of(folder)
    where = RunFolder(folder).read_json(folder / "environment.json")
    profile = planned_profile(found, where)
    refuse_too_large(found, profile, facts.get("weight_bytes"))
    return Inputs(
        spec=found,
        profile=profile,
        runs=runs,
        capacity=limit,
        capacity_folder=search,
        measured_on=measured_on(found, where) if ran is not None else None,
        model=facts.get("model") or model_name(found),
        engine=facts.get("engine") or ("external" if found.endpoint else "transformers"),
        startup_s=facts.get("startup_s"),
        folder=folder,
        source=f"{kind} {folder.resolve().name}",
        notes=_notes(found, ran, kind),
        elsewhere=other_than_said(found, by_word, profile),
    )


def at_scale(inputs: Inputs, scale: float) -> Run | None:
    """The run at that multiple of today's traffic; of several the longest that is no probe of a search."""
    own = [run for run in inputs.runs if run.summary.loop == "open" and isclose(run.summary.scale, scale, rel_tol=1e-6)]
    return max(own, key=lambda run: (not run.probe, run.summary.n), default=None)


def _runs(folder: Path) -> tuple[list[Run], str]:
    if (folder / "spec.yaml").exists():
        return gate_runs(folder), "run"
    if (folder / "capacity.json").exists():
        return search_runs(folder), "capacity search"
    if (folder / "sweep.json").exists():
        return sweep_runs(folder), "sweep"
    return load_runs(folder), "load run"


def _spec_of_run(folder: Path) -> Spec:
    """A run's own spec; its paths start where the spec lay that the run was started with."""
    spec = read_spec(folder / "spec.yaml")
    origin = folder / "origin"
    if origin.exists():
        spec._folder = Path(origin.read_text(encoding="utf-8").strip()).parent
    return spec


def _same_target(given: Spec, ran: Spec, folder: Path) -> Spec:
    """The contract of one spec about what was measured for the other.

    Raises:
        InputError: they are about two different models.
    """
    for part, now, then in (("model", given.model, ran.model), ("endpoint", given.endpoint, ran.endpoint)):
        if (now is None) != (then is None) or (now is not None and _which(now) != _which(then)):
            raise InputError(
                f"{folder} measured another {part} ({_which(then) if then else 'none'}) than the spec names "
                f"({_which(now) if now else 'none'}). Give the spec of that run, or measure this one: ftbench plan SPEC."
            )
    return given.but(model=ran.model, endpoint=ran.endpoint, serving=ran.serving)


def _which(target: Any) -> str:
    words = [getattr(target, name, None) for name in ("path", "url", "model", "adapter", "variant")]
    return " ".join(str(word) for word in words if word)


def _changed(spec: Spec, hardware: str | None, scales: list[float] | None) -> Spec:
    if hardware is not None:
        other = {} if hardware == LOCAL else {"price_per_hour": None}  # the price of the local machine is no other machine's
        spec = spec.but(hardware=hardware, cost=spec.cost.model_copy(update=other))
    if scales is not None:
        spec = spec.but(load=spec.load.model_copy(update={"scales": scales}))
    return spec


def under(run: Run, slo: Slo) -> Run:
    """`run` with its requests called good by `slo`, where it was measured under another."""
    if run.info.slo == slo or (limits(run.info.slo) == limits(slo) and run.summary.slo == limits(slo)):
        return run
    at = run.records.schema.get_field_index("good")
    records = run.records.set_column(at, "good", pa.array(are_good(run.records, slo)))
    info = run.info.model_copy(update={"slo": slo})
    beside = {"server": run.summary.server, "hosts": run.summary.hosts, "energy": run.summary.energy}
    return run._replace(summary=summarise(records, info, telemetry=beside), info=info, records=records)


def _rescaled(run: Run, spec: Spec, ran: Spec | None) -> Run:
    """`run` with its rate as a multiple of the spec's, where that is not what it was measured as."""
    if run.summary.requested_rate is None:
        return run
    if ran is None or run.probe:
        scale = run.summary.requested_rate / spec.load.rate
    else:
        scale = run.summary.scale * (ran.load.rate / spec.load.rate)
    return run._replace(summary=run.summary.model_copy(update={"scale": scale}))


def _notes(spec: Spec, ran: Spec | None, kind: str) -> list[str]:
    notes = []
    if ran is None:
        notes.append(f"That the {kind} measured {spec.serving.replicas} replica(s) of the spec's model on its hardware is the spec's word.")
    if ran is not None and ran.load.rate != spec.load.rate:
        notes.append(f"Scales are multiples of {spec.load.rate:g} requests/s; the run called {ran.load.rate:g} requests/s 1x.")
    return notes
