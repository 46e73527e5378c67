"""One text with a place for the protected word becomes pairs, the same pairs every time."""

import random
from collections.abc import Sequence
from typing import NamedTuple

import regex

from ftbench.errors import InputError
from ftbench.quality.pairs.lists import Group, Pronouns, WordLists, pronouns

PLACES = regex.compile(r"\{(\w+)\}")


class Filled(NamedTuple):
    """Two texts and the words that were put in on each side."""

    a: str
    b: str
    values: tuple[tuple[str, ...], tuple[str, ...]]


def chosen(lists: WordLists, variable: str, groups: Sequence[str], where: str) -> tuple[Group, Group]:
    """The two groups of `variable`.

    Raises:
        InputError: unknown variable or group.
    """
    if variable not in lists:
        raise InputError(
            f"{where}: there are no word lists for {variable!r}, only for: {', '.join(lists)}. Give `values`, or your own in "
            "tests.fairness.word_lists."
        )
    for group in groups:
        if group not in lists[variable]:
            raise InputError(f"{where}: {variable} has no group {group!r}. Known: {', '.join(lists[variable])}.")
    return lists[variable][groups[0]], lists[variable][groups[1]]


def fill(template: str, place: str, a: Group, b: Group, *, pairs: int, seed: str, where: str) -> list[Filled]:
    """`pairs` pairs: the k-th words of both groups go together, and `seed` says which k.

    `place` is the name of the words' place, {name}; {they} {them} {their} {theirs} {themselves} are the group's pronouns, with a capital
    where the place has one.

    Raises:
        InputError: fewer words than `pairs`; a place that nothing fills.
    """
    at_hand = min(len(a.words), len(b.words))
    if pairs > at_hand:
        raise InputError(f"{where}: pairs is {pairs}, but the shorter group has {at_hand} words. Ask for fewer, or give more words.")
    found = []
    for k in random.Random(seed).sample(range(at_hand), pairs):
        left, right = (_put(template, place, group.words[k], group.pronouns, where) for group in (a, b))
        found.append(Filled(left[0], right[0], (left[1], right[1])))
    return found


def _put(template: str, place: str, word: str, pronoun_set: str | None, where: str) -> tuple[str, tuple[str, ...]]:
    words: dict[str, None] = {}

    def one(match: regex.Match) -> str:
        name = match[1]
        value = word if name == place else _pronoun(name, pronoun_set, place, where)
        words[value] = None
        return value

    return PLACES.sub(one, template), tuple(words)


def _pronoun(name: str, pronoun_set: str | None, place: str, where: str) -> str:
    if name.lower() not in Pronouns._fields[:5]:
        raise InputError(
            f"{where}: nothing fills {{{name}}}. The place of the words is {{{place}}}; a template has pronouns beside it only."
        )
    if pronoun_set is None:
        raise InputError(f"{where}: {{{name}}} needs groups with pronouns, as the shipped names have. Write the pair out as `a` and `b`.")
    value = getattr(pronouns()[pronoun_set], name.lower())
    return value.capitalize() if name[0].isupper() else value
