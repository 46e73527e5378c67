"""`model.path` of the spec becomes a folder on this machine that can be loaded, or a sentence that says why not.

Everything that can be wrong with a checkpoint is found here, from names and file headers, before a byte of weights is read.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ftbench.errors import InputError
from ftbench.models.cache import Progress, no_progress
from ftbench.models.embedded import NAME as EMBEDDED_NAME
from ftbench.models.embedded import embedded_folder, embedded_note
from ftbench.models.hub import download
from ftbench.models.weights import check_safetensors, read_json, safetensors_files
from ftbench.spec.target import Model

EMBEDDED = "embedded"
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
TOKENIZER_FILES = (
    ("tokenizer.json",),
    ("tokenizer.model",),
    ("spiece.model",),
    ("sentencepiece.bpe.model",),
    ("tekken.json",),
    ("vocab.json", "merges.txt"),
    ("vocab.txt",),
)


@dataclass(frozen=True)
class Source:
    """A checkpoint that is here and whole.

    `revision` is the commit of one from the hub. `pickle`: its weights are pickle files; `allow_pickle`: the spec permits that.
    `notes` belong beside every result.
    """

    folder: Path
    kind: Literal["embedded", "folder", "hub"]
    name: str
    weights: tuple[Path, ...]
    revision: str | None = None
    trust_remote_code: bool = False
    allow_pickle: bool = False
    pickle: bool = False
    notes: tuple[str, ...] = field(default=())


def resolve_source(model: Model, spec_folder: Path, progress: Progress | None = None) -> Source:
    """The checkpoint that the spec names; fetched, if it is on the hub or the embedded one.

    Raises:
        InputError: it is missing, not whole, of a kind that cannot be served, or wants a flag that the spec does not set.
    """
    progress = progress or no_progress
    kind, folder = classify(model.path, spec_folder)
    if kind == "embedded":
        return checked(embedded_folder(progress), model, "embedded", model.name or EMBEDDED_NAME, notes=(embedded_note(),))
    if kind == "folder":
        return checked(folder, model, "folder", model.name or folder.name)
    config = download(model.path, model.revision, ["config.json"], progress)
    check_config(config.folder, model)
    found = download(model.path, model.revision, _wanted(model, "*.safetensors"), progress)
    if model.allow_pickle and not safetensors_files(found.folder):
        found = download(model.path, model.revision, _wanted(model, "pytorch_model*.bin"), progress)
    unpinned = () if model.revision else (f"model.revision is not set; {model.path} was taken at commit {found.commit[:12]}.",)
    return checked(found.folder, model, "hub", model.name or model.path.split("/")[-1], revision=found.commit, notes=unpinned)


def classify(path: str, spec_folder: Path) -> tuple[Literal["embedded", "folder", "hub"], Path]:
    """What `path` means: the embedded model, a folder (relative to the spec), or a hub id. A folder that exists wins over a hub id.

    Raises:
        InputError: it is a file, or looks like a folder and is none.
    """
    if path == EMBEDDED:
        return "embedded", Path()
    folder = (spec_folder / Path(path).expanduser()).resolve()
    if folder.is_dir():
        return "folder", folder
    if folder.exists():
        raise InputError(f"model.path: {folder} is a file. Give the folder that holds config.json and the weights.")
    if HUB_ID.fullmatch(path):
        return "hub", folder
    raise InputError(f"model.path: the folder {folder} does not exist. Give a folder, a hub id such as org/name, or `embedded`.")


def checked(
    folder: Path,
    model: Model,
    kind: Literal["embedded", "folder", "hub"],
    name: str,
    *,
    revision: str | None = None,
    notes: tuple[str, ...] = (),
) -> Source:
    """`folder` as a Source, if it can be loaded as the spec says.

    Raises:
        InputError: see `resolve_source`.
    """
    if not (folder / "config.json").exists() and (folder / "adapter_config.json").exists():
        raise InputError(f"model.path: {folder} is a LoRA adapter, not a model. Put it under model.adapter and its base under model.path.")
    check_config(folder, model)
    weights, pickle = find_weights(folder, allow_pickle=model.allow_pickle)
    check_tokenizer(folder, model)
    if pickle:
        notes += (f"{name} was loaded from pickle files, as model.allow_pickle permits.",)
    if model.trust_remote_code and _ships_code(folder):
        notes += (f"{name} ran its own Python code, as model.trust_remote_code permits.",)
    return Source(folder, kind, name, tuple(weights), revision, model.trust_remote_code, model.allow_pickle, pickle, notes)


def check_config(folder: Path, model: Model) -> None:
    """config.json is there, is of a causal language model in plain weights, and needs no code that the spec does not allow.

    Raises:
        InputError: otherwise.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise InputError(f"model.path: {folder} has no config.json. Give the folder that `save_pretrained` wrote.")
    config = read_json(path)
    if "auto_map" in config and not model.trust_remote_code:
        raise InputError(
            f"{path} asks to run Python code that comes with the model (auto_map). Read that code, then set model.trust_remote_code: true; "
            "or remove auto_map, if transformers knows the architecture itself."
        )
    if "model_type" not in config and "auto_map" not in config:
        raise InputError(f"{path} has no model_type, so nobody can tell what model this is. Give the folder that `save_pretrained` wrote.")
    if "quantization_config" in config:
        method = (
            config["quantization_config"].get("quant_method", "some method")
            if isinstance(config["quantization_config"], dict)
            else "some method"
        )
        raise InputError(
            f"{path}: the weights are quantized already ({method}), so no variant would mean what it says. "
            "Give the unquantized checkpoint, or serve this one yourself and test it as an endpoint."
        )
    architectures = [a for a in config.get("architectures") or [] if isinstance(a, str)]
    if config.get("is_encoder_decoder") or (
        architectures and not any(re.search(r"CausalLM|LMHead|ConditionalGeneration", a) for a in architectures)
    ):
        raise InputError(
            f"{path}: {', '.join(architectures) or config.get('model_type')} does not generate text token by token. "
            "Give a causal language model."
        )


def find_weights(folder: Path, *, allow_pickle: bool) -> tuple[list[Path], bool]:
    """The weight files that will be loaded, whole, and whether they are pickle.

    Raises:
        InputError: there are none, one is missing or cut off, or they are pickle and the spec does not allow that.
    """
    files = safetensors_files(folder)
    if files:
        for file in files:
            check_safetensors(file)
        return files, False
    single, index = folder / "pytorch_model.bin", folder / "pytorch_model.bin.index.json"
    if index.is_file():
        shards = sorted({folder / name for name in read_json(index).get("weight_map", {}).values()})
        missing = [s.name for s in shards if not s.is_file()]
        if missing:
            raise InputError(f"model.path: {folder} lacks {missing[0]}, which {index.name} lists. Copy all shards.")
    else:
        shards = [single] if single.is_file() else []
    if shards and allow_pickle:
        return [*shards, *([index] if index.is_file() else [])], True
    pickles = shards or sorted([*folder.glob("*.bin"), *folder.glob("*.pt"), *folder.glob("*.pth")])
    if shards:
        raise InputError(
            f"model.path: {folder} has only pickle weights ({shards[0].name}), which can run code when opened. "
            "Convert them to safetensors, or, if you trust whoever made them, set model.allow_pickle: true."
        )
    if pickles:
        raise InputError(
            f"model.path: {folder} has weights that transformers does not read ({pickles[0].name}). "
            "Save them as safetensors with `save_pretrained`."
        )
    if any(folder.glob("*.gguf")):
        raise InputError(
            f"model.path: {folder} has only GGUF weights. Give the original checkpoint in safetensors; a GGUF is quantized already."
        )
    raise InputError(f"model.path: {folder} has no weights (model.safetensors). Give the folder that `save_pretrained` wrote.")


def check_tokenizer(folder: Path, model: Model) -> None:
    """There is a tokenizer, and it needs no code that the spec does not allow.

    Raises:
        InputError: otherwise.
    """
    settings = read_json(folder / "tokenizer_config.json") if (folder / "tokenizer_config.json").is_file() else {}
    if "auto_map" in settings:
        if model.trust_remote_code:
            return
        raise InputError(
            f"{folder / 'tokenizer_config.json'} asks to run Python code that comes with the tokenizer (auto_map). "
            "Read that code, then set model.trust_remote_code: true."
        )
    if not any(all((folder / name).is_file() for name in names) for names in TOKENIZER_FILES):
        raise InputError(f"model.path: {folder} has no tokenizer (tokenizer.json). Copy the tokenizer files of the base model into it.")


def _ships_code(folder: Path) -> bool:
    def asks(name: str) -> bool:
        settings: dict[str, Any] = read_json(folder / name) if (folder / name).is_file() else {}
        return "auto_map" in settings

    return asks("config.json") or asks("tokenizer_config.json")


def _wanted(model: Model, weights: str) -> list[str]:
    """File patterns at the top of the repository; what lies deeper (onnx/, original/) is another format."""
    return [weights, "*.json", "*.txt", "*.model", "*.jinja", *(["*.py"] if model.trust_remote_code else [])]
