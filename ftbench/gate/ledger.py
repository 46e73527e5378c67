"""The audit trail: one line a fact, each with the hash of the line before, so that nothing can be taken out or changed unseen."""

import fcntl
import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ftbench.errors import InputError

FIRST = "0" * 64


def append(path: Path, kind: str, facts: dict[str, Any], *, who: str) -> str:
    """Add one entry and return its hash. Two processes may write at once; neither loses an entry."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        lines = [line for line in file.read().split("\n") if line]
        entry = {"n": len(lines) + 1, "at": datetime.now(UTC).isoformat(timespec="seconds"), "kind": kind, "who": who, **facts}
        entry["previous"] = _hash(lines[-1]) if lines else FIRST
        line = json.dumps(entry, ensure_ascii=False, sort_keys=True)
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())
        return _hash(line)


def entries(path: Path) -> list[dict[str, Any]]:
    """All entries, oldest first, the chain unchecked; none where there is no ledger yet."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def verify(path: Path) -> int:
    """Number of entries of an unbroken chain.

    Raises:
        InputError: there is no ledger; or the first line where the chain breaks.
    """
    if not path.exists():
        raise InputError(f"{path} does not exist. A gate writes it beside its run folders.")
    previous, count = FIRST, 0
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line:
            continue
        try:
            entry = json.loads(line)
            claimed, position = entry["previous"], entry["n"]
        except (ValueError, KeyError, TypeError):
            raise InputError(f"{path}, line {number}: this is no ledger entry; the chain is broken here.") from None
        count += 1
        if claimed != previous or position != count:
            raise InputError(f"{path}, line {number}: the chain is broken here; this line or the one before was changed, taken out or put in.")
        previous = _hash(line)
    return count


def attempt(path: Path, spec_name: str) -> int:
    """Which attempt a new run of this project is: one more than the finished runs in the ledger. Ten gates at 5 % false failure each fail
    40 % of good models together, so whoever reads a pass must see how often it was tried."""
    return 1 + sum(entry["kind"] == "run finished" and entry.get("name") == spec_name for entry in entries(path))


def _hash(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()
