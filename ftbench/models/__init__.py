"""A checkpoint becomes a loaded model: bitsandbytes variants, LoRA adapters, fingerprint, embedded default.

Knows torch and transformers, but imports them only when a model is looked into; knows nothing of HTTP, Ray or tests.
"""

from ftbench.models.adapter import Adapter, check_adapter, check_adapter_folder
from ftbench.models.cache import Progress, cache_folder
from ftbench.models.device import Device, check_gpus, local_device
from ftbench.models.embedded import embedded_folder, embedded_note
from ftbench.models.fingerprint import fingerprint
from ftbench.models.load import Loaded, load_model, load_tokenizer
from ftbench.models.memory import Fit, ModelShape, check_room, fits, kv_bytes_per_token, model_shape, weight_bytes
from ftbench.models.preflight import Ready, preflight
from ftbench.models.source import Source, classify, resolve_source
from ftbench.models.variants import VARIANTS, VariantRow, check_variant, compute_dtype, device_table, find_variant, variant_notes

__all__ = [
    "VARIANTS",
    "Adapter",
    "Device",
    "Fit",
    "Loaded",
    "ModelShape",
    "Progress",
    "Ready",
    "Source",
    "VariantRow",
    "cache_folder",
    "check_adapter",
    "check_adapter_folder",
    "check_gpus",
    "check_room",
    "check_variant",
    "classify",
    "compute_dtype",
    "device_table",
    "embedded_folder",
    "embedded_note",
    "find_variant",
    "fingerprint",
    "fits",
    "kv_bytes_per_token",
    "load_model",
    "load_tokenizer",
    "local_device",
    "model_shape",
    "preflight",
    "resolve_source",
    "variant_notes",
    "weight_bytes",
]
