"""CSV as RFC 4180 has it: every record has the fields of the header."""

import csv
import io
from collections.abc import Sequence


def strict_csv(text: str) -> list[list[str]]:
    """The records of `text`, header included; commas, double quotes, any line end.

    Raises:
        ValueError: a quote that is not closed or in the wrong place, records of different length, a blank line, a single column (any
            sentence without a comma would be CSV of one field).
    """
    rows = _records(text)
    if not rows:
        raise ValueError("it holds no record")
    if len(rows[0]) < 2:
        raise ValueError("the first record has no comma")
    return rows


def strict_csv_with_header(text: str, columns: Sequence[str]) -> tuple[list[list[str]], str | None]:
    """The records, and what is wrong with the header where it is not `columns` in this order.

    Raises:
        ValueError: as `strict_csv`, but a single column is fine where a single one was agreed.
    """
    rows = _records(text) if len(columns) == 1 else strict_csv(text)
    if not rows:
        raise ValueError("it holds no record")
    wrong = None if rows[0] == list(columns) else f"the header is {', '.join(rows[0])[:200]}; agreed was {', '.join(columns)}"
    return rows, wrong


def _records(text: str) -> list[list[str]]:
    text = text.replace("\r\n", "\n").strip("\n")
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise ValueError(str(error)) from None
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise ValueError(f"record {number} has {len(row)} fields, the first has {len(rows[0])}")
    return rows
