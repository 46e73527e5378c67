"""One hash that says which model a number belongs to: weights, config, tokenizer, adapter, variant, compute dtype.

Folder and file times do not go into it: the same bytes elsewhere are the same model.
"""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from ftbench.models.adapter import adapter_files
from ftbench.models.cache import Progress, cache_folder, no_progress
from ftbench.models.source import Source

BLOCK_BYTES = 8 << 20
SMALL_BYTES = 1 << 20  # smaller files are hashed each time; looking them up would not be faster

BESIDE_WEIGHTS = (
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "chat_template.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "tekken.json",
)


def fingerprint(source: Source, variant: str, compute_dtype: str, adapter: Path | None = None, progress: Progress | None = None) -> str:
    """sha256 (hex) over everything that decides what the model answers.

    Large files are read once: their hash is kept in the cache folder under path, size, inode and both file times, so that a change
    is seen even where somebody sets the modification time back.
    """
    progress = progress or no_progress
    files = [("model", path) for path in model_files(source)]
    files += [("adapter", path) for path in (adapter_files(adapter) if adapter else [])]
    total, done = sum(path.stat().st_size for _, path in files), 0
    whole = hashlib.sha256()
    for role, path in files:
        digest = file_hash(path, lambda n, done=done: progress("hashing the weights", (done + n) / max(total, 1)))
        done += path.stat().st_size
        whole.update(f"{role}\0{path.name}\0{digest}\n".encode())
    whole.update(f"variant\0{variant}\0{compute_dtype}\n".encode())
    return whole.hexdigest()


def model_files(source: Source) -> list[Path]:
    """The files of a checkpoint that decide what it answers, by name; a README is not among them."""
    beside = [source.folder / name for name in BESIDE_WEIGHTS]
    beside += sorted(source.folder.glob("*.model"))
    beside += sorted(source.folder.glob("*.py")) if source.trust_remote_code else []
    return sorted({*source.weights, *(path for path in beside if path.is_file())}, key=lambda path: path.name)


def file_hash(path: Path, progress: Callable[[int], None] | None = None) -> str:
    """sha256 (hex) of one file, from the cache where it is known. `progress` is called with the bytes read so far."""
    state = path.stat()
    known = _known_file(path) if state.st_size > SMALL_BYTES else None
    key = [state.st_size, state.st_ino, state.st_mtime_ns, state.st_ctime_ns]
    if known and (digest := _read(known, key)):
        return digest
    digest, read = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
            read += len(block)
            if progress:
                progress(read)
    if known:
        _write(known, key, digest.hexdigest())
    return digest.hexdigest()


def _known_file(path: Path) -> Path:
    return cache_folder() / "hashes" / f"{hashlib.sha256(str(path.resolve()).encode()).hexdigest()}.json"


def _read(known: Path, key: list[int]) -> str | None:
    try:
        entry = json.loads(known.read_text(encoding="utf-8"))
        return entry["sha256"] if entry["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(known: Path, key: list[int], digest: str) -> None:
    known.parent.mkdir(exist_ok=True)
    new = known.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps({"key": key, "sha256": digest}), encoding="utf-8")
    new.replace(known)
