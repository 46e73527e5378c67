"""The matrix: variants x hardware x replicas, each cell with what can be said of it before anything is started."""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

from ftbench.compare.file import Memory
from ftbench.cost.fleet import packing
from ftbench.cost.local import LOCAL, local_profile
from ftbench.cost.profiles import load_profile, same_device
from ftbench.errors import InputError
from ftbench.models import Device, Fit, ModelShape, check_variant, compute_dtype, find_variant, fits, local_device
from ftbench.spec import Profile, Spec
from ftbench.spec.compare import Compare

EXAMPLE = "compare: {variants: [bf16, int8, nf4], hardware: [local, l4, h100-sxm]}"


class Place(NamedTuple):
    """Where a cell is measured: on nodes that have `node_resource`, or on this machine where it is None. `note` says which in words."""

    node_resource: str | None
    note: str


class CellPlan(NamedTuple):
    """One cell. `spec` is the user's with this variant and these replicas; `device` is one of the profile's, `dtype` what it computes in.

    `why_not` says why it cannot run there ("" if it can); `place` is None where no node at hand is such a device: it is modelled then.
    """

    id: str
    variant: str
    profile: Profile
    replicas: int
    spec: Spec
    device: Device
    dtype: str
    fit: Fit | None
    why_not: str = ""
    place: Place | None = None

    @property
    def folder(self) -> str:
        """Name of its folder."""
        return self.id.replace(" ", "-")

    def memory(self) -> Memory | None:
        """By arithmetic over the shapes of the model."""
        fit = self.fit
        if fit is None:
            return None
        why = self.why_not if not fit.ok else ""
        return Memory(weights=fit.weights, kv_cache=fit.kv_cache, usable=fit.usable, fits=fit.ok, basis="modelled", why_not=why)


def comparable(spec: Spec) -> Spec:
    """The spec, if it is one that can be compared; of the default batches those that a replica decodes together.

    Raises:
        InputError: it names an endpoint, has no such section, no SLO, or batches that are never decoded together.
    """
    if spec.model is None:
        raise InputError(
            "`ftbench compare` loads the model once in each variant, and this spec names an endpoint, which serves one. "
            "Give `model`: a folder, a hub id or `embedded`."
        )
    if spec.compare is None:
        raise InputError(f"{spec.file or 'The spec'} has no section `compare`. Say what is to be compared, such as\n{EXAMPLE}")
    limits = spec.slo.model_dump(exclude={"attainment"}, exclude_none=True)
    if not limits:
        raise InputError(
            "slo names no limit, and the highest throughput is no capacity. Give at least one of slo.ttft_s, slo.tpot_s and slo.e2e_s."
        )
    most, asked = spec.serving.max_concurrency, spec.compare.batches
    if max(asked) <= most:
        return spec
    if "batches" in spec.compare.model_fields_set:
        raise InputError(
            f"compare.batches has {max(asked)}, and a replica decodes at most serving.max_concurrency = {most} requests together. "
            "Raise that, or leave the batch out."
        )
    batches = [batch for batch in asked if batch < most] + [most]
    return spec.but(compare=spec.compare.model_copy(update={"batches": batches}))


def profiles_of(spec: Spec) -> list[Profile]:
    """The compared hardware, in order; `local` at the spec's price.

    Raises:
        InputError: one is unknown, two have one id, or a price is in another currency than the spec's budget.
    """
    found: list[Profile] = []
    for name in spec.compare.hardware:
        price = spec.cost.price_per_hour if name == LOCAL else None
        profile = load_profile(name, spec.folder, price_per_hour=price, currency=spec.cost.currency)
        if any(other.id == profile.id for other in found):
            raise InputError(f"compare.hardware: {name} is the profile {profile.id}, which is there already. Give it an id of its own.")
        if profile.prices[0].currency != spec.cost.currency:
            raise InputError(
                f"cost.currency is {spec.cost.currency}, but the price of hardware {profile.id} is in {profile.prices[0].currency}. "
                "Compare hardware with prices in one currency, or write a profile file with a price in yours."
            )
        found.append(profile)
    return found


def reference_of(compare: Compare) -> str:
    """The variant that the others are compared with: the spec's word, else the most precise one."""
    from ftbench.models import VARIANTS

    order = list(VARIANTS)
    return compare.reference or min(compare.variants, key=order.index)


def matrix(spec: Spec, shape: ModelShape, context_tokens: int, profiles: Sequence[Profile] | None = None) -> list[CellPlan]:
    """Every cell, the hardware outermost, so that what is compared at a glance stands together.

    Args:
        context_tokens: prompt and output tokens that one request holds, for the KV cache that max_concurrency of them need.
    Raises:
        InputError: not one cell can run; says of the nearest one what it lacks.
    """
    compare = spec.compare
    plans = [
        _cell(spec, shape, context_tokens, variant, profile, replicas)
        for profile, replicas, variant in product(profiles or profiles_of(spec), compare.replicas, compare.variants)
    ]
    if all(plan.why_not for plan in plans):
        nearest = min(plans, key=lambda plan: plan.fit.missing if plan.fit and not plan.fit.ok else float("inf"))
        raise InputError(f"No cell of the comparison can run. The nearest is {nearest.id}: {nearest.why_not}")
    return plans


def here() -> Profile:
    """This machine, for finding out which profile it is."""
    return local_profile(None)


def device_of(profile: Profile, spec: Spec) -> Device:
    """One device of a profile as the variants see it; of this machine's own, what the driver says."""
    if profile.id == LOCAL or (profile.kind == "gpu" and same_device(here(), profile)):
        return local_device(cpu_only=spec.serving.gpus_per_replica == 0)
    kind = "cuda" if profile.kind == "gpu" else "cpu"
    return Device(kind, profile.name, int(profile.memory_gb * 1e9), None, profile.bf16_tflops_dense is not None)


def _cell(spec: Spec, shape: ModelShape, context_tokens: int, variant: str, profile: Profile, replicas: int) -> CellPlan:
    device = device_of(profile, spec)
    serving: dict[str, object] = {"replicas": replicas}
    if profile.kind == "gpu" and profile.id != LOCAL and spec.serving.gpus_per_replica == 0:
        serving["gpus_per_replica"] = None  # the spec keeps its own machine's GPUs free; a cell of a GPU is about that GPU
    own = spec.but(
        model=spec.model.model_copy(update={"variant": variant}),
        serving=spec.serving.model_copy(update=serving),
        hardware=profile.id if profile.id == LOCAL else spec.hardware,
    )
    packing(own, profile)  # replicas that no instance could hold are told before anything is measured
    dtype = compute_dtype(variant, device)
    fit = fits_in(own, shape, variant, dtype, device, context_tokens)
    why = _why_not(variant, device, profile, fit)
    return CellPlan(f"{variant}@{profile.id} x{replicas}", variant, profile, replicas, own, device, dtype, fit, why)


def fits_in(spec: Spec, shape: ModelShape, variant: str, dtype: str, device: Device, context_tokens: int) -> Fit:
    """One replica's weights, and the KV cache of max_concurrency requests, on the part of the device that it has.

    A CPU's memory is shared by all replicas on it; a GPU's by those that get a part of it.
    """
    gpus = spec.serving.gpus_per_replica if spec.serving.gpus_per_replica is not None else float(device.kind == "cuda")
    sharing = spec.serving.replicas if device.kind == "cpu" else max(1, int(1 / gpus + 1e-9)) if 0 < gpus < 1 else 1
    tokens = spec.serving.kv_cache_tokens or spec.serving.max_concurrency * context_tokens
    return fits(shape, variant, dtype, device.memory_bytes // sharing, tokens=tokens, devices=max(1, int(gpus)))


def _why_not(variant: str, device: Device, profile: Profile, fit: Fit) -> str:
    try:
        check_variant(variant, device)
    except InputError as error:
        return str(error)
    if device.kind == "cuda" and device.compute_capability is None and find_variant(variant).dtype == "bfloat16" and not device.bf16:
        return f"{profile.id} has no bf16 arithmetic (its profile names no bf16 peak). Compare fp16 there."
    if not fit.ok:
        return (
            f"{variant} needs {fit.missing / 1e9:.1f} GB more memory than {profile.name} can give ({fit.weights / 1e9:.1f} GB weights and "
            f"{fit.kv_cache / 1e9:.1f} GB KV cache; {fit.usable / 1e9:.1f} GB are usable). Lower serving.max_concurrency, or take a "
            "smaller variant or a device with more memory."
        )
    return ""
