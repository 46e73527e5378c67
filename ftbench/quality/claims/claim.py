"""What one checkable statement is, and a text in the plain form in which all extractors read it."""

import unicodedata
from collections.abc import Iterable
from typing import Literal, NamedTuple

Kind = Literal["name", "date", "time", "number", "citation", "identifier", "link"]
USED = "\x00"  # stands where an extractor has taken its claim, so that the next one does not take it again


class Claim(NamedTuple):
    """`text[start:end]` of an answer. `normal` holds every form that it may mean: 03/04/2025 is two dates, 1.250 two numbers.

    Numbers only: `unit` is what the value was converted to ("2 weeks" is 1209600 s), empty where none is written, and `written` holds the
    values before that.
    """

    kind: Kind
    text: str
    start: int
    end: int
    normal: tuple[str, ...]
    unit: str = ""
    written: tuple[str, ...] = ()


def plain(text: str) -> str:
    """`text`, character for character, with ASCII digits, spaces, hyphens and quotes. Same length, so that spans stay right."""
    return text.translate({ord(c): _plain(c) for c in set(text) if not c.isascii() or c == USED})


def blank(text: str, claims: Iterable[Claim]) -> str:
    """`text` with what `claims` have taken struck out. Same length."""
    parts, at = [], 0
    for claim in sorted(claims, key=lambda c: c.start):
        start = max(at, claim.start)
        parts += [text[at:start], USED * (claim.end - start)]
        at = max(at, claim.end)
    return "".join([*parts, text[at:]])


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd" or character == "\u2212":
        return "-"
    if category == "Zs":
        return " "
    if character in "\u2018\u2019\u02bc\u00b4":
        return "'"
    if character in "\u201c\u201d\u201e\u00ab\u00bb":
        return '"'
    return " " if character == USED else character
