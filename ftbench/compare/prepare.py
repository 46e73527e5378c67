"""Everything about a comparison that can be refused before anything is started, and the spec of one that goes on."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from pydantic import ValidationError

from ftbench.compare.cells import CellPlan, comparable, matrix, profiles_of
from ftbench.compare.likelihood import check_likelihood
from ftbench.compare.own_peaks import know_own_peaks
from ftbench.compare.quality import check_quality
from ftbench.cost.local import LOCAL
from ftbench.errors import InputError
from ftbench.gate.preflight import Ready, read_all
from ftbench.gate.prompts import check_prompts, source_of
from ftbench.gate.run_folder import resolved, spec_of_run
from ftbench.load.workload import make_workload
from ftbench.models import ModelShape, check_adapter, check_adapter_folder, model_shape, resolve_source
from ftbench.progress import Screen
from ftbench.serving.ports import refuse_taken_port
from ftbench.spec import Spec, read_spec
from ftbench.spec.compare import Compare

SAMPLE = 256  # prompts that the mean length is taken from


class Prepared(NamedTuple):
    """A spec that can be compared: its files, the shape of its model, and the cells."""

    ready: Ready
    shape: ModelShape
    plans: list[CellPlan]


def prepare(spec: Spec, screen: Screen) -> Prepared:
    """Read and check all that the comparison needs; fetches the model and measures this machine's peaks once, loads and serves nothing.

    Raises:
        InputError: the spec has no model, no compare section or no SLO, a file or a variant is wrong, or no cell can run at all.
    """
    spec = comparable(spec)
    profiles = profiles_of(spec)
    ready = read_all(spec)
    check_quality(ready)
    check_likelihood(spec)
    refuse_taken_port(spec.serving.host, spec.serving.port)
    if spec.model.adapter:
        check_adapter_folder(spec.path(spec.model.adapter), allow_pickle=spec.model.allow_pickle)
    with screen.step("Getting the model") as step:
        source = resolve_source(spec.model, spec.folder, step.share)
        shape = model_shape(source.folder, source.trust_remote_code)
        if spec.model.adapter:
            check_adapter(spec.path(spec.model.adapter), shape, source.name, allow_pickle=spec.model.allow_pickle)
    check_prompts(spec, ready.prompts, ready.trace)
    _check_forced_answers(ready)
    tokens = context_tokens(ready)
    matrix(spec, shape, tokens, profiles)
    if spec.serving.ray_address is None and LOCAL in spec.compare.hardware:
        know_own_peaks(screen)  # last, so that nobody waits for it only to be refused
    return Prepared(ready, shape, matrix(spec, shape, tokens))


def context_tokens(ready: Ready) -> int:
    """Tokens of a request with its answer: the spec's word, else the mean prompt with the longest answer that it may have."""
    spec = ready.spec
    if spec.compare.context_tokens is not None:
        return spec.compare.context_tokens
    made = make_workload(source_of(spec, ready.prompts), n=SAMPLE, seed=spec.load.seed, max_tokens=spec.load.max_tokens, trace=ready.trace)
    known = [item.prompt_tokens + (item.max_tokens or spec.load.max_tokens) for item in made.items if item.prompt_tokens]
    if not known:
        raise InputError(
            "How many tokens a request holds cannot be told here, since the model's tokenizer is not known. Write compare.context_tokens."
        )
    return int(np.ceil(np.mean(known)))


def with_options(spec: Spec, variants: str | None, hardware: str | None, rounds: int | None) -> Spec:
    """The spec with parts of its compare section exchanged by options of the command; lists are separated by commas.

    Raises:
        InputError: an option names something unknown.
    """
    changes: dict[str, Any] = {}
    if variants is not None:
        changes["variants"] = [word.strip() for word in variants.split(",")]
    if hardware is not None:
        changes["hardware"] = [word.strip() for word in hardware.split(",")]
    if rounds is not None:
        changes["rounds"] = rounds
    if not changes or (spec.compare is None and variants is None):  # without any variants there is nothing to exchange
        return spec
    from ftbench.models import find_variant

    for name in changes.get("variants", []):
        find_variant(name)
    given = spec.compare.model_dump(exclude_unset=True) if spec.compare is not None else {}
    if given.get("reference") not in (None, *changes.get("variants", [given.get("reference")])):
        given.pop("reference")  # it is not compared now, so the most precise of the others takes its place
    try:
        return spec.but(compare=Compare.model_validate({**given, **changes}))
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "compare"
        option = f"--{name}" if name in changes else f"compare.{name}"
        raise InputError(f"{option}: {first['msg'].removeprefix('Value error, ')}.") from None


def spec_of(reports: Path, run_id: str) -> Spec:
    """The spec of a comparison that was interrupted, with the compare section that it began with.

    Raises:
        InputError: there is no such run, or it is no comparison.
    """
    path, _ = spec_of_run(reports, run_id)
    spec, found = read_spec(path), Compare.model_validate(_section(reports, run_id))
    # Defaults stand in the run's own spec as well, and what a default names may be missing where what a user names may not.
    said = spec.compare.model_fields_set if spec.compare else set()
    found.model_fields_set.intersection_update({*said, "variants", "hardware", "rounds"})
    return spec.but(compare=found)


def refuse_another_matrix(reports: Path, run_id: str, spec: Spec) -> None:
    """What was measured stays comparable only where everything but the number of rounds is as it was.

    Raises:
        InputError: something else has changed.
    """
    before, now = _section(reports, run_id), yaml.safe_load(resolved(spec))["compare"]
    changed = sorted(key for key in before.keys() | now.keys() if key != "rounds" and before.get(key) != now.get(key))
    if changed:
        raise InputError(f"Run {run_id} was begun with another compare.{changed[0]}. Go on with that, or begin a new comparison.")


def _section(reports: Path, run_id: str) -> dict[str, Any]:
    folder = reports / run_id if (reports / run_id).is_dir() else Path(run_id)
    file = folder / "spec.yaml"
    if not file.exists():
        raise InputError(f"There is no run {run_id} in {reports}.")
    section = yaml.safe_load(file.read_text(encoding="utf-8")).get("compare")
    if not section or not (folder / "compare.json").exists():
        raise InputError(f"Run {run_id} is no comparison. `ftbench gate --resume {run_id}` goes on with a gate.")
    return section


def _check_forced_answers(ready: Ready) -> None:
    """Prompt and forced answer fit into the model's context."""
    spec, forced = ready.spec, ready.spec.compare.output_tokens
    if forced > spec.load.max_tokens:
        check_prompts(spec.but(load=spec.load.model_copy(update={"max_tokens": forced, "ignore_eos": True})), ready.prompts, ready.trace)
