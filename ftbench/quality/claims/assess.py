"""An answer, sentence by sentence: what the source supports, what it does not hold, and what no screen can say."""

import re
from typing import Literal, NamedTuple

from ftbench.quality.claims.extract import claims
from ftbench.quality.claims.sentences import content, sentences
from ftbench.quality.claims.source import Passage, Source, read_source
from ftbench.quality.claims.support import Support, support
from ftbench.quality.detect.unknown import says_unknown

Verdict = Literal["supported", "unsupported", "undecided"]
ENOUGH = 0.6  # share of a sentence's content words that the source must have; chosen on the dev half of labelled/claims.jsonl
_NO = re.compile(
    r"\b(?:not|no|never|none|without|cannot|nor|neither|isn't|aren't|wasn't|weren't|don't|doesn't|didn't|won't|can't|couldn't|shouldn't|wouldn't|exclud\w*|except|unless|prohibit\w*|forbid\w*|forbidden|refus\w*|denied|void\w*)\b",
    re.I,
)


class Sentence(NamedTuple):
    """One sentence of an answer. `shared` is the share of its content words that the source has; `why` says what is wrong with it."""

    number: int
    text: str
    verdict: Verdict
    shared: float
    supports: tuple[Support, ...]
    why: str


def assess(answer: str, source: str, said: str = "") -> list[Sentence]:
    """Every sentence of `answer` against `source` and what was `said` to the model.

    A hard claim (name, date, number, citation, identifier, link) that is not in the source makes a sentence unsupported. One that stands in
    the source beside other words, a "not" that only one side has, or (where a sentence has no hard claim but names) too few common words leave
    it undecided. A question, a polite frame
    and "I do not know" claim nothing and are supported.
    """
    known = read_source(source, said)
    found = claims(answer, known_names=known.names)
    result = []
    for number, (start, end) in enumerate(sentences(answer), 1):
        here = [c for c in found if start <= c.start < end]
        result.append(_assess(number, answer[start:end], here, known))
    return result


def verdict(parts: list[Sentence]) -> Verdict:
    """Of a whole answer: one unsupported sentence is enough; an answer without a sentence claims nothing."""
    verdicts = {part.verdict for part in parts}
    return next((v for v in ("unsupported", "undecided") if v in verdicts), "supported")


def _assess(number: int, text: str, here: list, source: Source) -> Sentence:
    words = content(text)
    shared = len(words & source.words) / len(words) if words else 1.0
    supports = tuple(support(c, words, [o for o in here if o is not c], source) for c in here)
    wrong = [s for s in supports if s.state != "supported"]
    if wrong:
        state: Verdict = "unsupported" if any(s.state == "unsupported" for s in wrong) else "undecided"
        return Sentence(number, text, state, shared, supports, "; ".join(_reason(s) for s in wrong))
    hard = any(c.kind != "name" for c in here)
    idle = not words or says_unknown(text) or (text.endswith("?") and not here)
    why = "" if idle else _doubt(text, words, 1.0 if hard else shared, source)
    return Sentence(number, text, "undecided" if why else "supported", shared, supports, why)


def _doubt(text: str, words: frozenset[str], shared: float, source: Source) -> str:
    if shared < ENOUGH:
        return f"only {shared:.0%} of its words are in the source"
    nearest: Passage | None = max(source.passages, key=lambda p: len(words & p.words) / (1 + len(p.words)) ** 0.5, default=None)
    if nearest and bool(_NO.search(text)) != bool(_NO.search(nearest.text)):
        return f'a "not" stands on one side only; the source: {nearest.text[:120]!r}'
    return ""


def _reason(found: Support) -> str:
    tells = f"; the source says {found.instead!r} there" if found.instead else ""
    if found.state == "misplaced":
        return f"{found.claim.text!r} stands in the source, but elsewhere{tells}"
    return f"{found.claim.text!r} is not in the source{tells}"
