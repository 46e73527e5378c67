"""What is suspicious about a profile's figures: peaks with sparsity, prices of an instance taken for those of a device, old prices."""

import re
from collections.abc import Sequence
from datetime import date

from ftbench.cost.profiles import age_notes, price_notes, same_device, shipped_profiles
from ftbench.spec import Profile

PRICE_RATIO = 3.0  # one device's hour costs up to twice as much at one cloud as at another; beyond this somebody miscounted the devices


def all_notes(profile: Profile, today: date, known: Sequence[Profile] | None = None) -> list[str]:
    """Everything that a reader of numbers from this profile must know.

    Args:
        known: profiles to compare with where they are the same device or instance; by default the shipped ones.
    """
    known = shipped_profiles() if known is None else known
    return [*price_notes(profile, today), *sparse_notes(profile, known), *slow_int8_notes(profile), *instance_notes(profile, known)]


def doubts(profile: Profile, today: date, known: Sequence[Profile] | None = None) -> list[str]:
    """Those of them that `check --strict` does not let pass: a price without a day or too old, sparse peaks, miscounted devices.

    That a source is a third party, or int8 slow, is said but no reason to fail.
    """
    known = shipped_profiles() if known is None else known
    ages = [
        note
        for price in profile.prices
        for note in age_notes(price, f"{profile.id}: the {price.kind} price of {price.per_hour:g} {price.currency}/h", today)
    ]
    return [*ages, *sparse_notes(profile, known), *instance_notes(profile, known)]


def sparse_notes(profile: Profile, known: Sequence[Profile]) -> list[str]:
    """Peaks that look like a data sheet's figures with sparsity, which are twice the dense ones."""
    notes = []
    bf16, int8 = profile.bf16_tflops_dense or profile.fp16_tflops_dense, profile.int8_tops_dense
    if profile.basis == "published" and bf16 and int8 and 0.9 < int8 / bf16 < 1.1:  # dense int8 is twice dense bf16 on full tensor cores
        notes.append(
            f"{profile.id}: bf16 ({bf16:g}) is as high as int8 ({int8:g}): "
            "that is a data sheet's figure with sparsity; the dense one is half."
        )
    same = next((other for other in known if other.id != profile.id and same_device(profile, other)), None)
    if same is not None:
        for name in ("bf16_tflops_dense", "fp16_tflops_dense", "int8_tops_dense"):
            ours, theirs = getattr(profile, name), getattr(same, name)
            if ours and theirs and 1.8 < ours / theirs < 2.2:
                notes.append(
                    f"{profile.id}: {name} {ours:g} is twice that of {same.id} ({theirs:g}): a figure with sparsity, not a dense one?"
                )
    return notes


def slow_int8_notes(profile: Profile) -> list[str]:
    """A device whose int8 is slower than its bf16."""
    bf16, int8 = profile.bf16_tflops_dense or profile.fp16_tflops_dense, profile.int8_tops_dense
    if not (bf16 and int8 and int8 < 0.5 * bf16):
        return []
    return [f"{profile.id}: int8 peaks at {int8:g} TOPS, far under bf16's {bf16:g} TFLOPS: int8 variants gain memory here, hardly speed."]


def instance_notes(profile: Profile, known: Sequence[Profile]) -> list[str]:
    """Signs that `per_hour` and `devices_per_instance` do not belong together: one is of an instance, the other of a device."""
    notes = []
    told = re.match(r"(?:.*\s)?(\d+)\s?x[ _]", profile.instance)
    if told and int(told.group(1)) != profile.devices_per_instance:
        notes.append(f"{profile.id}: the instance {profile.instance} names {told.group(1)} devices, devices_per_instance {_has(profile)}.")
    others = [other for other in known if other.id != profile.id]
    twin = next((other for other in others if other.instance == profile.instance), None)
    if twin is not None and twin.kind == profile.kind and twin.devices_per_instance != profile.devices_per_instance:
        notes.append(
            f"{profile.id}: {profile.instance} has {twin.devices_per_instance} devices in {twin.id}, here {profile.devices_per_instance}; "
            "clouds sell it whole, so per_hour must be the price of all of them."
        )
    ours = profile.prices[0]
    for other in others:
        theirs = other.prices[0]
        if not same_device(profile, other) or (ours.kind, ours.currency) != (theirs.kind, theirs.currency) or not theirs.per_hour:
            continue
        ratio = _per_device(profile) / _per_device(other)
        if not 1 / PRICE_RATIO <= ratio <= PRICE_RATIO:
            notes.append(
                f"{profile.id}: {_per_device(profile):g} {ours.currency} an hour and device is {ratio:.2g} times that of {other.id} "
                f"({_per_device(other):g}). Is per_hour the price of the whole instance? devices_per_instance {_has(profile)}."
            )
            break
    return notes


def _per_device(profile: Profile) -> float:
    return profile.prices[0].per_hour / profile.devices_per_instance


def _has(profile: Profile) -> str:
    return f"says {profile.devices_per_instance}"
