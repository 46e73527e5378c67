"""Folders that one process has for itself, and what to do with those that a killed process has left."""

import fcntl
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

PREFIX = "ftbench-load-"
YOUNG_S = 60.0  # a folder may have been made and not claimed yet


class Scratch(NamedTuple):
    """A new folder, and the claim on it, which ends with this process at the latest."""

    folder: Path
    claim: int


def claim(folder: Path) -> int | None:
    """A file descriptor that holds `folder` until it is closed, or None where another process holds it. Leaves no file behind."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the system gives it free, however this process ends
    except OSError:
        os.close(fd)
        return None
    return fd


def new_scratch(parent: Path | None = None) -> Scratch:
    """A folder for captures under `parent`, by default where temporary files are. Folders there whose process was killed are removed."""
    parent = parent or Path(tempfile.gettempdir())
    for path in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > YOUNG_S and (held := claim(path)) is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(held)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    return Scratch(folder, claim(folder))


def drop(scratch: Scratch) -> None:
    shutil.rmtree(scratch.folder, ignore_errors=True)
    os.close(scratch.claim)
