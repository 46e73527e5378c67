"""A table with one column a scale, as data: what HTML, Markdown and the terminal each draw in their own way."""

from typing import NamedTuple


class Cell(NamedTuple):
    """`text` is the number; `small` what qualifies it; `quiet` strikes it: it must not be read as the answer for this scale."""

    text: str
    small: str = ""
    quiet: bool = False
    strong: bool = False


class Row(NamedTuple):
    label: str
    cells: list[Cell]


class Group(NamedTuple):
    title: str
    rows: list[Row]


class Column(NamedTuple):
    """Heading of a column; `flag` is a loud word under it, empty when all is well."""

    title: str
    flag: str = ""


class Matrix(NamedTuple):
    columns: list[Column]
    groups: list[Group]


def shared(notes: list[tuple[str, list[str]]]) -> list[tuple[str, str]]:
    """(scales, note) pairs from (scale, notes) pairs: a note that several scales share stands once, with all of them named."""
    scales_of: dict[str, list[str]] = {}
    for scale, texts in notes:
        for text in dict.fromkeys(texts):
            if text:
                scales_of.setdefault(text, []).append(scale)
    return [(", ".join(scales), text) for text, scales in scales_of.items()]
