"""Texts of an exact number of tokens: written, encoded, and corrected until they have it."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ftbench.load.workload.words import Words

ROUNDS = 12  # a text that is not exact by then stays as near as it came
DEEPEST = 12  # words that are taken back to make room for one that fits

Count = Callable[[list[str]], list[int]]


class Draft(NamedTuple):
    """Indices of words; the first `keep` stay. `target` is the tokens that the rendered text is to have."""

    words: list[int]
    keep: int
    target: int


class Fitted(NamedTuple):
    text: str
    tokens: int


def fit(drafts: list[Draft], words: Words, count: Count, rng: np.random.Generator) -> list[Fitted]:
    """Each draft as a text with `target` tokens by `count`, or as near as it came in ROUNDS corrections of its end.

    Args:
        count: tokens of texts as they will be sent, template included.
    """
    by_cost = {int(cost): np.flatnonzero(words.costs == cost) for cost in np.unique(words.costs)}
    drafts, best = list(drafts), [Fitted("", -1)] * len(drafts)
    open_ = list(range(len(drafts)))
    for _ in range(ROUNDS):
        texts = [text_of(drafts[k].words, words) for k in open_]
        left = []
        for k, text, tokens in zip(open_, texts, count(texts), strict=True):
            missing = drafts[k].target - tokens
            if best[k].tokens < 0 or abs(missing) < abs(drafts[k].target - best[k].tokens):
                best[k] = Fitted(text, tokens)
            if missing:
                drafts[k] = _corrected(drafts[k], missing, words, by_cost, rng)
                left.append(k)
        if not (open_ := left):
            break
    return best


def text_of(indices: list[int], words: Words) -> str:
    return " ".join(words.texts[i] for i in indices)


def filled(tokens: int, words: Words, rng: np.random.Generator) -> list[int]:
    """Indices of random words of `tokens` together, or a little less where no words make that up."""
    if (words.costs == 1).all():
        return rng.integers(len(words.texts), size=max(tokens, 0)).tolist()
    by_cost = {int(cost): np.flatnonzero(words.costs == cost) for cost in np.unique(words.costs)}
    return _end(tokens, by_cost, rng)[0]


def _corrected(draft: Draft, missing: int, words: Words, by_cost: dict[int, np.ndarray], rng: np.random.Generator) -> Draft:
    """The draft with `missing` tokens more, or fewer, at its end."""
    kept = list(draft.words)
    for taken in range(DEEPEST + 1):
        if missing >= 0 and (taken or missing):
            end, rest = _end(missing, by_cost, rng)
            if rest == 0:
                return draft._replace(words=kept + end)
        if len(kept) <= draft.keep:
            break
        missing += int(words.costs[kept.pop()])
    while missing < 0 and len(kept) > draft.keep:
        missing += int(words.costs[kept.pop()])
    return draft._replace(words=kept + _end(missing, by_cost, rng)[0])


def _end(tokens: int, by_cost: dict[int, np.ndarray], rng: np.random.Generator) -> tuple[list[int], int]:
    """(random words, tokens that nothing fits into). A cost is only taken where what is left can still be filled, or is nothing."""
    least, end = min(by_cost), []
    while tokens >= least:
        fitting = [cost for cost in by_cost if cost == tokens or tokens - cost >= least]
        if not fitting:
            break
        cost = fitting[int(rng.integers(len(fitting)))]
        end.append(int(rng.choice(by_cost[cost])))
        tokens -= cost
    return end, max(tokens, 0)
