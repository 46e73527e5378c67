"""A checked checkpoint becomes a model in memory, in one variant, ready for continuous batching."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ftbench.errors import InputError
from ftbench.models.adapter import Adapter, attach, check_adapter
from ftbench.models.cache import Progress, no_progress
from ftbench.models.device import Device, local_device
from ftbench.models.fingerprint import fingerprint
from ftbench.models.memory import check_room, kv_bytes_per_token, loaded_bytes, model_shape
from ftbench.models.source import Source
from ftbench.models.variants import DType, check_variant, compute_dtype, quantization_config, variant_notes

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

PLAIN_TEMPLATE = "{% for message in messages %}{{ message['content'] }}\n\n{% endfor %}"


@dataclass
class Loaded:
    """A model that answers.

    `context` is the most tokens (prompt + output) that it takes, None if its config names no limit; `kv_bytes_per_token` sizes a
    KV cache; `weight_bytes` is what the weights hold in memory, counted, not computed; `load_s` seconds from call to ready.
    `notes` belong beside every result.
    """

    model: "PreTrainedModel"
    tokenizer: "PreTrainedTokenizerBase"
    variant: str
    compute_dtype: DType
    fingerprint: str
    weight_bytes: int
    kv_bytes_per_token: int
    context: int | None
    load_s: float
    notes: tuple[str, ...]
    adapter: Adapter | None = None


def load_model(
    source: Source,
    variant: str,
    device: Device | None = None,
    *,
    adapter: Path | None = None,
    gpus: float | None = None,
    progress: Progress | None = None,
) -> Loaded:
    """`source` in `variant`, with `adapter` on it, in this process.

    Args:
        device: what to load on; by default the GPUs that this process sees, else the CPU.
        gpus: GPUs of this replica; with more than one the layers are spread over those that the process sees. 0 means the CPU.
    Raises:
        InputError: the device cannot run the variant or has too little memory, the adapter is of another base, the tokenizer has
            more tokens than the model, or the weights do not match the config.
    """
    start, progress = time.perf_counter(), progress or no_progress
    device = device or local_device(cpu_only=gpus == 0)
    devices = max(1, int(gpus or 1))
    check_variant(variant, device)
    dtype = compute_dtype(variant, device)
    with _quiet():
        shape = model_shape(source.folder, source.trust_remote_code)
        check_room(shape, source.name, variant, dtype, device, devices=devices)
        fitting = check_adapter(adapter, shape, source.name, allow_pickle=source.allow_pickle) if adapter else None
        mark = fingerprint(source, variant, dtype, adapter, progress)

        progress(f"loading {source.name} in {variant}", None)
        tokenizer, notes = load_tokenizer(source)
        if len(tokenizer) > shape.vocabulary:
            raise InputError(
                f"model.path: the tokenizer in {source.folder} knows {len(tokenizer)} tokens, the model {shape.vocabulary}. "
                "They are not of one model; copy the tokenizer that belongs to it."
            )
        model = _weights(source, variant, dtype, device, devices)
        if fitting:
            attach(model, fitting)
            notes += fitting.notes
    model.eval()
    return Loaded(
        model=model,
        tokenizer=tokenizer,
        variant=variant,
        compute_dtype=dtype,
        fingerprint=mark,
        weight_bytes=loaded_bytes(model),
        kv_bytes_per_token=kv_bytes_per_token(shape, dtype),
        context=shape.context,
        load_s=time.perf_counter() - start,
        notes=(*source.notes, *notes, *variant_notes(variant, device), *device.notes),
        adapter=fitting,
    )


def load_tokenizer(source: Source) -> tuple["PreTrainedTokenizerBase", tuple[str, ...]]:
    """The tokenizer, able to format messages and to pad, and what had to be added for that.

    Raises:
        InputError: its files cannot be read.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(source.folder, trust_remote_code=source.trust_remote_code, local_files_only=True)
    except Exception as error:  # a broken tokenizer.json raises plain Exception from Rust
        raise InputError(
            f"model.path: the tokenizer in {source.folder} cannot be read ({_line(error)}). Copy the tokenizer files again."
        ) from None
    notes: tuple[str, ...] = ()
    if not tokenizer.chat_template:
        tokenizer.chat_template = PLAIN_TEMPLATE
        notes += (
            "The tokenizer has no chat template: the messages of a chat are put one after the other, without roles. "
            "A model tuned on chats needs its template.",
        )
    if tokenizer.eos_token_id is None:
        notes += ("The tokenizer names no end of sequence: only max_tokens and `stop` end an answer.",)
    if tokenizer.pad_token_id is None and tokenizer.eos_token_id is not None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer, notes


def _weights(source: Source, variant: str, dtype: DType, device: Device, devices: int) -> "PreTrainedModel":
    import torch
    from transformers import AutoModelForCausalLM

    if device.kind == "cpu":
        device_map: object = {"": "cpu"}
    elif devices == 1:
        device_map = {"": 0}
    else:
        from ftbench.models.sharding import let_cache_follow_layers

        let_cache_follow_layers()
        device_map = "auto"
    try:
        model, info = AutoModelForCausalLM.from_pretrained(
            source.folder,
            dtype=getattr(torch, dtype),
            quantization_config=quantization_config(variant, dtype),
            device_map=device_map,
            attn_implementation="sdpa",
            trust_remote_code=source.trust_remote_code,
            use_safetensors=not source.pickle,
            local_files_only=True,
            output_loading_info=True,
        )
    except torch.OutOfMemoryError:
        raise InputError(
            f"{variant} of {source.name} does not fit beside what else {device.name} holds. Free its memory or choose a smaller variant."
        ) from None
    except (ValueError, RuntimeError, KeyError) as error:
        # An architecture without sdpa, shapes that differ from the config, a class that transformers does not know.
        raise InputError(
            f"model.path: {source.folder} cannot be loaded in {variant} ({_line(error)}). "
            "Check that config.json and weights are of one model."
        ) from None
    if missing := sorted(info["missing_keys"]):
        raise InputError(
            f"model.path: the weights in {source.folder} lack {missing[0]} ({len(missing)} in all), which its config.json asks for; "
            "they would have been filled at random. Check that config.json and weights are of one model."
        )
    return model


def _line(error: Exception) -> str:
    """The first line of a library's message, for use inside a sentence."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:300].rstrip(". ")


@contextmanager
def _quiet() -> Iterator[None]:
    """The libraries' progress bars and reports off while we check and show for ourselves; bitsandbytes' remarks on casts off for good."""
    from transformers.utils import logging as transformers_logging

    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    shown, verbosity = transformers_logging.is_progress_bar_enabled(), transformers_logging.get_verbosity()
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(verbosity)
        if shown:
            transformers_logging.enable_progress_bar()
