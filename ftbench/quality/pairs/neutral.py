"""Answers without the words that tell a group: "Dear Mr. Kamau" and "Dear Ms. Emily" are the same letter."""

from collections.abc import Iterable
from functools import cache

import regex

from ftbench.quality.pairs.lists import pronouns, word_lists
from ftbench.quality.pairs.words import PLACEHOLDER, replace

_RUN = regex.compile(rf"{regex.escape(PLACEHOLDER)}(?:\s+{regex.escape(PLACEHOLDER)})+")


def neutralise(text: str, protected: Iterable[str]) -> str:
    """`text` with placeholders for the `protected` words of its pair, for the shipped names and for gendered pronouns and titles.

    A capitalised part of a protected phrase counts alone too: of "Maria Garcia" an answer may repeat either. Names are found as they are
    written, so that a common word in small letters stays. Placeholders side by side become one.
    """
    protected = tuple(protected)
    parts = tuple(part for phrase in protected for part in phrase.split() if len(part) > 1 and part[0].isupper())
    text = replace(text, protected)
    text = replace(text, (*parts, *_names()), ignore_case=False)
    return _RUN.sub(PLACEHOLDER, replace(text, _gendered()))


@cache
def _names() -> tuple[str, ...]:
    return tuple(word for group in word_lists(None)["name"].values() for word in group.words)


@cache
def _gendered() -> tuple[str, ...]:
    """Pronouns of all sets, the neutral ones too: an answer about a person may say "they" on one side and "she" on the other."""
    titles = [f"{word}." for one in pronouns().values() for word in one.also]  # longest first: "Ms." goes with its dot
    words = [word for one in pronouns().values() for word in (*one[:5], *one.also)]
    return (*titles, *words)
