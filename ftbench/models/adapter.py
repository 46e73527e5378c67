"""A LoRA adapter: does it belong to this base, and onto the model with it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ftbench.errors import InputError
from ftbench.models.memory import ModelShape
from ftbench.models.weights import read_json, tensors_of

if TYPE_CHECKING:
    from transformers import PreTrainedModel

CONFIG, WEIGHTS, PICKLE = "adapter_config.json", "adapter_model.safetensors", "adapter_model.bin"
_PART = re.compile(r"(?:base_model\.model\.)?(?P<module>.+?)\.(?P<part>lora_A|lora_B|lora_embedding_A|lora_embedding_B)(?:\.weight)?")


@dataclass(frozen=True)
class Adapter:
    """A LoRA adapter that fits its base. `base` is what its own config names as base; it is a name, not a proof."""

    folder: Path
    base: str | None
    rank: int | None
    modules: int
    notes: tuple[str, ...] = ()


def adapter_files(folder: Path) -> list[Path]:
    """Config and weights, those that are there."""
    weights = next((folder / name for name in (WEIGHTS, PICKLE) if (folder / name).is_file()), None)
    return [folder / CONFIG, *([weights] if weights else [])]


def check_adapter_folder(folder: Path, *, allow_pickle: bool = False) -> None:
    """`folder` holds a LoRA adapter that may be opened. Reads no tensor and imports no torch.

    Raises:
        InputError: with what is missing.
    """
    if not folder.is_dir():
        raise InputError(f"model.adapter: the folder {folder} does not exist. Give the folder that peft's `save_pretrained` wrote.")
    if not (folder / CONFIG).is_file():
        hint = (
            "It looks like a whole model: put it under model.path."
            if (folder / "config.json").is_file()
            else "Give the folder that peft's `save_pretrained` wrote."
        )
        raise InputError(f"model.adapter: {folder} has no {CONFIG}. {hint}")
    config = read_json(folder / CONFIG)
    kind = config.get("peft_type")
    if kind != "LORA":
        raise InputError(
            f"model.adapter: {folder / CONFIG} says peft_type {kind!r}; ftbench serves LORA. "
            "Merge it into its base and give that as model.path."
        )
    if config.get("use_dora"):
        # transformers 5.23 leaves DoRA's magnitudes at their start values; what it would serve is another model.
        raise InputError(
            f"model.adapter: {folder / CONFIG} uses DoRA, which transformers does not load onto a running base. "
            "Merge it into its base (peft's merge_and_unload) and give that as model.path."
        )
    if not (folder / WEIGHTS).is_file():
        if not (folder / PICKLE).is_file():
            raise InputError(f"model.adapter: {folder} has no {WEIGHTS}. Copy the whole folder that peft wrote.")
        if not allow_pickle:
            raise InputError(
                f"model.adapter: {folder} has only pickle weights ({PICKLE}), which can run code when opened. "
                "Save it as safetensors, or, if you trust whoever made it, set model.allow_pickle: true."
            )


def check_adapter(folder: Path, shape: ModelShape, base_name: str, *, allow_pickle: bool = False) -> Adapter:
    """The adapter in `folder`, if every tensor in it fits the base with `shape`.

    A is (rank, inputs) and B is (outputs, rank) of the layer that it is put on; an embedding's are (rank, rows) and (columns, rank).

    Raises:
        InputError: it was trained on another base; names the first module that does not fit.
    """
    check_adapter_folder(folder, allow_pickle=allow_pickle)
    config = read_json(folder / CONFIG)
    base = config.get("base_model_name_or_path")
    trained_on = f" (its config names {base} as base)" if base else ""
    tensors = tensors_of(folder / WEIGHTS) if (folder / WEIGHTS).is_file() else _pickled(folder / PICKLE)
    modules = dict(shape.dense)
    touched = set()
    for name in sorted(tensors):
        found = _PART.fullmatch(name)
        if not found:
            continue  # whole modules, magnitudes and biases: `attach` counts what is left over
        module, part, have = found["module"], found["part"], tensors[name]
        touched.add(module)
        if ".experts." in f".{module}.":
            continue  # transformers fuses experts into one tensor and peft converts their adapters; `attach` checks those
        if module not in modules:
            raise InputError(
                f"model.adapter: {folder} was trained on another base{trained_on}: it changes {module}, which {base_name} does not have. "
                "Give its own base as model.path."
            )
        first, second = modules[module]
        expected = {"lora_A": (1, second), "lora_B": (0, first), "lora_embedding_A": (1, first), "lora_embedding_B": (0, second)}[part]
        axis, size = expected
        if len(have) != 2 or have[axis] != size:
            raise InputError(
                f"model.adapter: {folder} was trained on another base{trained_on}: its {part} for {module} is {'x'.join(map(str, have))}, "
                f"and that layer of {base_name} is {first}x{second}. Give its own base as model.path."
            )
    if not touched:
        raise InputError(f"model.adapter: {folder / WEIGHTS} holds no LoRA tensors. Copy the whole folder that peft wrote.")
    notes = ()
    if base and _last(base) != _last(base_name):
        notes = (
            f"The adapter names {base} as its base and was put on {base_name}: the shapes fit, whether the weights do, only you know.",
        )
    return Adapter(folder, base, config.get("r"), len(touched), notes)


def attach(model: "PreTrainedModel", adapter: Adapter) -> None:
    """Puts the adapter on the loaded model, in place.

    Raises:
        InputError: a tensor of the adapter found no place, or a place no tensor; a half-loaded adapter would be another model.
    """
    info = model.load_adapter(str(adapter.folder))
    wrong = [
        ("has no weights for", sorted(info.missing_keys)),
        ("has weights that the base has no place for:", sorted(info.unexpected_keys)),
        ("has weights of another size for", sorted(str(key) for key in info.mismatched_keys)),
    ]
    for what, keys in wrong:
        if keys:
            raise InputError(
                f"model.adapter: {adapter.folder} {what} {keys[0]} ({len(keys)} in all). "
                "Give the base that it was trained on as model.path."
            )
    model.eval()


def _last(name: str) -> str:
    return re.split(r"[\\/]", name.rstrip("\\/"))[-1].lower()


def _pickled(path: Path) -> dict[str, tuple[int, ...]]:
    import torch

    try:
        return {name: tuple(tensor.shape) for name, tensor in torch.load(path, map_location="meta", weights_only=True).items()}
    except Exception as error:  # pickle raises anything at all
        raise InputError(f"{path} cannot be opened ({type(error).__name__}). Copy it again.") from None
