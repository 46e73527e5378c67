"""Answers that outlive their run: a second gate of the same weights asks only what has changed.

One file for each exact model (weights, variant, engine versions), so a retrained model never meets an old answer. A server that
somebody else runs may change behind its name; its answers are not kept.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from filelock import FileLock
from pydantic import ValidationError

from ftbench.quality.outputs import Output


def cache_file(folder: Path, identity: str) -> Path:
    """Where the answers of the model with this identity are kept."""
    return folder / f"{hashlib.sha256(identity.encode()).hexdigest()[:24]}.jsonl"


def cached(path: Path, concurrency: int) -> dict[str, Output]:
    """Answers by key that were made at this concurrency. A line that cannot be read is no answer; it will be made again."""
    if not path.exists():
        return {}
    found: dict[str, Output] = {}
    with path.open("rb") as lines:
        for line in lines:
            try:
                output = Output.model_validate_json(line)
            except ValidationError:
                continue
            if output.concurrency == concurrency and output.error is None:
                found[output.key] = output
    return found


def keep(path: Path, outputs: Iterable[Output]) -> None:
    """Add what was answered now and without an error. Two runs may do so at once."""
    lines = [o.model_dump_json() + "\n" for o in outputs if o.error is None and not o.reused]
    if not lines:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):
        torn = path.exists() and path.stat().st_size > 0 and not path.read_bytes().endswith(b"\n")
        with path.open("a", encoding="utf-8") as file:
            file.write(("\n" if torn else "") + "".join(lines))
