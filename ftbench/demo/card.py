"""The adapter as it is committed: bf16 weights, a config that names no machine, and a card that says how it was made."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from ftbench.models.embedded import GGUF_SHA256, NAME

if TYPE_CHECKING:
    from peft import PeftModel

CARD = "training.json"
VERSIONS = ("torch", "transformers", "peft")


def data_hash(files: Iterable[Path]) -> str:
    """sha256 over the contents of `files`, one after the other in the order of their names."""
    digest = sha256()
    for path in sorted(files, key=lambda path: path.name):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def write_adapter(model: "PeftModel", out: Path, card: dict[str, object]) -> dict[str, object]:
    """Saves the adapter of `model` to `out`, with `card` and what it was made of as `training.json`; returns the whole card.

    bf16 halves the file, and what rounding takes is far below what a step of training moves.
    """
    import torch

    for name, parameter in model.named_parameters():
        if "lora_" in name:
            parameter.data = parameter.data.to(torch.bfloat16)
    for config in model.peft_config.values():
        config.base_model_name_or_path = NAME  # peft puts the folder of this machine there
    model.save_pretrained(out)
    (out / "README.md").unlink(missing_ok=True)  # peft's template, all blanks
    whole = {
        "base": NAME,
        "base_gguf_sha256": GGUF_SHA256,
        **card,
        "versions": {name: version(name).split("+")[0] for name in VERSIONS},
        "date": datetime.now(UTC).date().isoformat(),
    }
    (out / CARD).write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
    return whole
