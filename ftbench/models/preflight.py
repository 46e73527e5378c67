"""Everything that can be refused before a replica is started, in the order in which it costs least to find out."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ftbench.models.adapter import Adapter, check_adapter, check_adapter_folder
from ftbench.models.cache import Progress
from ftbench.models.device import Device, check_gpus
from ftbench.models.memory import ModelShape, check_room, model_shape
from ftbench.models.source import Source, classify, resolve_source
from ftbench.models.variants import DType, check_variant, compute_dtype
from ftbench.spec.target import Model


class Ready(NamedTuple):
    """A model that can be deployed as the spec says. `adapter_folder` is what `load_model` takes as `adapter`."""

    source: Source
    adapter: Adapter | None
    shape: ModelShape
    compute_dtype: DType

    @property
    def adapter_folder(self) -> Path | None:
        """None without an adapter."""
        return self.adapter.folder if self.adapter else None


def preflight(
    model: Model,
    spec_folder: Path,
    device: Device,
    *,
    gpus_per_replica: float = 0,
    replicas: int = 1,
    kv_tokens: int = 0,
    progress: Progress | None = None,
) -> Ready:
    """The spec's model, fetched and checked against the device that it shall run on; loads no weights, imports torch at the end.

    Args:
        kv_tokens: tokens of KV cache that one replica shall have room for beside its weights.
    Raises:
        InputError: the variant cannot run on the device, GPUs are lacking, the adapter or the checkpoint is not whole, the adapter is
            of another base, or weights and cache do not fit.
    """
    check_variant(model.variant, device)
    check_gpus(device, gpus_per_replica, replicas)
    classify(model.path, spec_folder)
    folder = (spec_folder / Path(model.adapter).expanduser()).resolve() if model.adapter else None
    if folder:
        check_adapter_folder(folder, allow_pickle=model.allow_pickle)
    source = resolve_source(model, spec_folder, progress)
    dtype = compute_dtype(model.variant, device)
    shape = model_shape(source.folder, source.trust_remote_code)
    adapter = check_adapter(folder, shape, source.name, allow_pickle=model.allow_pickle) if folder else None
    # A CPU's memory is shared by all replicas on it; a GPU's by those that get a part of it.
    sharing = replicas if device.kind == "cpu" else max(1, int(1 / gpus_per_replica + 1e-9)) if 0 < gpus_per_replica < 1 else 1
    part = replace(device, memory_bytes=device.memory_bytes // sharing)
    check_room(shape, source.name, model.variant, dtype, part, tokens=kv_tokens, devices=max(1, int(gpus_per_replica)))
    return Ready(source, adapter, shape, dtype)
