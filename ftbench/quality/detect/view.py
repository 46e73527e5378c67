"""A text as a reader sees it, with the way back to the characters that it is made of."""

import re
import unicodedata
from typing import NamedTuple

_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DIGIT_WORDS = {name: str(digit) for digit, name in enumerate(_NAMES)} | {"oh": "0"}
_DIGIT_WORD = re.compile(rf"\b(?:{'|'.join(_DIGIT_WORDS)})\b", re.IGNORECASE)


class View(NamedTuple):
    """`text`, and for each of its characters the offset of the original's character behind it."""

    text: str
    origin: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where text[start:end] begins and ends in the original; start < end."""
        return self.origin[start], self.origin[end - 1] + 1


def view(text: str) -> View:
    """Without invisible characters and Markdown's emphasis, wide and small letters as plain ones, digits of every script as 0 to 9."""
    shown: list[str] = []
    origin: list[int] = []
    for at, character in enumerate(text):
        if unicodedata.category(character) == "Cf" or character in "*`":
            continue
        for c in unicodedata.normalize("NFKC", character):
            shown.append(str(unicodedata.decimal(c)) if c.isdecimal() else c)
            origin.append(at)
    return View("".join(shown), origin)


def with_digit_words(seen: View) -> View:
    """`seen` with four, one, oh written as digits."""
    shown: list[str] = []
    origin: list[int] = []
    at = 0
    for match in _DIGIT_WORD.finditer(seen.text):
        shown += [seen.text[at : match.start()], _DIGIT_WORDS[match[0].casefold()]]
        origin += [*seen.origin[at : match.start()], seen.origin[match.start()]]
        at = match.end()
    return View("".join([*shown, seen.text[at:]]), [*origin, *seen.origin[at:]])
