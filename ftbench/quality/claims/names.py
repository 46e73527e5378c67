"""Names of people, places, organisations and products: words with a capital where the grammar asks for none."""

import re
from collections.abc import Iterator

from ftbench.quality.claims.claim import Claim
from ftbench.quality.claims.sentences import sentences
from ftbench.quality.claims.word_list import word_list

WORD = re.compile(r"[^\W\d_][\w'.&-]*[\w]|[^\W\d_]")
LINKING = {"of", "the", "and", "&", "de", "la", "von", "van", "der", "du", "di"}
LONGEST = 6  # words in one name
GERMAN = frozenset(
    ("der", "die", "das", "und", "ist", "nicht", "mit", "ein", "eine", "für", "auf", "wir", "zu", "den", "dem", "des", "von", "im")
)
GENERIC = word_list("generic")


def names(text: str, known: frozenset[str] = frozenset()) -> Iterator[Claim]:
    """Every name in a `plain` text.

    The first word of a sentence counts only as a part of a longer name, or where it is in `known` (names of the source, casefolded). In
    German, where every noun has a capital, only sequences of two or more count.
    """
    parts = [(end, _words(text, start, end)) for start, end in sentences(text)]
    every = [word[0] for _, words in parts for word in words]
    german = sum(word in GERMAN for word in every) > max(1, len(every) // 10)
    for end, words in parts:
        if _heading(text, end, words):
            continue
        for run in _runs(text, words):
            first = run[0] is words[0]
            if first and len(run) == 1 and _joined(run) not in known:
                continue
            if german and len(run) == 1 and _joined(run) not in known:
                continue
            first_at, last_at = run[0][1], run[-1][2]
            yield Claim("name", text[first_at:last_at], first_at, last_at, (_joined(run),))


def _heading(text: str, end: int, words: list[tuple[str, int, int]]) -> bool:
    """A line of capitals with more text under it. "Manager: Anna Schmidt" is none, nor is what ends with a full stop."""
    if len(words) < 3 or text[end : end + 1] != "\n" or text[end - 1] == "." or ":" in text[words[0][1] : words[-1][1]]:
        return False
    return sum(map(_capital, words)) > 0.7 * len(words)


def _words(text: str, start: int, end: int) -> list[tuple[str, int, int]]:
    return [(m[0], m.start(), m.end()) for m in WORD.finditer(text, start, end)]


def _runs(text: str, words: list[tuple[str, int, int]]) -> Iterator[list[tuple[str, int, int]]]:
    """Neighbouring words with a capital, without the generic ones at either end; a linking word may stand inside."""
    run: list[tuple[str, int, int]] = []
    for word in [*words, None]:
        joins = word is not None and (not run or text[run[-1][2] : word[1]] in (" ", ". ", " & ")) and len(run) < LONGEST
        if joins and _capital(word) or joins and run and word[0].lower() in LINKING:
            run.append(word)
            continue
        if found := _trimmed(run):
            yield found
        run = [word] if word is not None and _capital(word) else []


def _capital(word: tuple[str, int, int]) -> bool:
    """A capital at the beginning or, as in iPhone, inside."""
    return not word[0].islower() and any(c.isupper() for c in word[0])


def _trimmed(run: list) -> list:
    while run and _empty(run[0]):
        run = run[1:]
    while run and _empty(run[-1]):
        run = run[:-1]
    return run


def _empty(word: tuple[str, int, int]) -> bool:
    return word[0].lower().removesuffix("'s") in GENERIC or word[0].lower() in LINKING


def _joined(run: list) -> str:
    return " ".join(word[0].casefold().removesuffix("'s").strip(".") for word in run)
