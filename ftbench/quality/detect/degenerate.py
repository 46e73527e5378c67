"""Is an output broken: empty, in a loop, or garbled? A short answer, a label or JSON is none of these."""

import re
from typing import Literal

from ftbench.quality.detect.garbled import garbled, has_content
from ftbench.quality.detect.plain import plain, sentences, strings
from ftbench.quality.detect.repetition import (
    LONGEST_PERIOD_CHARACTERS,
    LONGEST_PERIOD_WORDS,
    compressed_share,
    longest_run,
    repeated_sentences,
    repeated_share,
    without_rules,
    words,
)

Degenerate = Literal["empty", "loop", "garbled"]

CHARACTERS = 20_000  # of a longer text its first and its last so many: a loop does not end again
_ONE_CHARACTER = re.compile(r"([^\W\d_])\1{14,}|([^\w\s]|\d|_)\2{39,}|(\s)\3{199,}")


def degenerate(text: str, finish_reason: str | None) -> Degenerate | None:
    """How `text` is broken, or None.

    empty: nothing that can be seen. loop: a stretch that repeats a piece over and over, the same sentences again and again, or a text that
    compresses like one. garbled: characters that are no text (see `garbled`). Where the output was cut off (`finish_reason` "length") less
    repetition is enough: a loop seldom stops by itself. Nonsense made of real words is not found. Its measured accuracy:
    `figures("degenerate")`.
    """
    if not has_content(text):
        return "empty"
    text = text if len(text) <= 2 * CHARACTERS else text[:CHARACTERS] + "\n" + text[-CHARACTERS:]
    said = strings(text)
    if said is not None:  # its keys repeat by nature; only what a value says can loop
        broken = [d for value in said if value.strip() and (d := _prose(value, finish_reason))]
        return broken[0] if broken else None
    return _prose(text, finish_reason)


def _prose(text: str, finish_reason: str | None) -> Degenerate | None:
    if _loops(text, cut=finish_reason == "length"):
        return "loop"
    return "garbled" if garbled(text) else None


def _loops(text: str, *, cut: bool) -> bool:
    text = without_rules(text) if sum(c.isalpha() for c in text) > 20 else text
    single = _ONE_CHARACTER.search(text)
    if single and (single[0].isalpha() or len(single[0]) > 0.3 * len(text)):
        return True
    said = words(text)
    masked = ["0" if w.isdigit() else w for w in said]  # a loop with a counter in it is still a loop
    run = longest_run(masked, LONGEST_PERIOD_WORDS, least_cycles=3)
    lettered = any(c.isalpha() for c in run.piece)
    if lettered and run.cycles >= (3 if cut else 4) and (run.covers >= 16 or run.share > 0.9 and run.covers >= 6):
        return True
    if lettered and run.cycles >= 3 and run.covers >= 24 and run.share > 0.4:
        return True
    letters = list(text[-2 * LONGEST_PERIOD_CHARACTERS * 10 :])
    piece = longest_run(letters, LONGEST_PERIOD_CHARACTERS, least_cycles=4)
    if any(c.isalpha() for c in piece.piece) and piece.covers >= 40 and piece.cycles >= (4 if piece.period >= 10 else 8):
        return True
    if repeated_sentences(sentences(plain(text))) > (0.4 if cut else 0.5):
        return True
    if len(said) >= 50 and repeated_share(said, 4) > (0.4 if cut else 0.5):
        return True
    return len(text) >= 300 and compressed_share(text) < (0.26 if cut else 0.2)
