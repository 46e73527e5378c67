"""Where the sentences of a text begin and end, and the words in them that carry meaning."""

import re
from collections.abc import Iterator

from ftbench.quality.claims.word_list import word_list

_END = re.compile(r"[.!?…。！？]+[\"')\]*]{0,3}(?=\s|$)|\n")
_BEFORE_NAME = re.compile(r"\b(?:mr|mrs|ms|dr|prof|st|no|nr|art|sec|para|vs?|e\.g|i\.e|approx|al|[A-Z])\.$", re.I)  # the sentence goes on
_MAY_END = re.compile(r"(?:\b(?:etc|inc|ltd|co|abs|u\.s|a\.m|p\.m)|\d)\.$", re.I)  # it goes on where the next word is small, or a month
_GOES_ON = re.compile(r" (?:[^\W\d_A-Z]|(?:Jan|Feb|Mar|M\u00e4r|Apr|Mai|Jun|Jul|Aug|Sep|O[ck]t|Nov|De[cz]))")
WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
STOP = word_list("stop")
POLITE = word_list("polite")
_SUFFIXES = ("ations", "ation", "ments", "ment", "ings", "ing", "edly", "ies", "ied", "ers", "er", "ed", "es", "ly", "s", "e", "y")


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of every sentence or line that holds more than white space, in order, without overlap."""
    start = 0
    for end in [*_END.finditer(text), None]:
        stop = len(text) if end is None else end.end()
        if end is not None and end[0] == "." and _goes_on(text, max(start, stop - 8), stop):
            continue
        first, last = start, stop
        while first < last and text[first].isspace():
            first += 1
        while last > first and text[last - 1].isspace():
            last -= 1
        if first < last:
            yield first, last
        start = stop


def content(sentence: str) -> frozenset[str]:
    """Stems of the words that carry meaning; politeness and numbers (which are claims) left out."""
    stems = (stem(word.casefold().removesuffix("'s")) for word in WORD.findall(sentence) if word.casefold() not in STOP)
    return frozenset(s for s in stems if s not in _POLITE_STEMS and not s.isdigit())


def stem(word: str) -> str:
    """`word` without an English ending, crudely: enough for "refunds", "refunded" and "refund" to be one."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word


_POLITE_STEMS = frozenset(map(stem, POLITE))


def _goes_on(text: str, start: int, stop: int) -> bool:
    """After "No. 5", "Dr. Weber" and "3. März" the sentence goes on; at a line's end it does not."""
    if stop >= len(text) or text[stop] == "\n":
        return False
    return bool(_BEFORE_NAME.search(text, start, stop) or _MAY_END.search(text, start, stop) and _GOES_ON.match(text, stop))
