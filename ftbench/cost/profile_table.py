"""What `ftbench hardware list | show | check` prints, as plain data: the CLI lays it out."""

from datetime import date

from ftbench.cost.local import unpriced
from ftbench.cost.profiles import describe_price, load_profile, peak_notes, price_notes, profile_ids, shipped_profiles
from ftbench.spec.hardware import Price, Profile

Row = dict[str, str | float | int | None]


def list_rows(today: date) -> list[Row]:
    """One row a profile, `local` included; keys name their units. `price_per_device_hour` is the instance's price by its devices."""
    return [_row(load_profile(name), today) for name in profile_ids()]


def show_rows(profile: Profile, today: date) -> list[tuple[str, str]]:
    """Label and value, with unit, of everything that a profile holds and what is doubtful about it."""
    figures = [
        ("memory", profile.memory_gb, "GB"),
        ("memory bandwidth", profile.bandwidth_gb_s, "GB/s"),
        ("bf16 peak, dense", profile.bf16_tflops_dense, "TFLOPS"),
        ("fp16 peak, dense", profile.fp16_tflops_dense, "TFLOPS"),
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
        *(("check", note) for note in [*price_notes(profile, today), *peak_notes(profile)]),
    ]


def check_rows(today: date, profiles: list[Profile] | None = None) -> list[tuple[str, list[str]]]:
    """Each profile's id with what is doubtful about it, an empty list where nothing is. By default all shipped ones.

    Raises:
        InputError: a profile breaks the schema.
    """
    known = shipped_profiles()
    chosen = known if profiles is None else profiles
    return [(profile.id, [*price_notes(profile, today), *peak_notes(profile, known)]) for profile in chosen]


def _row(profile: Profile, today: date) -> Row:
    price = profile.prices[0]
    return {
        "id": profile.id,
        "name": profile.name,
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
