"""Files that grow by a line at a time and may be torn by a kill in the middle of one."""

from collections.abc import Iterator
from pathlib import Path


def whole_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """(number from 1, line) of `path`; nothing where it is not there. A last line without its end is left out."""
    if not path.exists():
        return
    with path.open("rb") as lines:  # a kill may also tear a character
        for number, line in enumerate(lines, 1):
            if not line.endswith(b"\n"):
                return
            yield number, line


def cut_torn_line(path: Path) -> None:
    """End the file at its last whole line, so that the next one does not begin in the middle of a torn one."""
    if path.exists():
        content = path.read_bytes()
        if content and not content.endswith(b"\n"):
            path.write_bytes(content[: content.rfind(b"\n") + 1])
