"""An answer, sentence by sentence: what the source supports, what it does not hold, and what no screen can say."""

import re
from bisect import bisect_left
from typing import Literal, NamedTuple

from ftbench.quality.claims.claim import Claim
from ftbench.quality.claims.extract import claims, without_measures
from ftbench.quality.claims.sentences import content, sentences
from ftbench.quality.claims.source import Passage, Source, read_source
from ftbench.quality.claims.support import Support, support
from ftbench.quality.detect.unknown import says_unknown

Verdict = Literal["supported", "unsupported", "undecided"]
ENOUGH = 0.6  # share of a sentence's content words that the source must have; chosen on the dev half of labelled/claims.jsonl
_NO = re.compile(
    r"\b(?:not|no|never|none|without|cannot|nor|neither|(?:is|are|was|were|do|does|did|wo|ca|could|should|would)n't|exclud\w*|except|unless"
    r"|prohibit\w*|forbid\w*|refus\w*|denied|void\w*)\b",
    re.I,
)
_STRONG = re.compile(r"\b(?:free|always|only|every|both|guarantee[ds]?|unlimited|throughout|everyone)\b", re.I)
_YES_NO = re.compile(r"\W*(?:yes|no|yeah|yep|nope|of course|certainly|absolutely|sure|ja|nein|oui|non|s\u00ed)\b", re.I)


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

    A hard claim (name, date, number, citation, identifier, link) that is not in the source makes a sentence unsupported. Undecided are one
    that the source has beside other words, a "not" or an "only" that one side lacks, too few common words in a sentence without a hard
    claim, and a bare yes or no. A question, a polite frame and "I do not know" claim nothing and are supported.
    """
    known = read_source(source, said)
    found = claims(answer, known_names=known.names)
    left = without_measures(answer, found)
    result = []
    for number, (start, end) in enumerate(sentences(answer), 1):
        here = found[bisect_left(found, start, key=lambda c: c.start) : bisect_left(found, end, key=lambda c: c.start)]
        result.append(_assess(number, answer[start:end], content(left[start:end]), here, known))
    if _YES_NO.match(answer) and not any(part.supports or content(part.text) for part in result):
        result[0] = result[0]._replace(verdict="undecided", why="a bare yes or no has no words to look for")
    return result


def verdict(parts: list[Sentence]) -> Verdict:
    """Of a whole answer: one unsupported sentence is enough; an answer without a sentence claims nothing."""
    verdicts = {part.verdict for part in parts}
    return next((v for v in ("unsupported", "undecided") if v in verdicts), "supported")


def invented(answer: str, source: str, said: str = "") -> bool | None:
    """Whether `answer` holds a claim that the source does not; None where the screens cannot say. Its accuracy: `figures("claims")`."""
    return {"supported": False, "unsupported": True, "undecided": None}[verdict(assess(answer, source, said))]


def _assess(number: int, text: str, words: frozenset[str], here: list[Claim], source: Source) -> Sentence:
    shared = len(words & source.words) / len(words) if words else 1.0
    supports = tuple(support(c, words, here, source) for c in here)
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
    if nearest is None:
        return ""
    if bool(_NO.search(text)) != bool(_NO.search(nearest.text)):
        return f'a "not" stands on one side only; the source: {nearest.text[:120]!r}'
    strong = {m.lower() for m in _STRONG.findall(text)} - {m.lower() for m in _STRONG.findall(nearest.text)}
    return f"{min(strong)!r} is not in the source there: {nearest.text[:120]!r}" if strong else ""


def _reason(found: Support) -> str:
    tells = f"; the source says {found.instead!r} there" if found.instead else ""
    if found.state == "misplaced":
        return f"{found.claim.text!r} stands in the source, but elsewhere{tells}"
    return f"{found.claim.text!r} is not in the source{tells}"
