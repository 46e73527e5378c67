"""Runs one after another against one server, each in a folder of its own: what a search and a sweep are made of."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from ftbench import load_words
from ftbench.errors import InputError
from ftbench.gate.load_only import write_summary
from ftbench.gate.load_request import plan_for, source_of
from ftbench.gate.making import furnished
from ftbench.gate.measure import plan_at
from ftbench.gate.preflight import Ready, check_target, read_all
from ftbench.gate.prompts import check_prompts
from ftbench.gate.prompts import source_of as source_of_spec
from ftbench.gate.reach import Reached, reach
from ftbench.live_screen import traffic
from ftbench.load import LoadPlan, read_trace, run_load
from ftbench.load.crew.sized import check_workers, cores_here, with_workers
from ftbench.load.records import read_runs
from ftbench.load.workload import Source
from ftbench.metrics.summarise import summarise
from ftbench.metrics.summary import LoadSummary
from ftbench.progress import Screen
from ftbench.spec import Spec
from ftbench.telemetry import observe, summarise_telemetry
from ftbench.telemetry.observe import is_here

# of a plan: what the runs of one series do not share, or share by content, or may send with more processes than before
PER_RUN = ("url", "model", "rate", "seed", "scale", "closed", "prompts", "prompt_note", "workers")


class Subject(NamedTuple):
    """A server that answers, and the plan of any one run against it. `today` is the rate [1/s] at scale 1x, where a spec says so.

    `identity`: what was measured may only be gone on with if this is the same. A port that is new at every start is no part of it.
    `sized` gives a plan the prompts and the load processes that its rate takes, `crew` says which machines send, as `run_load`
    takes it. `managed`: ftbench serves the model itself.
    """

    plan: LoadPlan
    today: float | None
    identity: dict[str, Any]
    sized: Callable[[LoadPlan], LoadPlan] = lambda plan: plan
    crew: Mapping[str, Any] = {}
    managed: bool = False


@contextmanager
def of_options(given: Mapping[str, Any]) -> Iterator[Subject]:
    """An endpoint by the options of `ftbench load`.

    Raises:
        InputError: wrong options, or an endpoint that cannot be used.
    """
    source = source_of(given, read_trace(given["trace"]) if given["trace"] is not None else None)._replace(again=True)
    plan = plan_for(given, source)
    crew = {name: given[name] for name in ("ray_address", "per_node", "leave_out")}
    workers, reserved = load_words.workers(given["workers"]), 1 if is_here(plan.url) else 0

    def sized(plan: LoadPlan) -> LoadPlan:
        plan = furnished(plan, source)
        if given["ray_address"] is not None:
            return plan
        plan = with_workers(plan, workers, reserved=reserved)
        check_workers(plan, cores_here())
        return plan

    yield Subject(plan, None, _identity(plan, f"{plan.url} {plan.model}", source), sized, crew)


@contextmanager
def of_spec(spec: Spec, screen: Screen, changes: Mapping[str, Any]) -> Iterator[Subject]:
    """A spec's model or endpoint under its own traffic, brought up and taken down as a gate does. `changes` are put into the plan.

    Raises:
        InputError, InvalidMeasurement: the spec cannot be used, or its model does not come up.
    """
    ready = read_all(spec)
    with screen.step("Getting the model" if spec.model else "Asking the endpoint") as step:
        check_target(spec, step.share)
        check_prompts(spec, ready.prompts, ready.trace)
    if spec.model is not None:
        from ftbench.serving.cluster import cluster

        with screen.step("Starting Ray"):
            up = cluster(spec.serving.ray_address)
            up.__enter__()
    try:
        with reach(spec, screen) as reached:
            yield of_reached(ready, reached, screen, changes)
    finally:
        if spec.model is not None:
            up.__exit__(None, None, None)


def of_reached(ready: Ready, reached: Reached, screen: Screen, changes: Mapping[str, Any] | None = None) -> Subject:
    """A model that is up, under the traffic of its spec, which is `ready.spec`. `changes` are put into the plan."""
    spec = ready.spec
    plan = plan_at(ready, reached, 1.0, screen).model_copy(update=dict(changes or {}))
    source = source_of_spec(spec, ready.prompts)
    served_here = spec.model is not None and spec.serving.ray_address is None

    def sized(plan: LoadPlan) -> LoadPlan:
        reserved = spec.serving.replicas if served_here else 0
        return with_workers(furnished(plan, source, screen), spec.load.workers, reserved=reserved)

    same = {**_identity(plan, reached.target.identity, source), "replicas": spec.serving.replicas}
    return Subject(plan, spec.load.rate, same, sized, managed=spec.model is not None)


def at_rate(subject: Subject, rate: float, seed: int) -> LoadPlan:
    """The subject's traffic at another mean rate [1/s]: a trace is compressed, every other shape is drawn anew."""
    plan = subject.plan
    base = plan.trace.rate if plan.trace is not None else subject.today
    return plan.model_copy(update={"rate": rate, "seed": seed, "scale": rate / base if base else 1.0})


def run_once(subject: Subject, plan: LoadPlan, folder: Path, screen: Screen, title: str) -> LoadSummary:
    """Drive `plan`, leave requests.parquet and summary.json in `folder`, and return the summary.

    A run that was finished before and is valid is read, not driven again.

    Raises:
        InputError: `folder` holds the summary of another version, or the load processes cannot send as much.
        InvalidMeasurement: no load process came up, or none came to its end.
    """
    done = folder / "summary.json"
    if done.exists():
        try:
            summary = LoadSummary.model_validate_json(done.read_bytes())
        except ValidationError:
            raise InputError(f"{done} was written by another version of ftbench. Begin again in another --out.") from None
        if summary.valid:
            return summary
        done.unlink()
    plan = subject.sized(plan)
    folder.mkdir(parents=True, exist_ok=True)
    server = {name: getattr(plan, name) for name in ("api_key_env", "verify_tls", "ca_file")}
    with observe(plan.url, folder, **server, managed=subject.managed) as sampled, traffic(screen, title) as tell:
        records = run_load(plan, folder, tell, **subject.crew)
    (info, table), *_ = read_runs(records)
    summary = summarise(table, info, telemetry=summarise_telemetry(sampled, info, table))
    write_summary(summary, folder)
    return summary


def begin(file: Path, settings: Mapping[str, Any], resume: bool, free: tuple[str, ...] = ()) -> None:
    """Make the folder of `file`, or make sure that it holds the series with these very settings; those named in `free` may change.

    Raises:
        InputError: there is a series and `resume` is False, there is none and it is True, or its settings were others.
    """
    try:
        before = json.loads(file.read_text(encoding="utf-8"))["settings"]
    except FileNotFoundError:
        before = None
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{file} cannot be read. Begin again in another --out.") from None
    if before is None:
        if resume:
            raise InputError(f"There is nothing to go on with: {file} does not exist. Take --resume out, or name the right --out.")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{file.parent} cannot be made: {error.strerror}. Choose another folder with --out.") from None
        return
    if not resume:
        raise InputError(f"{file.parent} holds {file.name} already. Go on with --resume, or choose another --out.")
    now = json.loads(json.dumps(settings))
    changed = sorted(key for key in before.keys() | now.keys() if key not in free and before.get(key) != now.get(key))
    if changed:
        raise InputError(f"{file} was begun with another {', '.join(changed)}. Give the same as then, or begin again in another --out.")


def put(model: BaseModel, file: Path) -> None:
    """Write `model` as JSON, whole or not at all."""
    part = file.with_name(file.name + ".part")
    part.write_text(model.model_dump_json(indent=2, by_alias=True) + "\n", encoding="utf-8")
    part.rename(file)


def _identity(plan: LoadPlan, server: str, source: Source) -> dict[str, Any]:
    """Made-up prompts are others at every start, so their declaration stands for them; a trace is part of the plan."""
    shared = plan.model_dump(mode="json", exclude=set(PER_RUN))
    made_of = source.prompts.items if source.prompts is not None else filter(None, [source.synthetic])
    prompts = "\n".join(part.model_dump_json() for part in made_of)
    return {"server": server, **shared, "prompts_sha256": hashlib.sha256(prompts.encode()).hexdigest()}
