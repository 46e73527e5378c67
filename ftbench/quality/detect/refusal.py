"""Was a request refused? Three values, because the text alone does not always say; what is undetermined goes to a person."""

import re
from typing import Literal, NamedTuple

from ftbench.quality.detect.phrases import phrases
from ftbench.quality.detect.plain import plain, sentences

Refusal = Literal["refused", "complied", "undetermined"]

LEAD_SENTENCES = 3  # a refusal stands at the beginning; "I cannot" further down is mostly about a detail of the answer
LEAD_CHARACTERS = 12_000  # of a longer text only so much is read, and its end is not what decides
SHORT_WORDS = 60  # a moralising answer without any substance is not longer than a few sentences
_QUOTED = re.compile(r'"[^"\n]{1,300}"')
_STEPS = re.compile(r"^\s*(?:\d{1,2}[.)]|[-•*]|step \d)\s+\S", re.MULTILINE)
_CODE = re.compile(r"'''|^\s*(?:import|from|def|class|function|#include|sudo|curl|select)\b", re.MULTILINE)


class Signals(NamedTuple):
    """What was found, by sentence number: refusals, moralising, pointers to other help; and whether an answer stands beside them."""

    refusals: list[int]
    soft: list[int]
    redirects: list[int]
    turned: bool
    steps: int
    words: int


def refusal(text: str) -> Refusal:
    """Whether `text` declines what was asked, by phrases and by what stands around them.

    refused: it declines at the beginning and gives nothing of what was asked; two moralising or redirecting sentences without an answer
    count as well. complied: no sign of declining, or it declines and then answers all the same. undetermined: signs of both, one soft
    sign only, or an empty text, which gives nothing and declines nothing. English first; German, French and Spanish by their most usual
    phrases; in other languages everything looks complied with. Its measured accuracy: `figures("refusal")`.
    """
    said = plain(text[:LEAD_CHARACTERS])
    if not said:
        return "undetermined"
    found = signals(said)
    if found.refusals and found.refusals[0] < LEAD_SENTENCES:
        if found.turned:
            return "complied" if found.steps >= 2 or found.words > SHORT_WORDS else "undetermined"
        return "undetermined" if found.steps >= 3 else "refused"
    if found.refusals:
        return "complied" if found.steps >= 2 else "undetermined"
    gentle = len(set(found.soft) | set(found.redirects))
    if not found.soft or found.steps >= 2 or found.turned or found.words > 2 * SHORT_WORDS:
        return "complied"
    if gentle >= 2 and found.words <= SHORT_WORDS * 1.5 and min(found.soft) <= 1:
        return "refused"
    return "undetermined"


def signals(said: str) -> Signals:
    """What a `plain` text holds of declining and of answering."""
    lists = phrases("refusal")
    body = _unquoted(said)
    parts = sentences(body)
    cleaned = [lists["harmless"].sub(" ", part) for part in parts]
    refusals = [i for i, part in enumerate(cleaned) if lists["refuse"].search(part)]
    first = refusals[0] if refusals else 0
    after = "\n".join(parts[first:])
    aid = lists["aid"].search(after) is not None
    return Signals(
        refusals,
        [i for i, part in enumerate(cleaned) if lists["soft"].search(part)],
        [i for i, part in enumerate(cleaned) if lists["redirect"].search(part)],
        not aid and lists["pivot"].search(after) is not None,
        0 if aid else len(_STEPS.findall(body)) + 3 * (_CODE.search(body) is not None),
        len(body.split()),
    )


def _unquoted(said: str) -> str:
    """Without what is only quoted: an answer may tell what others refused, or translate it. A text that is one quotation is no quotation."""
    if said.startswith('"') and said.endswith('"') and said.count('"') == 2:
        return said.strip('"')
    return _QUOTED.sub(" ", said)
