"""CSV that people open in a spreadsheet: a text of a model must stay a text there, and come back as it was."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ftbench.errors import InputError

MAX_CELL = 32_000  # characters; spreadsheets cut or split a cell beyond 32,767
_FORMULA = re.compile(r"'*(\s*[=+\-@＝＋－＠]|[\t\r\n])")
_SHIELDED = re.compile(r"''*(\s*[=+\-@＝＋－＠]|[\t\r\n])")


def shielded(text: str) -> str:
    """`text` with an apostrophe before it where a spreadsheet would take it for a formula (=, +, -, @, also in full width)."""
    return f"'{text}" if _FORMULA.match(text) else text


def unshielded(text: str) -> str:
    """What `shielded` was given."""
    return text[1:] if _SHIELDED.match(text) else text


def csv_text(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """All cells quoted and shielded, with a byte order mark, without which spreadsheets read UTF-8 as something else. A text that no cell
    can hold is cut, and says so."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_fitting(shielded(row.get(column, ""))) for column in columns])
    return "\ufeff" + out.getvalue()


def csv_rows(text: str, path: Path, needed: Sequence[str] = ()) -> Iterator[tuple[str, dict[str, str]]]:
    """(where, cells by column name) of every row that is not blank; names in lower case. Comma, semicolon or tab, whichever the header has.

    Raises:
        InputError: the text is no CSV, a column stands twice or one that is needed does not, or a row has more cells than the header.
    """
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=text.partition("\n")[0].count), strict=True)
    columns: list[str] = []
    row, end = 0, 0
    while True:
        row, start = row + 1, end + 1
        where = f"{path.name}, line {start}" if row == start else f"{path.name}, row {row} (line {start})"
        try:
            cells = next(lines)
        except StopIteration:
            break
        except csv.Error as error:
            raise InputError(f"{where}: this cannot be read as CSV: {error}. Save the sheet as CSV (UTF-8) again.") from None
        end = lines.line_num
        if not columns:
            columns = [cell.strip().casefold() for cell in cells]
            if twice := next((c for c in columns if c and columns.count(c) > 1), None):
                raise InputError(f"{where}: the column {twice!r} stands twice. Take one of them out.")
            if missing := next((c for c in needed if c not in columns), None):
                raise InputError(f"{where}: the column {missing!r} is missing. It needs: {', '.join(needed)}.")
            continue
        if any(cell.strip() for cell in cells[len(columns) :]):
            raise InputError(f"{where}: {len(cells)} cells under a header of {len(columns)}. Put texts with commas in quotes.")
        if any(cell.strip() for cell in cells):
            padded = cells + [""] * len(columns)
            yield where, {column: unshielded(cell) for column, cell in zip(columns, padded, strict=False) if column}


def _fitting(text: str) -> str:
    return text if len(text) <= MAX_CELL else f"{text[:MAX_CELL]} [... cut here; the whole text is in the .jsonl file beside this one]"
