"""Rows become the pairs of test 6: two texts and the words in which they may differ."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ftbench.errors import InputError
from ftbench.quality.importing.rows import Row
from ftbench.quality.importing.values import value
from ftbench.quality.pairs.read import read_pairs

_LINE = re.compile(r".*, line (\d+): ", re.DOTALL)


def pair_lines(rows: list[Row], columns: Mapping[str, str], stem: str) -> list[str]:
    """A line of a test set for each row. Several words of one side stand between semicolons: `his; brother`.

    Raises:
        InputError: a row without one of the two texts, its words or its variable.
    """
    return [json.dumps(_pair(row, columns, f"{stem}-{number:03d}"), ensure_ascii=False) for number, row in enumerate(rows, 1)]


def check_pairs(part: Path, rows: list[Row]) -> None:
    """What was written is a test set of pairs.

    Raises:
        InputError: as `read_pairs`, with the row of the source in place of the line.
    """
    try:
        read_pairs("fairness", part)
    except InputError as error:
        found = _LINE.match(str(error))
        if found is None:
            raise
        raise InputError(f"{rows[int(found[1]) - 1].where}: {str(error)[found.end() :]}") from None


def _pair(row: Row, columns: Mapping[str, str], id_: str) -> dict[str, Any]:
    read = {field: value(field, row.values.get(column), row.where) for field, column in columns.items()}
    for field in ("variable", "a", "b", "value_a", "value_b"):
        if not (read.get(field) or "").strip():
            raise InputError(f"{row.where}: there is nothing in the column {columns[field]!r}.")
    words = [[word.strip() for word in read.pop(side).split(";") if word.strip()] for side in ("value_a", "value_b")]
    return {"id": id_, **{field: found for field, found in read.items() if found is not None}, "values": words}
