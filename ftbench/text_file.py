"""A user's file as text, or one sentence that it cannot be read; and a file of ours that is there whole or not at all."""

import os
from pathlib import Path

from ftbench.errors import InputError


def read_text(path: Path, what: str) -> str:
    """The UTF-8 text at `path`, without its byte order mark. `what` ends the sentence about a file that is not there.

    Raises:
        InputError: no such file, or no UTF-8 text in it.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist. It is {what}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as UTF-8 text: {error}.") from None


def write_whole(path: Path, text: str) -> None:
    """By way of a temporary name: a kill leaves a whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:  # CSV has line ends of its own
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
