"""Whether a word that says what a number is stands beside it."""

import re
from collections.abc import Sequence
from functools import cache

BEFORE, AFTER = 70, 30  # characters


def nearby(text: str, start: int, end: int, words: Sequence[str]) -> bool:
    """Whether one of `words` stands, whole and in any case, shortly before text[start:end] or right behind it."""
    said = _any_of(tuple(words))
    return bool(said.search(text, max(0, start - BEFORE), start) or said.search(text, end, end + AFTER))


@cache
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, words))})(?![^\W_])", re.IGNORECASE)
