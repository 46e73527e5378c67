"""A file of requests that once came, CSV or JSONL, becomes a Trace; or one sentence with the line that it cannot."""

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ftbench.errors import InputError
from ftbench.load.arrivals import Trace
from ftbench.text_file import read_text

TIME = "timestamp_s"
LENGTHS = ("prompt_tokens", "output_tokens")

Row = tuple[int, Mapping[str, Any]]


def read_trace(path: Path) -> Trace:
    """The trace at `path`: one request a line, `timestamp_s` [s, any origin] and, if it has them, `prompt_tokens` and `output_tokens`.

    A CSV file begins with the names of its columns; a JSONL file has an object a line. Other columns are left alone. The first request
    decides which lengths the trace has.

    Raises:
        InputError: no such file, another ending, no timestamp_s, a value that is no number, a length that is no whole number of at least 1
            or is not there, time that goes backwards, fewer than two requests, all requests at one instant.
    """
    kind = {".csv": _csv, ".jsonl": _jsonl}.get(path.suffix.lower())
    if kind is None:
        raise InputError(f"{path}: a trace is a .csv or a .jsonl file. Give it the ending of what it is.")
    text = read_text(path, "the trace to be replayed")
    times: list[float] = []
    lengths: dict[str, list[int]] = {}
    for line, row in kind(path, text):
        where = f"{path}, line {line}"
        if TIME not in row:
            raise InputError(f"{where}: {TIME} is missing. Every request of a trace needs its time in seconds under that name.")
        at = _number(where, TIME, row[TIME])
        if times and at < times[-1]:
            raise InputError(f"{where}: {TIME} goes backwards, from {times[-1]:.15g} to {at:.15g}. Sort the trace by time.")
        given = {name: _length(where, name, row[name]) for name in LENGTHS if name in row}
        if times and set(given) != set(lengths):
            name = min(set(given) ^ set(lengths))
            raise InputError(f"{where}: {name} is {'not there' if name in lengths else 'new'}. All requests must have it, or none.")
        times.append(at)
        for name, value in given.items():
            lengths.setdefault(name, []).append(value)
    if len(times) < 2:
        raise InputError(f"{path} holds {'one request' if times else 'no request'}. A trace needs at least two to have a rate.")
    from_start = [at - times[0] for at in times]
    if not 0 < 2 * from_start[-1] < math.inf:
        raise InputError(f"{path}: the time from its first request to its last is {from_start[-1]:g} s, so it has no rate. Check {TIME}.")
    return Trace(name=path.name, times_s=from_start, **lengths)


def _csv(path: Path, text: str) -> Iterator[Row]:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = [name.strip() for name in next(filter(None, lines), [])]
        if names and TIME not in names:
            raise InputError(f"{path}, line 1: there is no column {TIME} (seconds). The columns are: {', '.join(names)[:80]}.")
        for cells in lines:
            if not cells:
                continue
            if len(cells) != len(names):
                raise InputError(f"{path}, line {lines.line_num}: {len(cells)} values under {len(names)} columns. Complete the line.")
            yield lines.line_num, dict(zip(names, cells, strict=True))
    except csv.Error as error:
        raise InputError(f"{path}, line {lines.line_num}: this is not CSV: {error}. Correct the line.") from None


def _jsonl(path: Path, text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):  # not splitlines: U+2028 inside a string is no end of line
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            what = str(error) or "nested too deeply"
            raise InputError(f"{path}, line {number}: this is not JSON: {what}. Every line must be one JSON object.") from None
        if not isinstance(row, dict):
            raise InputError(f'{path}, line {number}: this is no JSON object like {{"{TIME}": 0.25}}.')
        yield number, row


def _number(where: str, name: str, value: Any) -> float:
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str) or (isinstance(value, str) and "_" in value):
            raise ValueError
        number = float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{where}: {name} is {_short(value)}, which is no finite number.")
    return number


def _length(where: str, name: str, value: Any) -> int:
    number = _number(where, name, value)
    if number < 1 or number != int(number) or number > 2**31:
        raise InputError(
            f"{where}: {name} is {_short(value)}; it must be a whole number of at least 1. Leave such requests out of the trace."
        )
    return int(number)


def _short(value: Any) -> str:
    try:
        return ascii(value)[:60]
    except ValueError:  # an integer of more digits than Python writes out
        return "too long to be shown"
