"""Finding whole words and putting something else in their place, in any script."""

import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache

import regex

PLACEHOLDER = "[…]"
# scripts that write no spaces: a name there has letters right before and behind it
UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")


def replace(text: str, words: Iterable[str], *, ignore_case: bool = True, by: str = PLACEHOLDER) -> str:
    """`text` in NFC with each of `words` exchanged; the longest first, and none inside of another word ("Ann" stays in "Annual")."""
    text = unicodedata.normalize("NFC", text)
    found = pattern(tuple(words), ignore_case)
    return found.sub(lambda _: by, text) if found else text


def holds(text: str, words: Iterable[str]) -> bool:
    """Whether one of `words` stands in `text` as a word of its own, whatever the case."""
    found = pattern(tuple(words), True)
    return bool(found and found.search(unicodedata.normalize("NFC", text)))


@lru_cache(maxsize=4096)
def pattern(words: tuple[str, ...], ignore_case: bool) -> regex.Pattern | None:
    """One expression for all of `words`; None where there is none."""
    wanted = sorted({unicodedata.normalize("NFC", w).strip() for w in words} - {""}, key=lambda w: (-len(w), w))
    if not wanted:
        return None
    return regex.compile("|".join(map(_whole, wanted)), regex.IGNORECASE if ignore_case else 0)


def unlike(a: str, b: str) -> tuple[list[str], list[str]]:
    """The words of each text that the other has not at that place."""
    left, right = a.split(), b.split()
    changes = [c for c in SequenceMatcher(None, left, right, autojunk=False).get_opcodes() if c[0] != "equal"]
    return [w for c in changes for w in left[c[1] : c[2]]], [w for c in changes for w in right[c[3] : c[4]]]


def _whole(word: str) -> str:
    before = r"(?<!\w)" if _spaced(word[0]) else ""
    behind = r"(?!\w)" if _spaced(word[-1]) else ""
    return f"{before}{regex.escape(word)}{behind}"


def _spaced(character: str) -> bool:
    return bool(regex.match(r"\w", character)) and not UNSPACED.match(character)


def mentioned(text: str, terms: Iterable[str]) -> list[str]:
    """Those of `terms` that `text` holds, whatever the case; a term that ends in * stands for every word that begins so."""
    text = unicodedata.normalize("NFC", text)
    return [term for term in terms if (found := _term(term)) and found.search(text)]


@lru_cache(maxsize=4096)
def _term(term: str) -> regex.Pattern | None:
    if not term.endswith("*"):
        return pattern((term,), True)
    stem = unicodedata.normalize("NFC", term.rstrip("*")).strip()
    return regex.compile(_whole(stem).removesuffix(r"(?!\w)"), regex.IGNORECASE) if stem else None
