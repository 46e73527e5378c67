"""Hardware profiles by name, and what a reader must be told about their figures."""

from datetime import date
from difflib import get_close_matches
from pathlib import Path

from ftbench.cost.local import LOCAL, local_profile, unpriced
from ftbench.cost.user_profiles import user_profile_file, user_profile_ids
from ftbench.errors import InputError
from ftbench.shipped import shipped
from ftbench.spec import Profile, Spec, read_yaml
from ftbench.spec.hardware import Price


def profile_ids() -> list[str]:
    """Names that the spec's `hardware` may take beside a file: shipped and the user's own in alphabetical order, then `local`."""
    return [*sorted({*shipped_ids(), *user_profile_ids()}), LOCAL]


def shipped_ids() -> list[str]:
    """Those that come with ftbench, in alphabetical order."""
    return sorted(path.stem for path in shipped("hardware_profiles").glob("*.yaml"))


def load_profile(name_or_path: str, spec_folder: Path = Path(), *, price_per_hour: float | None = None, currency: str = "USD") -> Profile:
    """The profile of that name, or in that YAML file (relative to `spec_folder`). The user's own goes before a shipped one.

    Args:
        price_per_hour: of the `local` machine, in `currency`; no other profile takes it.
    Raises:
        InputError: unknown name (with the nearest known one), missing or wrong file, a price given to a profile that has its own.
    """
    if name_or_path == LOCAL:
        return local_profile(price_per_hour, currency)
    if price_per_hour is not None:
        raise InputError(
            f"cost.price_per_hour is only for hardware: {LOCAL}; {name_or_path} brings its own price. "
            "Remove it, or change the price in a profile file."
        )
    if _is_file_name(name_or_path):
        path = (Path(spec_folder) / Path(name_or_path).expanduser()).resolve()
        if not path.is_file():
            raise InputError(f"hardware: the profile {path} does not exist. Give a YAML file or one of: {', '.join(profile_ids())}.")
        return read_profile(path)
    if name_or_path not in profile_ids():
        near = get_close_matches(name_or_path.lower(), profile_ids(), n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]}?" if near else "Give a YAML file, or one of these."
        raise InputError(f"hardware: there is no profile {name_or_path!r}. {hint} Known: {', '.join(profile_ids())}.")
    own = user_profile_file(name_or_path)
    if own is None:
        return read_yaml(shipped("hardware_profiles") / f"{name_or_path}.yaml", Profile)
    profile = read_profile(own)
    if profile.id != name_or_path:
        raise InputError(f"{own}: its id is {profile.id}, and its name says {name_or_path}. Rename the file, or add it again.")
    return profile


def read_profile(path: Path) -> Profile:
    """A profile of the user's own.

    Raises:
        InputError: it breaks the schema, or its id is one that could not be looked up.
    """
    profile = read_yaml(path, Profile)
    if profile.id == LOCAL or _is_file_name(profile.id):
        what = "is this machine's own profile" if profile.id == LOCAL else "reads like a file"
        raise InputError(f"{path}: the id {profile.id} {what}. Give the profile another id.")
    return profile


def shipped_profiles() -> list[Profile]:
    """All that come with ftbench, in alphabetical order, also where the user has one of the same name.

    Raises:
        InputError: one breaks the schema.
    """
    return [read_yaml(shipped("hardware_profiles") / f"{name}.yaml", Profile) for name in shipped_ids()]


def known_profiles() -> list[Profile]:
    """All that a spec may name but `local`: shipped, and the user's own, which go before shipped ones of the same name.

    Raises:
        InputError: one breaks the schema.
    """
    return [load_profile(name) for name in profile_ids() if name != LOCAL]


def profile_of(spec: Spec) -> Profile:
    """The profile that `spec` names, priced by the spec where it is `local`.

    Raises:
        InputError: as `load_profile`.
    """
    return load_profile(spec.hardware, spec.folder, price_per_hour=spec.cost.price_per_hour, currency=spec.cost.currency)


def describe_price(price: Price, instance: str) -> str:
    """A price with all that it needs: "on_demand 0.8048 USD/h for g6.xlarge, us-east-1, undated, AWS price list"."""
    day = price.retrieved.isoformat() if price.retrieved else f"undated ({price.retrieved_note})"
    parts = [f"{price.kind} {price.per_hour:g} {price.currency}/h for {instance}", price.region, day, price.source]
    return ", ".join(part for part in parts if part) + (" (secondary source)" if price.secondary else "")


def price_notes(profile: Profile, today: date) -> list[str]:
    """What is doubtful about the prices: no date, too old, dated after today, not from the vendor. Empty where nothing is."""
    notes = []
    for price in profile.prices:
        which = f"{profile.id}: the {price.kind} price of {price.per_hour:g} {price.currency}/h"
        if unpriced(price):
            notes.append(f"{profile.id}: no price is given, so compute counts as 0. Set cost.price_per_hour in the spec.")
        else:
            notes += age_notes(price, which, today)
        if price.secondary:
            notes.append(f"{which} is from a secondary source ({price.source}), not from the vendor's list.")
    return notes


def age_notes(price: Price, which: str, today: date) -> list[str]:
    """Whether a price has no day, one that is too long ago, or one after today; `which` begins the sentence."""
    if price.kind == "given":  # a price of the user's own is no list price that ages
        return []
    if price.retrieved is None:
        return [f"{which} is undated ({price.retrieved_note}); treat it as stale and check it."]
    age = (today - price.retrieved).days
    if age < 0:
        return [f"{which} is dated {price.retrieved}, which is after today ({today})."]
    if age > price.stale_after_days:
        return [f"{which} is stale: read on {price.retrieved}, {age} days ago; it holds for {price.stale_after_days}."]
    return []


def same_device(a: Profile, b: Profile) -> bool:
    """Whether two profiles mean the same accelerator: Ray's name, memory within 15 % (GiB or GB), and power within 10 % where both know it.

    Power tells SXM from PCIe, which are one accelerator to Ray.
    CPUs are never the same: a name in a price list says too little about cores and memory channels.
    """
    if a.id == b.id:
        return True
    if a.accelerator_type is None or a.accelerator_type != b.accelerator_type:
        return False
    if abs(a.memory_gb - b.memory_gb) > 0.15 * b.memory_gb:
        return False
    return a.power_w is None or b.power_w is None or abs(a.power_w - b.power_w) <= 0.1 * b.power_w


def _is_file_name(text: str) -> bool:
    return text.endswith((".yaml", ".yml")) or "/" in text or "\\" in text
