"""Weight files looked at from outside: which there are, and whether they are whole. No tensor is read."""

import json
from pathlib import Path
from typing import Any

from ftbench.errors import InputError

_LARGEST_HEADER = 100_000_000  # safetensors' own limit
_LFS = b"version https://git-lfs"


def safetensors_files(folder: Path) -> list[Path]:
    """Shards and their index, or the one file; empty if there is neither.

    Raises:
        InputError: a shard that the index lists is missing.
    """
    index, single = folder / "model.safetensors.index.json", folder / "model.safetensors"
    if single.is_file():  # the order in which transformers looks
        return [single]
    if not index.is_file():
        return []
    names = sorted(set(read_json(index).get("weight_map", {}).values()))
    missing = [name for name in names if not (folder / name).is_file()]
    if missing or not names:
        what = f"lacks {missing[0]}, which {index.name} lists" if missing else f"has an {index.name} that lists nothing"
        raise InputError(f"model.path: {folder} {what} ({len(missing)} of {len(names)} shards are missing). Copy all shards.")
    return [*(folder / name for name in names), index]


def tensors_of(file: Path) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor in a safetensors file, from its header.

    Raises:
        InputError: it is not a safetensors file, or is cut off.
    """
    size = file.stat().st_size
    with file.open("rb") as source:
        start = source.read(len(_LFS))
        if start.startswith(_LFS):
            raise InputError(f"{file} is a git-lfs pointer, not the weights. Run `git lfs pull` in its folder.")
        length = int.from_bytes(start[:8], "little")
        if size < 8 or length > _LARGEST_HEADER or 8 + length > size:
            raise InputError(f"{file} is not a safetensors file, or is cut off ({size:,} bytes). Copy it again.")
        source.seek(8)
        try:
            header: dict[str, Any] = json.loads(source.read(length))
            tensors = {name: entry for name, entry in header.items() if name != "__metadata__"}
            end = max((entry["data_offsets"][1] for entry in tensors.values()), default=0)
            shapes = {name: tuple(int(n) for n in entry["shape"]) for name, entry in tensors.items()}
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            raise InputError(f"{file} has a header that is not safetensors. Copy it again.") from None
    if 8 + length + end != size:
        raise InputError(f"{file} is cut off or damaged: {size:,} bytes, its header speaks of {8 + length + end:,}. Copy it again.")
    return shapes


def check_safetensors(file: Path) -> None:
    """Nothing, if `file` is whole (an index file is not looked into again).

    Raises:
        InputError: see `tensors_of`; or it holds no tensor.
    """
    if file.suffix == ".safetensors" and not tensors_of(file):
        raise InputError(f"{file} holds no weights. Copy it again.")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON file that holds an object.

    Raises:
        InputError: it is not JSON, or not an object.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise InputError(f"{path} is not JSON ({error}). Copy it again.") from None
    if not isinstance(value, dict):
        raise InputError(f"{path} is JSON, but not an object. Copy it again.")
    return value
