"""What `ftbench hardware list | show | check` prints, as plain data: the CLI lays it out."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from ftbench.cost.local import LOCAL, unpriced
from ftbench.cost.profile_doubts import all_notes, doubts
from ftbench.cost.profiles import describe_price, known_profiles, load_profile, profile_ids, shipped_ids, shipped_profiles
from ftbench.cost.user_profiles import user_profile_file
from ftbench.spec.hardware import Price, Profile

Row = dict[str, str | float | int | None]


def list_rows(today: date) -> list[Row]:
    """One row a profile, `local` included; keys name their units. `price_per_device_hour` is the instance's price by its devices."""
    return [_row(load_profile(name), today) for name in profile_ids()]


def origin(id: str) -> str:
    """Whose profile that id is: shipped, yours, yours for shipped (hides the shipped one), or this machine."""
    if id == LOCAL:
        return "this machine"
    if user_profile_file(id) is None:
        return "shipped"
    return "yours for shipped" if id in shipped_ids() else "yours"


def as_yaml(profile: Profile) -> str:
    """A profile file of it. Every figure keeps its source; comments are lost."""
    import yaml

    return yaml.safe_dump(profile.model_dump(exclude_none=True) | {"prices": _price_rows(profile)}, sort_keys=False, allow_unicode=True)


def show_json(profile: Profile, today: date) -> dict[str, Any]:
    """The profile itself, under the names of a profile file, and what is doubtful about it under `check`."""
    return {**profile.model_dump(mode="json"), "check": all_notes(profile, today)}


def show_rows(profile: Profile, today: date) -> list[tuple[str, str]]:
    """Label and value, with unit, of everything that a profile holds and what is doubtful about it."""
    figures = [
        ("memory", profile.memory_gb, "GB"),
        ("memory bandwidth", profile.bandwidth_gb_s, "GB/s"),
        ("bf16 peak, dense", profile.bf16_tflops_dense, "TFLOPS"),
        ("fp16 peak, dense", profile.fp16_tflops_dense, "TFLOPS"),
        ("fp32 peak", profile.fp32_tflops_dense, "TFLOPS"),
        ("int8 peak, dense", profile.int8_tops_dense, "TOPS"),
        ("power", profile.power_w, "W"),
        ("link, one way", profile.link_gb_s_one_way, "GB/s"),
    ]
    return [
        ("id", profile.id),
        ("name", profile.name),
        ("kind", profile.kind),
        ("Ray accelerator type", profile.accelerator_type or "none"),
        *((label, "unknown" if value is None else f"{value:g} {unit}") for label, value, unit in figures),
        ("figures", f"{profile.basis}: {profile.spec_source}"),
        ("instance", f"{profile.instance}, {profile.devices_per_instance} device{'s' if profile.devices_per_instance > 1 else ''}"),
        *(("price", describe_price(price, profile.instance)) for price in profile.prices),
        *(("note", note) for note in profile.notes),
        *(("check", note) for note in all_notes(profile, today)),
    ]


def check_rows(today: date, profiles: Sequence[Profile] | None = None) -> list[tuple[str, list[str]]]:
    """Each profile's id with what is doubtful about it, an empty list where nothing is. By default all shipped and all of the user's.

    Raises:
        InputError: a profile breaks the schema.
    """
    known = shipped_profiles()
    return [(profile.id, all_notes(profile, today, known)) for profile in (known_profiles() if profiles is None else profiles)]


def failing(today: date, profiles: Sequence[Profile] | None = None) -> list[str]:
    """Ids of those that `--strict` does not let pass."""
    known = shipped_profiles()
    return [profile.id for profile in (known_profiles() if profiles is None else profiles) if doubts(profile, today, known)]


def _price_rows(profile: Profile) -> list[dict[str, Any]]:
    """`retrieved` stays where it is null: a price must say that it has no day."""
    return [{**price.model_dump(exclude_none=True), "retrieved": price.retrieved} for price in profile.prices]


def _row(profile: Profile, today: date) -> Row:
    price = profile.prices[0]
    return {
        "id": profile.id,
        "name": profile.name,
        "origin": origin(profile.id),
        "basis": profile.basis,
        "memory_gb": profile.memory_gb,
        "bandwidth_gb_s": profile.bandwidth_gb_s,
        "bf16_tflops_dense": profile.bf16_tflops_dense,
        "instance": profile.instance,
        "devices_per_instance": profile.devices_per_instance,
        "price_per_device_hour": price.per_hour / profile.devices_per_instance,
        "currency": price.currency,
        "kind": price.kind,
        "region": price.region,
        "price_date": price.retrieved.isoformat() if price.retrieved else None,
        "price_state": _state(price, today),
    }


def _state(price: Price, today: date) -> str:
    if price.kind == "given":
        return "not given" if unpriced(price) else "given"
    age = None if price.retrieved is None else (today - price.retrieved).days
    state = "undated" if age is None else "stale" if age > price.stale_after_days else "future" if age < 0 else "ok"
    return f"{state}, secondary" if price.secondary else state
