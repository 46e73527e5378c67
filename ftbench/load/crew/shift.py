"""Captures of another machine in this machine's time."""

from pathlib import Path

from ftbench.load.captures import append, read_captures


def shift_captures(path: Path, out: Path, by_ns: int) -> None:
    """Write the captures of `path` to `out` with `by_ns` added to every instant. One at a time, so memory stays small."""
    with out.open("wb") as file:
        for capture in read_captures(path):
            append(
                file,
                capture._replace(
                    due_ns=capture.due_ns + by_ns,
                    sent_ns=None if capture.sent_ns is None else capture.sent_ns + by_ns,
                    done_ns=capture.done_ns + by_ns,
                    stamps_ns=[stamp + by_ns for stamp in capture.stamps_ns],
                ),
            )
