"""What an answer is checked against: the case's source and what was said in the conversation, read once."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ftbench.quality.claims.claim import Claim, plain
from ftbench.quality.claims.extract import claims, without_measures
from ftbench.quality.claims.sentences import content, sentences

_WORD = re.compile(r"[^\W_]+(?:['.&-][^\W_]+)*")


class Passage(NamedTuple):
    """One sentence of the source. `said`: it stands in the conversation and not in the source."""

    text: str
    words: frozenset[str]
    claims: tuple[Claim, ...]
    said: bool


@dataclass(frozen=True, eq=False)
class Source:
    """A source is the same as another only if it is that very one, so that what was looked up in it can be kept.

    `tokens` are its words in order, casefolded; `names` those of them that have a capital somewhere."""

    passages: tuple[Passage, ...]
    words: frozenset[str]
    tokens: tuple[str, ...]
    names: frozenset[str]


@lru_cache(maxsize=256)
def read_source(source: str, said: str = "") -> Source:
    """`source` is the material; `said` is what the user and the system prompt said, which an answer may repeat without inventing."""
    passages = (*_passages(source, said=False), *_passages(said, said=True))
    both = plain(f"{source}\n{said}")
    tokens = [m[0] for m in _WORD.finditer(both)]
    small = tuple(t.casefold().removesuffix("'s") for t in tokens)
    capitals = frozenset(s for t, s in zip(tokens, small, strict=True) if t[0].isupper())
    return Source(passages, frozenset().union(*(p.words for p in passages)), small, capitals - {t for t in tokens if t.islower()})


def _passages(text: str, *, said: bool) -> list[Passage]:
    found = claims(text, of_source=True)
    left = without_measures(text, found)
    passages, at = [], 0
    for start, end in sentences(text):
        while at < len(found) and found[at].start < start:
            at += 1
        last = at
        while last < len(found) and found[last].start < end:
            last += 1
        passages.append(Passage(text[start:end], content(left[start:end]), tuple(found[at:last]), said))
        at = last
    return passages
