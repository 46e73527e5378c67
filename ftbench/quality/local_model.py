"""A small model in a folder of this machine, for scorers and screens: loaded once, offline, never with code of its own."""

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ftbench.errors import InputError


class LocalModel(NamedTuple):
    """A transformers tokenizer and model in evaluation mode; `longest` is the most tokens that it reads at once."""

    tokenizer: Any
    model: Any
    longest: int
    device: str


@lru_cache(maxsize=2)
def load_local(folder: str, kind: str) -> LocalModel:
    """The model in `folder` as transformers' class `kind`, on the GPU if this process may use one.

    Raises:
        InputError: no such folder, or nothing in it that transformers can load without running code from it.
    """
    if not (Path(folder) / "config.json").is_file():
        raise InputError(f"{folder} holds no config.json. Name the folder of a transformers model that is on this machine.")
    import torch
    import transformers

    options = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **options)
        model = getattr(transformers, kind).from_pretrained(folder, use_safetensors=True, dtype=torch.float32, **options)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        raise InputError(f"{folder} cannot be loaded as {kind}: {str(error).splitlines()[0]}") from None
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return LocalModel(tokenizer, model.eval().to(device), _longest(tokenizer, model.config), device)


def _longest(tokenizer: Any, config: Any) -> int:
    """Tokenizers without a limit say 1e30; positions of RoBERTa start behind the padding id, which takes two away."""
    positions = getattr(config, "max_position_embeddings", None) or 512
    return int(min(tokenizer.model_max_length, positions - 2))
