"""Numbers of tokens, drawn as the spec says. Knows no tokenizer."""

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from ftbench.errors import InputError
from ftbench.spec.load import Lengths
from ftbench.text_file import read_text

MOST = 2**20  # tokens of one prompt; beyond every context there is, and what a heavy tail would otherwise draw


def draw(lengths: Lengths, n: int, rng: np.random.Generator, *, least: int = 1, column: str = "", folder: Path = Path()) -> np.ndarray:
    """`n` lengths, int64, shape (n,), each at least `least`.

    A normal or lognormal draw outside of `min` (by default `least`) and `max` is drawn again, at once by the distribution's inverse.
    A file's lengths are drawn with replacement.

    Args:
        least: what cannot be undercut, such as the tokens of a chat template.
        column: name in a file that the spec does not name itself.
        folder: where a relative `file` begins.
    Raises:
        InputError: a length is, or may be drawn, below `least`; the file cannot be used.
    """
    match lengths.kind:
        case "fixed":
            _refuse_below(least, lengths.tokens, "`tokens`")
            return np.full(n, lengths.tokens)
        case "sample":
            path = folder / Path(lengths.file).expanduser()
            known = read_lengths(path, lengths.column, column)
            _refuse_below(least, int(known.min()), f"the smallest in {path.name}")
            return rng.choice(known, n)
    for name in ("min", "max", "mean", "median"):
        if (given := getattr(lengths, name)) is not None:
            _refuse_below(least, given, f"`{name}`")
    low, high = lengths.min or least, lengths.max or MOST
    if lengths.kind == "normal":
        return _between(lengths.mean, lengths.sd, low, high, n, rng)
    mu, sigma = log_parameters(lengths)
    return _between(mu, sigma, low, high, n, rng, log=True)


def log_parameters(lengths: Lengths) -> tuple[float, float]:
    """(mean, standard deviation) of the logarithm of a lognormal distribution.

    cv² = exp(σ²) - 1 and mean = exp(μ + σ²/2), median = exp(μ): Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, ch. 14.
    """
    sigma = lengths.sigma or math.sqrt(math.log1p(lengths.cv**2))
    return math.log(lengths.median) if lengths.median is not None else math.log(lengths.mean) - sigma**2 / 2, sigma


def _between(centre: float, sd: float, low: int, high: int, n: int, rng: np.random.Generator, *, log: bool = False) -> np.ndarray:
    """A whole number stands for half a token below to half a token above it, so that the two ends get their share."""
    edges = np.array([low - 0.5, high + 0.5])
    a, b = ndtr(((np.log(edges) if log else edges) - centre) / sd)
    values = centre + sd * ndtri(rng.uniform(a, b, n))
    return np.clip(np.rint(np.exp(values) if log else values), low, high).astype(np.int64)


def read_lengths(path: Path, column: str | None = None, usual: str = "") -> np.ndarray:
    """The lengths in a file, int64, in its order: CSV with or without a header, JSONL with numbers or objects, or one number a line.

    Where there are several columns or keys, `column` is read; without it `usual`.

    Raises:
        InputError: no such file, no such column, a value that is no whole number of at least 1, no length at all.
    """
    text = read_text(path, "the file of lengths to draw from")
    read = _jsonl if path.suffix.lower() == ".jsonl" else _csv
    found = [_length(f"{path}, line {line}", value) for line, value in read(path, text, column, usual)]
    if not found:
        raise InputError(f"{path} holds no length. Write at least one whole number.")
    return np.array(found)


def _jsonl(path: Path, text: str, column: str | None, usual: str) -> list[tuple[int, Any]]:
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}, line {number}: this is not JSON: {str(error)[:80]}. Write a number or an object a line.") from None
        if isinstance(row, dict):
            row = row.get(_column(f"{path}, line {number}", list(row), column, usual))
        rows.append((number, row))
    return rows


def _csv(path: Path, text: str, column: str | None, usual: str) -> list[tuple[int, str]]:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, at = [], None
    try:
        for cells in lines:
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            where = f"{path}, line {lines.line_num}"
            if at is None:
                header = not cells[0].replace(".", "", 1).isdecimal()
                at = cells.index(_column(where, cells, column, usual)) if header else 0
                if not header and (len(cells) > 1 or column is not None):
                    raise InputError(f"{where}: the columns have no names, so none can be chosen. Begin the file with their names.")
                if header:
                    continue
            if at >= len(cells):
                raise InputError(f"{where}: there is no value in column {at + 1}. Complete the line.")
            rows.append((lines.line_num, cells[at]))
    except csv.Error as error:
        raise InputError(f"{path}, line {lines.line_num}: this is not CSV: {error}. Correct the line.") from None
    return rows


def _column(where: str, names: list[str], column: str | None, usual: str) -> str:
    wanted = column or (names[0] if len(names) == 1 else usual)
    if wanted not in names:
        raise InputError(f"{where}: there is no {wanted or 'length'} among {', '.join(names)[:80] or 'nothing'}. Name one with `column`.")
    return wanted


def _length(where: str, value: Any) -> int:
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str) or (isinstance(value, str) and "_" in value):
            raise ValueError
        number = float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not 1 <= number <= MOST or number != int(number):
        raise InputError(f"{where}: {ascii(value)[:40]} is no length. It must be a whole number from 1 to {MOST:,}.")
    return int(number)


def _refuse_below(least: int, given: float, name: str) -> None:
    if given > MOST:
        raise InputError(f"{name} is {given:,.10g} tokens; the most is {MOST:,}.")
    if given < least:
        raise InputError(f"{name} is {given:g} tokens, and the least possible is {least}: the chat template and one word.")
