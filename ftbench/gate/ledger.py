"""The audit trail: one line a fact, each with the hash of the line before and its own, so that a change inside it is seen.

The end of a chain holds nothing that comes after it: who takes the last lines away, or writes the whole chain anew, is only found by
comparing `n` and the hash with what somebody else has kept.
"""

import fcntl
import getpass
import hashlib
import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ftbench.errors import InputError

FIRST = "0" * 64


def append(path: Path, kind: str, facts: dict[str, Any], *, who: str) -> str:
    """Add one entry and return its line's hash. Two processes may write at once; neither loses an entry."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        text = file.read().decode("utf-8", "replace")
        lines = [line for line in text.split("\n") if line]
        entry = {"n": len(lines) + 1, "at": datetime.now(UTC).isoformat(timespec="seconds"), "kind": kind, "who": who, **facts}
        entry["previous"] = _hash(lines[-1]) if lines else FIRST
        line = _dumped({**entry, "hash": _hash(_dumped(entry))})
        torn = "\n" if text and not text.endswith("\n") else ""  # a line that a kill left without its end must not swallow this one
        file.write(f"{torn}{line}\n".encode())
        file.flush()
        os.fsync(file.fileno())
        return _hash(line)


def entries(path: Path) -> list[dict[str, Any]]:
    """All entries, oldest first, the chain unchecked; none where there is no ledger yet.

    Raises:
        InputError: a line is no entry.
    """
    if not path.exists():
        return []
    return [_entry(path, number, line) for number, line in _lines(path)]


def verify(path: Path) -> int:
    """Number of entries of an unbroken chain.

    Raises:
        InputError: there is no ledger or nothing in it; or the first line where the chain breaks.
    """
    if not path.exists():
        raise InputError(f"{path} does not exist. A gate writes it beside its run folders.")
    previous, count = FIRST, 0
    for number, line in _lines(path):
        entry = _entry(path, number, line)
        count += 1
        own = entry.pop("hash")
        if own != _hash(_dumped(entry)):
            raise InputError(f"{path}, line {number}: the chain is broken here; this line was changed.")
        if entry["previous"] != previous or entry["n"] != count:
            raise InputError(
                f"{path}, line {number}: the chain is broken here; this line or the one before was changed, taken out or put in."
            )
        previous = _hash(line)
    if not count:
        raise InputError(f"{path} is empty. A ledger that was ever written to holds at least one entry.")
    return count


def attempt(path: Path, spec_name: str) -> int:
    """Which attempt a new run of this project is: one more than the finished runs in the ledger. Ten gates at 5 % false failure each fail
    40 % of good models together, so whoever reads a pass must see how often it was tried. A broken line is `verify`'s matter; it must not
    cost a run its report."""
    tried = 0
    for number, line in _lines(path) if path.exists() else []:
        with suppress(InputError):
            entry = _entry(path, number, line)
            tried += entry.get("kind") == "run finished" and entry.get("name") == spec_name
    return 1 + tried


def _lines(path: Path) -> list[tuple[int, str]]:
    try:
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    return [(number, line) for number, line in enumerate(text.split("\n"), 1) if line]


def _entry(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
        entry["previous"], entry["n"], entry["hash"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(f"{path}, line {number}: this is no ledger entry; the chain is broken here.") from None
    return entry


def _dumped(entry: dict[str, Any]) -> str:
    return json.dumps(entry, sort_keys=True)


def _hash(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()


def user() -> str:
    """Who runs this program, for the trail."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without a passwd entry
        return "unknown"
