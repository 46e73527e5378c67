"""A file of ratings that people wrote, JSONL or CSV, as rows whose every fault is named with its line."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ftbench.errors import InputError
from ftbench.quality.formats import strict_json
from ftbench.quality.spreadsheet import csv_rows
from ftbench.text_file import read_text

SHEETS = (".csv", ".tsv", ".txt")


class Row(NamedTuple):
    """One rating as it was written; "" for what was left empty. `where` names file and line."""

    where: str
    id: str
    rating: str
    rater: str
    note: str
    output_sha256: str


def read_rating_file(path: Path, what: str) -> list[Row]:
    """All rows, those without a rating included. By its ending the file is CSV or JSONL.

    Raises:
        InputError: it cannot be read; a line that is no rating; a CSV without one of the columns id, rating, output_sha256.
    """
    text = read_text(path, what)
    return list(_of_sheet(text, path) if path.suffix.casefold() in SHEETS else _of_lines(text, path))


def chosen(row: Row, choices: Sequence[str]) -> str:
    """The choice that the row means, whatever its case.

    Raises:
        InputError: it is none of `choices`.
    """
    said = " ".join(row.rating.split()).casefold()
    found = next((choice for choice in choices if choice.casefold() == said), None)
    if found is None:
        raise InputError(f"{row.where}: rating is {row.rating!r}; it must be one of: {', '.join(choices)}.")
    return found


def _of_sheet(text: str, path: Path) -> Iterator[Row]:
    for where, cells in csv_rows(text, path, ("id", "rating", "output_sha256")):
        yield _row(where, cells)


def _of_lines(text: str, path: Path) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        where = f"{path.name}, line {number}"
        try:
            data = strict_json(line)
        except ValueError as error:
            raise InputError(f"{where}: this is not JSON: {error}. {FORM}") from None
        if not isinstance(data, dict) or not {"id", "rating"} <= set(data):
            raise InputError(f"{where}: {FORM}")
        yield _row(where, data)


FORM = 'A rating needs the form {"id": ..., "rating": ..., "rater": ..., "output_sha256": ...}.'


def _row(where: str, data: dict[str, Any]) -> Row:
    cells = {}
    for name in ("id", "rating", "rater", "note", "output_sha256"):
        value = data.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
            raise InputError(f"{where}: {name} is {value!r:.60}, not a text. {FORM}")
        cells[name] = "" if value is None else str(value).strip()
    if not cells["id"]:
        raise InputError(f"{where}: the id is empty. {FORM}")
    return Row(where, **cells)
