"""Names of people, places, organisations and products: words with a capital where the grammar asks for none."""

import re
from collections.abc import Iterator

from ftbench.quality.claims.claim import Claim
from ftbench.quality.claims.sentences import sentences
from ftbench.quality.claims.word_list import word_list

WORD = re.compile(r"[^\W\d_][\w'.&-]*[\w]|[^\W\d_]")
LINKING = {"of", "the", "and", "&", "de", "la", "von", "van", "der", "du", "di"}
LONGEST = 6  # words in one name
CROWDED = 0.3  # share of capitals among a text's words beyond which a capital says nothing: German nouns, headings
GENERIC = word_list("generic")


def names(text: str, known: frozenset[str] = frozenset()) -> Iterator[Claim]:
    """Every name in a `plain` text.

    The first word of a sentence counts only as a part of a longer name, or where it is in `known` (names of the source, casefolded). In a
    text full of capitals only sequences of two or more count.
    """
    parts = [(start, _words(text, start, end)) for start, end in sentences(text)]
    later = [word for _, words in parts for word in words[1:]]
    crowded = sum(_capital(word) for word in later) > CROWDED * len(later)
    for _, words in parts:
        if len(words) > 2 and sum(_capital(w) for w in words) > 0.7 * len(words) and not any(_joined([w]) in known for w in words):
            continue  # a heading
        for run in _runs(text, words):
            first = run[0] is words[0]
            if first and len(run) == 1 and _joined(run) not in known:
                continue
            if crowded and len(run) == 1 and _joined(run) not in known:
                continue
            start, end = run[0][1], run[-1][2]
            yield Claim("name", text[start:end], start, end, (_joined(run),))


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
