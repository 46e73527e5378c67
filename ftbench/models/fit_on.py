"""Whether a variant and its KV cache fit the device of a hardware profile, how many requests would, and which profile would do instead."""

from collections.abc import Sequence
from typing import NamedTuple

from ftbench.models.device import Device
from ftbench.models.memory import Fit, ModelShape, fits
from ftbench.models.variants import compute_dtype
from ftbench.spec.hardware import Profile


class FitOn(NamedTuple):
    """`largest_concurrency`: requests at once that would fit, 0 where not even the weights do. `instead`: id of the cheapest of the other
    profiles that holds what was asked, None where none does. `sentence` is empty where it fits.
    """

    fit: Fit
    largest_concurrency: int
    instead: str | None
    sentence: str


def fit_on(
    profile: Profile,
    shape: ModelShape,
    variant: str,
    *,
    context_tokens: int,
    concurrency: int,
    others: Sequence[Profile] = (),
    devices: int = 1,
) -> FitOn:
    """One replica of `variant` on `devices` devices of `profile`, with `concurrency` requests of `context_tokens` each in its KV cache.

    Args:
        others: profiles to choose another one from, of the same kind, such as the shipped ones. The cheapest is that whose instance costs
            least an hour, in the currency of `profile`: a cloud rents no part of an instance.
    Raises:
        InputError: there is no such variant.
    """
    fit = _fit(profile, shape, variant, context_tokens * concurrency, devices)
    room = fit.usable - fit.weights
    per_request = fit.kv_cache / concurrency if concurrency else 0
    largest = int(room // per_request) if room > 0 and per_request else 0
    if fit.ok:
        return FitOn(fit, largest, None, "")
    price = profile.prices[0].currency
    holding = [
        other
        for other in others
        if other.id != profile.id
        and other.kind == profile.kind
        and other.prices[0].currency == price
        and other.devices_per_instance >= devices
        and _fit(other, shape, variant, context_tokens * concurrency, devices).ok
    ]
    instead = min(holding, key=lambda other: other.prices[0].per_hour).id if holding else None
    has = f"{devices if devices > 1 else 'one'} {profile.name} can give"
    what = f"for {_tokens(context_tokens)}-token contexts at {concurrency} concurrent requests"
    if largest:
        remedy = (
            f"Lower serving.max_concurrency to {largest}, or choose {instead}" if instead else f"Lower serving.max_concurrency to {largest}"
        )
    elif instead:
        remedy = f"Not even one request fits: choose {instead}"
    else:
        remedy = "Not even one request fits: choose a variant of fewer bits, or spread the model over more devices"
    return FitOn(fit, largest, instead, f"{variant} needs {fit.missing / 1e9:.1f} GB more memory than {has} {what}. {remedy}.")


def device_of(profile: Profile) -> Device:
    """A profile's device as the variants see it: it has bf16 where it has a peak for it."""
    kind = "cuda" if profile.kind == "gpu" else "cpu"
    return Device(kind, profile.name, int(profile.memory_gb * 1e9), None, profile.bf16_tflops_dense is not None)


def _fit(profile: Profile, shape: ModelShape, variant: str, tokens: int, devices: int) -> Fit:
    device = device_of(profile)
    return fits(shape, variant, compute_dtype(variant, device), device.memory_bytes, tokens=tokens, devices=devices)


def _tokens(n: int) -> str:
    return f"{n // 1024}k" if n >= 1024 and n % 1024 == 0 else str(n)
