"""What served a measurement, as far as the run kept it: model, engine, machine; and whether the priced device could do the same."""

from pathlib import Path
from typing import Any

from ftbench.cost.basis import NOT_JUDGED
from ftbench.cost.local import LOCAL, Gpu, local_profile
from ftbench.cost.profiles import profile_of
from ftbench.errors import InputError
from ftbench.gate.run_folder import RunFolder
from ftbench.models.memory import RESERVE
from ftbench.spec import Profile, Spec


def facts_of(folder: Path) -> dict[str, Any]:
    """Model, engine and time to start of what was reached, as far as the run kept them."""
    run = RunFolder(folder)
    reached = run.read_json(run.reached).get("candidate") or {}
    facts = reached.get("facts", {})
    model = reached.get("target", {}).get("model") or run.read_json(folder / "report.json").get("model", {}).get("name")
    return {"model": model, **{name: facts.get(name) for name in ("engine", "startup_s", "weight_bytes")}}


def model_name(spec: Spec) -> str:
    """What the spec calls its model."""
    if spec.endpoint is not None:
        return spec.endpoint.model or spec.endpoint.url
    return spec.model.name or Path(spec.model.path).name


def planned_profile(spec: Spec, where: dict[str, Any]) -> Profile:
    """The spec's hardware. `local` is the machine that was measured, though the plan may be made on another one."""
    found = profile_of(spec)
    if spec.hardware != LOCAL or not where:
        return found
    return _machine(where, spec).model_copy(update={"prices": found.prices})


def measured_on(spec: Spec, where: dict[str, Any]) -> Profile | None:
    """The machine that served, of a model that ftbench served here; None where it is not known."""
    if spec.endpoint is not None or spec.serving.ray_address is not None or not where:
        return None
    return _machine(where, spec)


def other_than_said(spec: Spec, by_word: str, profile: Profile) -> str:
    """Why the throughput of an endpoint is not that of the priced profile; empty where it is, by the spec's word (`by_word`)."""
    if spec.endpoint is None or spec.hardware == by_word:
        return ""
    return f"THROUGHPUT MEASURED ON {by_word}, PRICE OF {profile.name}: {NOT_JUDGED}"


def refuse_too_large(spec: Spec, profile: Profile, weight_bytes: int | None) -> None:
    """The weights alone, as they were counted in memory; what they leave for a KV cache is `ftbench compare`'s to say.

    Raises:
        InputError: they do not fit into the devices of one replica, with what is missing.
    """
    if weight_bytes is None or profile.id == LOCAL:
        return
    devices = max(1, int(spec.serving.gpus_per_replica or 1))
    usable = profile.memory_gb * devices * (1 - RESERVE)
    if weight_bytes / 1e9 > usable:
        raise InputError(
            f"{spec.variant} takes {weight_bytes / 1e9:.1f} GB for its weights alone, {weight_bytes / 1e9 - usable:.1f} GB more than "
            f"{devices if devices > 1 else 'one'} {profile.name} can give ({usable:.1f} GB are usable). Choose a larger device, "
            "or plan for a smaller variant."
        )


def _machine(where: dict[str, Any], spec: Spec) -> Profile:
    """The machine that a run's environment.json describes."""
    gpus = [Gpu(gpu["name"], int(gpu["memory_gb"] * 1e9), None) for gpu in where.get("gpus") or []]
    here = local_profile(None, spec.cost.currency, gpus=gpus)
    if gpus or "cpu" not in where:
        return here
    memory = where.get("memory_gb") or here.memory_gb
    return here.model_copy(update={"name": f"{where['cpu']}, {where['cores']} cores, {memory:g} GB", "memory_gb": memory})
