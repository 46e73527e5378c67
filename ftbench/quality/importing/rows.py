"""A file or folder of data as rows."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ftbench.errors import InputError
from ftbench.quality.formats import strict_json

KNOWN = "CSV, TSV, JSONL, JSON (a list of objects), Parquet, Arrow, and folders that Hugging Face `datasets` saved"


class Row(NamedTuple):
    """Values by column, and where they stand: "tickets.csv, line 7"."""

    where: str
    values: dict[str, Any]


def read_rows(source: Path) -> list[Row]:
    """All rows of a file or of a dataset's folder.

    Raises:
        InputError: missing, of an unknown kind, not readable as what its name says, several splits, no row.
    """
    if not source.exists():
        raise InputError(f"{source} does not exist. Name a file or a folder: {KNOWN}.")
    if source.is_dir():
        from ftbench.quality.importing.datasets import read_folder

        rows = read_folder(source)
    else:
        reader = _reader(source)
        if reader is None:
            raise InputError(f"{source}: files named {source.suffix or 'without an ending'} are not known here. Known: {KNOWN}.")
        rows = reader(source)
    if not rows:
        raise InputError(f"{source} holds no row. An empty test set proves nothing.")
    return rows


def _reader(source: Path) -> Callable[[Path], list[Row]] | None:
    suffix = source.suffix.casefold()
    if suffix in (".parquet", ".arrow"):
        from ftbench.quality.importing.datasets import read_arrow_file

        return read_arrow_file
    return {".csv": read_csv, ".tsv": read_csv, ".jsonl": read_jsonl, ".ndjson": read_jsonl, ".json": read_json}.get(suffix)


def read_csv(source: Path) -> list[Row]:
    """A table with a header. The delimiter is that of comma, semicolon and tab which the header has most of."""
    text = _text(source)
    head = re.sub(r'"[^"]*"', "", text.lstrip("\n").partition("\n")[0])
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    header: list[str] | None = None
    try:
        for fields in reader:
            if not fields:
                continue
            if header is None:
                header = _header(source, fields)
            elif len(fields) != len(header):
                raise InputError(
                    f"{source.name}, line {reader.line_num}: {len(fields)} fields, the header has {len(header)} "
                    f"(delimiter {delimiter!r}). Put a field that holds the delimiter in double quotes."
                )
            else:
                rows.append(Row(f"{source.name}, line {reader.line_num}", dict(zip(header, fields, strict=True))))
    except csv.Error as error:
        raise InputError(f"{source.name}, line {reader.line_num}: this is not CSV: {error}.") from None
    return rows


def read_jsonl(source: Path) -> list[Row]:
    """One JSON object a line."""
    return [_row(f"{source.name}, line {n}", line) for n, line in enumerate(_text(source).split("\n"), 1) if line.strip()]


def read_json(source: Path) -> list[Row]:
    """A list of JSON objects."""
    try:
        data = strict_json(_text(source))
    except ValueError as error:
        raise InputError(f"{source}: this is not JSON: {error}.") from None
    if not isinstance(data, list):
        raise InputError(f"{source}: this is {type(data).__name__}, not a list of objects. Name the file with the list, or write JSONL.")
    return [_row(f"{source.name}, item {n}", json.dumps(item)) for n, item in enumerate(data, 1)]


def _row(where: str, line: str) -> Row:
    try:
        data = strict_json(line)
    except ValueError as error:
        raise InputError(f"{where}: this is not JSON: {error}.") from None
    if not isinstance(data, Mapping):
        raise InputError(f"{where}: this is {type(data).__name__}, not a JSON object.")
    return Row(where, dict(data))


def _header(source: Path, fields: list[str]) -> list[str]:
    names = [name.strip() for name in fields]
    if len(set(names)) < len(names):
        raise InputError(f"{source.name}: two columns of the header have the same name. Give each its own.")
    return names


def _text(source: Path) -> str:
    try:
        return source.read_bytes().decode("utf-8-sig")  # as it is: a line end inside quotes belongs to the value
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{source} cannot be read as UTF-8 text: {error}. Save it as UTF-8.") from None


def columns_of(rows: list[Row]) -> Iterator[str]:
    """The names of all columns, each once, in the order in which they appear."""
    yield from dict.fromkeys(name for row in rows for name in row.values)
