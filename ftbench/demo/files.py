"""The demo's files: where they lie, and a copy of them to start one's own gate from."""

import shutil
from pathlib import Path

from ftbench.errors import InputError

_DATA = Path(__file__).resolve().parent / "data"
_OURS = shutil.ignore_patterns("prompts.yaml", "__pycache__")  # what only the training reads


def demo_spec() -> Path:
    """The spec that `ftbench demo` runs."""
    return _DATA / "spec.yaml"


def demo_prompts() -> Path:
    """Tickets of ordinary length, for traffic where the user gives none."""
    return _DATA / "golden.jsonl"


def scaffold(folder: Path) -> Path:
    """Copy the demo's spec, adapter and test sets into `folder` and return the spec.

    Raises:
        InputError: the folder holds something already; nothing is overwritten.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not empty. Name a new folder; nothing was overwritten.")
    shutil.copytree(_DATA, folder, ignore=_OURS, dirs_exist_ok=True)
    return folder / "spec.yaml"
