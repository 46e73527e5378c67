"""How much memory a variant needs: arithmetic over the shapes of a model, which `model_shape` reads without loading weights."""

import math
from dataclasses import dataclass
from pathlib import Path

from ftbench.errors import InputError
from ftbench.models.device import Device
from ftbench.models.variants import BLOCK, DTYPE_BYTES, SCALES_BLOCK, VARIANTS, DType, compute_dtype, find_variant

RESERVE = (
    0.10  # of the device's memory for activations, workspace and fragmentation; vLLM's default leaves the same (gpu_memory_utilization 0.9)
)


@dataclass(frozen=True)
class ModelShape:
    """What memory depends on.

    `linears` maps the layers that bitsandbytes quantizes to (outputs, inputs); embeddings, norms, biases, the output layer and
    fused expert tensors are not among them and are counted in `other_parameters`, tied weights once. `layers`, `kv_heads` and
    `head_dim` give the KV cache: an upper bound for models whose layers partly look at a sliding window only.
    `context` is the longest prompt + output in tokens that the model's positions allow, or None if it names no limit. `heads` are the
    query heads; `lookup_parameters` those of an input embedding that is not the output layer too: a step reads single rows of it.
    """

    linears: tuple[tuple[str, tuple[int, int]], ...]
    other_parameters: int
    layers: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    context: int | None
    dense: tuple[tuple[str, tuple[int, ...]], ...] = ()
    heads: int | None = None
    lookup_parameters: int = 0

    @property
    def parameters(self) -> int:
        """All parameters, tied ones once."""
        return self.other_parameters + sum(rows * columns for _, (rows, columns) in self.linears)


def weight_bytes(shape: ModelShape, variant: str, dtype: DType) -> int:
    """Bytes of the weights on the device, block scales included; what is not quantized is held in `dtype`.

    int8: one byte a weight and one fp32 scale an output row. 4 bit: half a byte a weight and one fp32 scale a block of 64; with
    double quantization one byte a block, one fp32 a 256 blocks, and one fp32 mean. Both 4-bit forms carry a code book of 16 fp32 a
    layer, and the double one a book of 256 besides. Source: bitsandbytes, functional.quantize_4bit.
    """
    row = find_variant(variant)
    other = shape.other_parameters * DTYPE_BYTES[dtype]
    return other + sum(_linear_bytes(rows, columns, row.method, row.double_quant, dtype) for _, (rows, columns) in shape.linears)


def _linear_bytes(rows: int, columns: int, method: str, double_quant: bool, dtype: DType) -> int:
    n = rows * columns
    if method == "none":
        return n * DTYPE_BYTES[dtype]
    if method == "int8":
        return n + 4 * rows
    blocks = math.ceil(n / BLOCK)
    scales = blocks + 4 * math.ceil(blocks / SCALES_BLOCK) + 4 + 4 * 256 if double_quant else 4 * blocks
    return math.ceil(n / 2) + scales + 4 * 16


def kv_bytes_per_token(shape: ModelShape, dtype: DType) -> int:
    """Bytes of KV cache that one token of context takes: a key and a value per layer and KV head, in `dtype`."""
    return 2 * shape.layers * shape.kv_heads * shape.head_dim * DTYPE_BYTES[dtype]


@dataclass(frozen=True)
class Fit:
    """`needed` = weights + KV cache; `usable` = device memory less the reserve. All in bytes."""

    weights: int
    kv_cache: int
    usable: int

    @property
    def needed(self) -> int:
        """Bytes."""
        return self.weights + self.kv_cache

    @property
    def ok(self) -> bool:
        """Whether it fits."""
        return self.needed <= self.usable

    @property
    def missing(self) -> int:
        """Bytes that are lacking; 0 if it fits."""
        return max(0, self.needed - self.usable)

    def kv_tokens(self, shape: ModelShape, dtype: DType) -> int:
        """Tokens of KV cache for which there is room beside the weights; 0 if the weights alone do not fit."""
        return max(0, self.usable - self.weights) // kv_bytes_per_token(shape, dtype)


def fits(
    shape: ModelShape, variant: str, dtype: DType, memory_bytes: int, *, tokens: int = 0, devices: int = 1, reserve: float = RESERVE
) -> Fit:
    """Whether `variant` and a KV cache of `tokens` tokens go into `devices` devices of `memory_bytes` each, the layers spread over them."""
    usable = int(memory_bytes * devices * (1 - reserve))
    return Fit(weight_bytes(shape, variant, dtype), tokens * kv_bytes_per_token(shape, dtype), usable)


def check_room(shape: ModelShape, name: str, variant: str, dtype: DType, device: Device, *, tokens: int = 0, devices: int = 1) -> Fit:
    """The fit of `variant` and a KV cache of `tokens` tokens on `device`, if they fit.

    Raises:
        InputError: they do not; says by how much, and which variants would fit.
    """
    fit = fits(shape, variant, dtype, device.memory_bytes, tokens=tokens, devices=devices)
    if fit.ok:
        return fit
    smaller = [v for v in VARIANTS if fits(shape, v, compute_dtype(v, device), device.memory_bytes, tokens=tokens, devices=devices).ok]
    cache_part = f" and {fit.kv_cache / 1e9:.1f} GB KV cache for {tokens} tokens" if tokens else ""
    instead = f"Choose one of: {', '.join(smaller)}" if smaller else "Choose a device with more memory"
    raise InputError(
        f"{variant} of {name} needs {fit.missing / 1e9:.1f} GB more memory than {devices if devices > 1 else 'one'} {device.name} can give "
        f"({fit.weights / 1e9:.1f} GB weights{cache_part}; {fit.usable / 1e9:.1f} GB are usable). {instead}"
        f"{'; or lower serving.max_concurrency or serving.max_context' if tokens else ''}."
    )


def model_shape(folder: Path, trust_remote_code: bool = False) -> ModelShape:
    """The shapes of the model in `folder`, from its config.json alone: the model is built without memory for its weights.

    Imports torch.

    Raises:
        InputError: transformers cannot build a language model from this config.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=trust_remote_code)
        with torch.device("meta"):
            return shape_of(AutoModelForCausalLM.from_config(config, trust_remote_code=trust_remote_code))
    except Exception as error:  # what a config can hold is the user's; each architecture fails on it in its own way
        why = next(iter(str(error).strip().splitlines()), type(error).__name__)[:300].rstrip(". ")
        raise InputError(
            f"model.path: transformers cannot build a language model from {folder / 'config.json'} ({why}). "
            "Check the file, or install a version of transformers that knows this architecture."
        ) from None


def shape_of(model: object) -> ModelShape:
    """The same of a model that has been built (unquantized)."""
    from torch import nn
    from transformers.pytorch_utils import Conv1D
    from transformers.quantizers.base import get_keys_to_not_convert
    from transformers.quantizers.quantizers_utils import should_convert_module

    kept = get_keys_to_not_convert(model)
    linears, dense, quantized = [], [], set()
    for name, module in model.named_modules():
        if type(module) is nn.Linear or isinstance(module, Conv1D):
            size = tuple(module.weight.shape) if type(module) is nn.Linear else tuple(reversed(module.weight.shape))
            dense.append((name, size))
            if should_convert_module(name, kept):
                linears.append((name, size))
                quantized.add(id(module.weight))
        elif isinstance(module, nn.Embedding):
            dense.append((name, tuple(module.weight.shape)))
    parameters = {id(p): p.numel() for p in model.parameters()}  # by identity, so tied weights count once
    text = model.config.get_text_config()
    heads = text.num_attention_heads
    inputs, output = model.get_input_embeddings(), model.get_output_embeddings()
    return ModelShape(
        linears=tuple(linears),
        other_parameters=sum(n for i, n in parameters.items() if i not in quantized),
        layers=text.num_hidden_layers,
        kv_heads=getattr(text, "num_key_value_heads", None) or heads,
        head_dim=getattr(text, "head_dim", None) or text.hidden_size // heads,
        vocabulary=inputs.weight.shape[0],
        context=getattr(text, "max_position_embeddings", None),
        dense=tuple(dense),
        heads=heads,
        lookup_parameters=0 if output is not None and output.weight is inputs.weight else inputs.weight.numel(),
    )


def loaded_bytes(model: object) -> int:
    """Bytes that the weights of a loaded model really hold, scales of bitsandbytes and adapters included; buffers are not weights."""
    total, seen = 0, set()
    for parameter in model.parameters():
        if id(parameter) in seen:
            continue
        seen.add(id(parameter))
        total += parameter.nbytes
        state = getattr(parameter, "quant_state", None)
        while state is not None:
            total += state.absmax.nbytes + state.code.nbytes + (state.offset.nbytes if getattr(state, "offset", None) is not None else 0)
            state = getattr(state, "state2", None)
        scales = getattr(parameter, "SCB", None)
        total += scales.nbytes if scales is not None else 0
    return total
