"""telemetry.jsonl, read back and cut to a window."""

import json
from pathlib import Path
from typing import Any, NamedTuple

HERE = "this machine"  # no host name stands in a report

Line = dict[str, Any]


class Window(NamedTuple):
    """[begin_ns, end_ns) of the measuring machine's monotonic clock."""

    begin_ns: int
    end_ns: int

    @property
    def seconds(self) -> float:
        return (self.end_ns - self.begin_ns) / 1e9


def read_log(path: Path) -> list[Line]:
    """The lines of `path`, none where there is no such file. A process that was killed leaves a torn last line, which is not read."""
    if not path.exists():
        return []
    lines = []
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            lines.append(json.loads(text))
        except ValueError:
            continue
    return lines


def within(lines: list[Line], window: Window) -> list[Line]:
    return [line for line in lines if window.begin_ns <= line["t_ns"] < window.end_ns]


def around(lines: list[Line], window: Window) -> list[Line]:
    """The samples within, the last one before and the first one after: what differences over the window are taken from."""
    before = [line for line in lines if line["t_ns"] < window.begin_ns][-1:]
    after = [line for line in lines if line["t_ns"] >= window.end_ns][:1]
    return before + within(lines, window) + after
