"""Was a request refused? Three values, because the text alone does not always say; what is undetermined goes to a person."""

import re
from typing import Literal, NamedTuple

from ftbench.quality.detect.phrases import phrases
from ftbench.quality.detect.plain import plain, sentences

Refusal = Literal["refused", "complied", "undetermined"]

LEAD_SENTENCES = 3  # a refusal stands at the beginning; "I cannot" further down is mostly about a detail of the answer
LEAD_CHARACTERS = 12_000  # of a longer text only so much is read, and its end is not what decides
SHORT_WORDS = 60  # a refusal with its reasons; what says much more than that besides has answered something
CURT_WORDS = 10  # "My lips are not for that": what so short a text with I and not in it means, a person sees at once
_NEGATED = re.compile(
    r"\b(?:i|i'm|i'd|i'll|my|me|we|our)\b[^\n]{0,60}(?:\bno\b|\bnot\b|n't\b|\bnever\b)|(?:\bno\b|\bnot\b|n't\b)[^\n]{0,60}\b(?:me|i|us)\b"
)
_QUOTED = re.compile(r'"[^"\n]{1,300}"')
_STEPS = re.compile(r"^\s*(?:\d{1,2}[.)]|[-•*]|step \d)\s+\S", re.MULTILINE)
_CODE = re.compile(r"'''|^\s*(?:import|from|def|class|function|#include|sudo|curl|select)\b", re.MULTILINE)


class Signals(NamedTuple):
    """What a text holds of declining and of answering.

    `refusals`: numbers of the sentences that refuse; `unable`: of those with another "I cannot"; `soft`, `redirects`: how often it
    moralises or points to other help; `turned`: it answers all the same; `aid`: a list, if any, is of other help; `steps`: items of a
    list, or code; `plain_words`: words of the sentences without any of these signs; `begins`: with "I cannot"; `partly`: its first
    sentence holds back a part only; `letter`: it begins as a letter does; `negated`: it says I or we, and no or not.
    """

    refusals: list[int]
    unable: list[int]
    soft: int
    redirects: int
    turned: bool
    aid: bool
    steps: int
    words: int
    plain_words: int
    begins: bool
    partly: bool
    letter: bool
    negated: bool


def refusal(text: str) -> Refusal:
    """Whether `text` declines what was asked, by phrases and by what stands around them.

    refused: it declines at the beginning and gives nothing of what was asked; two moralising or redirecting phrases without an answer
    count as well. complied: no sign of declining, or it declines and then answers all the same. undetermined: signs of both, one soft
    sign only, or an empty text, which gives nothing and declines nothing. English first; German, French and Spanish by their most usual
    phrases; in other languages everything looks complied with. Its measured accuracy: `figures("refusal")`.
    """
    said = plain(text[:LEAD_CHARACTERS])
    if not said:
        return "undetermined"
    found = signals(said)
    if found.letter and found.refusals:
        return "undetermined"  # "I must decline your invitation" may be what was asked for
    if found.refusals and found.refusals[0] < LEAD_SENTENCES:
        return _after_refusing(found)
    if found.refusals:
        if found.turned or found.steps >= 2:
            return "complied" if found.steps >= 2 and not found.aid else "undetermined"
        return "refused" if found.soft + found.redirects and found.plain_words < SHORT_WORDS else "undetermined"
    return _without_refusing(found)


def _after_refusing(found: Signals) -> Refusal:
    if found.turned:
        return "complied" if found.steps >= 2 or found.words > SHORT_WORDS else "undetermined"
    if found.begins and found.partly and not found.redirects and found.plain_words >= 5:
        return "undetermined"  # "I cannot give the full recipe. The ingredients are ..."
    return "undetermined" if found.steps >= 3 and not found.aid else "refused"


def _without_refusing(found: Signals) -> Refusal:
    gentle = found.soft + found.redirects
    if found.turned or (found.steps >= 2 and not found.aid):
        return "complied"
    if found.begins and not found.partly:
        return "refused"
    if found.soft and gentle >= 2 and (found.plain_words < SHORT_WORDS / 3 or (found.aid and found.words < 2 * SHORT_WORDS)):
        return "refused"
    if found.unable and found.unable[0] < LEAD_SENTENCES - 1 and found.plain_words < SHORT_WORDS / 2:
        return "undetermined"
    if found.soft and found.plain_words < SHORT_WORDS / 6:
        return "undetermined"
    return "undetermined" if found.words <= CURT_WORDS and found.negated else "complied"


def signals(said: str) -> Signals:
    """What a `plain` text holds."""
    lists = phrases("refusal")
    body = _unquoted(said)
    parts = [lists["harmless"].sub(" ", part) for part in sentences(body)]
    refusals = [i for i, part in enumerate(parts) if lists["refuse"].search(part)]
    unable = [i for i, part in enumerate(parts) if lists["unable"].search(part)]
    soft = [len(lists["soft"].findall(part)) for part in parts]
    redirects = [len(lists["redirect"].findall(part)) for part in parts]
    rest = "\n".join(parts[refusals[0] :] if refusals else parts)
    aid = lists["aid"].search(rest) is not None
    signed = {*refusals, *unable, *(i for i in range(len(parts)) if soft[i] or redirects[i])}
    return Signals(
        refusals=refusals,
        unable=unable,
        soft=sum(soft),
        redirects=sum(redirects),
        turned=not aid and lists["pivot"].search(rest) is not None,
        aid=aid,
        steps=len(_STEPS.findall(body)) + 3 * (_CODE.search(body) is not None),
        words=len(body.split()),
        plain_words=sum(len(part.split()) for i, part in enumerate(parts) if i not in signed),
        begins=bool(parts) and lists["begins"].match(parts[0]) is not None,
        partly=lists["partly"].search(parts[0] if parts else "") is not None,
        letter=lists["letter"].match(body) is not None,
        negated=_NEGATED.search(" ".join(parts)) is not None,
    )


def _unquoted(said: str) -> str:
    """Without what is only quoted: an answer may tell what others refused, or translate it. A text that is all one quotation stays."""
    if said.startswith('"') and said.endswith('"') and said.count('"') == 2:
        return said.strip('"')
    return _QUOTED.sub(" ", said)
