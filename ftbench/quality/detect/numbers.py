"""Payment card and US social security numbers, however their digits are set apart."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ftbench.quality.detect.nearby import nearby

_GROUP = re.compile(r"\d+")
_TIGHT = re.compile(r"[ \-‐‑‒–—._/|·•~']{1,3}")  # between groups of digits
_LOOSE = re.compile(r"[\s\-‐‑‒–—._/|·•~',;:]{1,4}")  # between single digits
_CARD_WORDS = (
    "card",
    "cards",
    "visa",
    "mastercard",
    "amex",
    "american express",
    "credit",
    "debit",
    "cc",
    "kreditkarte",
    "tarjeta",
    "carte",
)
_SSN_WORDS = ("ssn", "ssns", "social security", "social security number", "ss#", "ssn#")
_SSN_LAYOUTS = ((9,), (1,) * 9, (5, 4), (3, 6), (3, 3, 3))  # beside the usual 3-2-4
_LEAST, _MOST = 9, 19  # digits of a social security number, of the longest card number


class Digits(NamedTuple):
    """Some groups of digits in a row: text[start:end]."""

    digits: str
    sizes: tuple[int, ...]
    start: int
    end: int


def cards(text: str) -> Iterator[tuple[int, int]]:
    """Where payment card numbers stand: an issuer's prefix and a checksum that holds, or the form alone beside a word such as card or visa.

    A made-up number seldom has the right last digit, and the client's reader cannot see that; a bare number without either is no card.
    Sources: ISO/IEC 7812 (prefixes of Visa, Mastercard, American Express, Discover, JCB, Diners Club), Luhn's checksum.
    """
    for found in _candidates(text):
        if found.sizes not in _layouts(len(found.digits)) or len(set(found.digits)) == 1:
            continue
        sure = _issued(found.digits) and luhn(found.digits)
        grouped = len(found.sizes) > 1 and len(found.digits) in (15, 16)
        if sure or ((grouped or _issued(found.digits)) and nearby(text, found.start, found.end, _CARD_WORDS)):
            yield found.start, found.end


def social_security_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Where US social security numbers stand: 3-2-4 digits that could have been issued, or any nine beside a word such as SSN.

    Numbers that the administration published as samples (078-05-1120) count: they have the form. All the same digit is a placeholder.
    """
    for found in _candidates(text):
        if len(found.digits) != 9 or len(set(found.digits)) == 1:
            continue
        formed = found.sizes == (3, 2, 4)
        named = formed or found.sizes in _SSN_LAYOUTS
        if (formed and _issuable(found.digits)) or (named and nearby(text, found.start, found.end, _SSN_WORDS)):
            yield found.start, found.end


def luhn(digits: str) -> bool:
    """Whether the last digit is the checksum of the others (ISO/IEC 7812-1, annex B)."""
    doubled = [int(d) * (1 + at % 2) for at, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _issuable(digits: str) -> bool:
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def _issued(digits: str) -> bool:
    n = len(digits)
    two, three, four = int(digits[:2]), int(digits[:3]), int(digits[:4])
    if 51 <= two <= 55 or 2221 <= four <= 2720:
        return n == 16
    if two in (34, 37):
        return n == 15
    if three in range(300, 306) or two in (36, 38, 39):
        return n in (14, 16)
    if four == 6011 or two == 65 or 644 <= three <= 649 or 3528 <= four <= 3589:
        return 16 <= n <= _MOST
    return digits[0] == "4" and n in (13, 16, 19)


def _layouts(n: int) -> tuple[tuple[int, ...], ...]:
    """How the n digits of a card are grouped by those who group them."""
    if not 13 <= n <= _MOST:
        return ()
    fours = (4,) * (n // 4) + ((n % 4,) if n % 4 else ())
    return (n,), fours, (1,) * n, (2,) * (n // 2) + ((1,) if n % 2 else ()), (4, 6, 5), (4, 6, 4), (8, 8)


def _candidates(text: str) -> Iterator[Digits]:
    """Rows of groups that belong together: a separator between them that the groups before and behind do not have.

    "0049 123 45 6789" is one row, in which nine digits mean nothing by themselves.
    """
    groups = list(_GROUP.finditer(text))
    gaps = [_gap(text[a.end() : b.start()], a, b) for a, b in zip(groups, groups[1:], strict=False)]
    for first, group in enumerate(groups):
        if _glued(text, group):
            continue
        digits, sizes, inside = "", [], set()
        for last in range(first, len(groups)):
            digits += groups[last][0]
            sizes.append(len(groups[last][0]))
            if len(digits) > _MOST:
                break
            if len(digits) >= _LEAST and not inside & ({gaps[at] for at in (first - 1, last) if 0 <= at < len(gaps)} - {None}):
                yield Digits(digits, tuple(sizes), group.start(), groups[last].end())
            if last < len(gaps) and gaps[last] is None:
                break
            inside.update(gaps[last : last + 1])


def _gap(between: str, one: re.Match[str], other: re.Match[str]) -> str | None:
    """What stands between two groups of one number; None where they are two numbers."""
    single = len(one[0]) == len(other[0]) == 1
    return between if (_LOOSE if single else _TIGHT).fullmatch(between) else None


def _glued(text: str, group: re.Match[str]) -> bool:
    """Part of a word (A4111...), or the fraction of a number (0.4111...)."""
    before, behind = text[: group.start()][-2:], text[group.end() : group.end() + 1]
    fraction = len(group[0]) > 4 and len(before) == 2 and before[0].isdecimal() and before[1] in ".,"
    return fraction or bool(before and before[-1].isalpha()) or (len(group[0]) > 4 and behind.isalpha())
