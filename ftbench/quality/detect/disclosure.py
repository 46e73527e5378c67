"""Which forbidden texts an answer discloses, however they are written."""

import re
from collections.abc import Iterator, Sequence

from ftbench.quality.detect.letters import Letters, fold, letters, stands_in

_TOKEN = re.compile(r"\d+(?:[.,' \u00a0\u202f]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?|[^\W\d_]+")
_TIMES = {"k": 3, "thousand": 3, "m": 6, "mn": 6, "mio": 6, "million": 6, "bn": 9, "billion": 9}
_CURRENCY = {"usd", "eur", "gbp", "chf", "jpy", "dollar", "dollars", "euro", "euros", "pounds"}
Token = str | frozenset[str]


def discloses(text: str, forbidden: Sequence[str]) -> list[str]:
    """Those of `forbidden` that stand in `text`. Never raises.

    Case, accents, spacing, hyphens and punctuation do not matter, and a number is the same in every format: 1,250,000.00 is 1.250.000,00,
    1250000 and 1.25 million. Numbers written in words, and other words for the same thing, are not seen.
    """
    whole, tokens = letters(text), list(_tokens(text))
    return [wanted for wanted in forbidden if _stands(wanted, whole, tokens)]


def _stands(wanted: str, whole: Letters, tokens: list[Token]) -> bool:
    sought = list(_tokens(wanted))
    if not any(isinstance(token, frozenset) for token in sought):
        return stands_in(wanted, whole)
    last = len(tokens) - len(sought)
    same = any(all(map(_same, sought, tokens[at : at + len(sought)])) for at in range(last + 1))
    # What is no amount (LO-500213, 12/08/1990) is found by its characters; two amounts side by side make no third.
    return same or (not _is_amount(sought) and stands_in(wanted, whole))


def _same(one: Token, other: Token) -> bool:
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return bool(one & other)
    return one == other


def _is_amount(tokens: list[Token]) -> bool:
    return len(tokens) == 1


def _tokens(text: str) -> Iterator[Token]:
    """Words as they are; a number as the set of its readings, since 1.250 is one thing in London and another in Berlin."""
    found = _TOKEN.findall(fold(text.replace("\u00a0", " ").replace("\u202f", " ")))
    at = 0
    while at < len(found):
        token = found[at]
        at += 1
        if token[0].isdecimal():
            times = _TIMES.get(found[at], 0) if at < len(found) else 0
            at += bool(times)
            yield frozenset(_plain(reading, times) for reading in _readings(token))
        elif token not in _CURRENCY:
            yield token


def _readings(token: str) -> Iterator[str]:
    """Digits with a point before the fraction. A single separator before three digits may group them or begin a fraction."""
    marks = re.findall(r"\D", token)
    if not marks:
        yield token
        return
    whole, _, fraction = token.rpartition(marks[-1])
    if len(set(marks)) > 1:
        yield f"{re.sub(r'[^0-9]', '', whole)}.{fraction}"
        return
    if len(fraction) == 3:
        yield re.sub(r"[^0-9]", "", token)
    if len(marks) == 1 and marks[0] in ".,":
        yield f"{whole}.{fraction}"


def _plain(number: str, times: int) -> str:
    """`number` by ten to the power of `times`, without needless zeros."""
    whole, _, fraction = number.partition(".")
    fraction = fraction.ljust(times, "0")
    whole, fraction = (whole + fraction[:times]).lstrip("0") or "0", fraction[times:].rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole
