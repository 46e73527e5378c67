"""Is one answer the right label? Exact match after a declared normalisation, and nothing cleverer."""

import unicodedata
from collections.abc import Sequence

STEPS = ("strip", "casefold", "strip_punctuation", "first_line")


def normalise(text: str, steps: Sequence[str]) -> str:
    """`text` after `steps`, always in the same order: first_line, strip, casefold, strip_punctuation (at both ends)."""
    text = unicodedata.normalize("NFC", text)
    if "first_line" in steps:
        text = next((line for line in text.splitlines() if line.strip()), "")
    if "strip" in steps:
        text = text.strip()
    if "casefold" in steps:
        text = text.casefold()
    if "strip_punctuation" in steps:
        while text and (unicodedata.category(text[0])[0] in "PS" or text[0].isspace()):
            text = text[1:]
        while text and (unicodedata.category(text[-1])[0] in "PS" or text[-1].isspace()):
            text = text[:-1]
    return text
