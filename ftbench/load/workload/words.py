"""The words that made-up prompts are written in: such that a text of them has as many tokens as one thinks."""

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

ENOUGH = 256  # single tokens; with fewer, longer words must do
MOST_IDS = 100_000  # of a vocabulary that are looked at; the first are the frequent ones
LONGEST = 4  # tokens of a word
COMBINATIONS = 2000  # words made of letters where the vocabulary has too few


class Words(NamedTuple):
    """`texts`, to be joined by spaces; `costs` tokens, int64, that each of them adds."""

    texts: list[str]
    costs: np.ndarray


def find_words(tokenizer: "PreTrainedTokenizerBase") -> Words:
    """Words of the vocabulary that come back from encoding and decoding as they were, each of one token where there are enough of those.

    A word stands for one token at the beginning of a text and for one behind a space, so that a template that strips the text changes
    nothing. Letters of the Latin alphabet are preferred, since no normaliser changes them.
    """
    ids = np.sort(np.setdiff1d(list(tokenizer.get_vocab().values()), tokenizer.all_special_ids))[:MOST_IDS]
    pieces = [text.strip() for text in tokenizer.batch_decode([[int(i)] for i in ids])]
    latin = _measured(tokenizer, sorted({p for p in pieces if re.fullmatch("[A-Za-z]{2,}", p)}))
    if len(one := _of_one_token(latin).texts) >= ENOUGH:
        return Words(one, np.ones(len(one), np.int64))
    letters = sorted({p for p in pieces if p.isalpha()})
    found = _measured(tokenizer, letters)
    if len(one := _of_one_token(found).texts) >= ENOUGH:
        return Words(one, np.ones(len(one), np.int64))
    return _measured(tokenizer, sorted({*letters, *_combinations(letters or list("abcdefghijklmnopqrstuvwxyz"))}))


def _measured(tokenizer: "PreTrainedTokenizerBase", texts: list[str]) -> Words:
    """Those of `texts` that survive a round trip, with the tokens that each adds behind another."""
    if not texts:
        return Words([], np.array([], np.int64))
    twice = [f"{text} {text}" for text in texts]
    pairs = tokenizer(twice, add_special_tokens=False)["input_ids"]
    alone = tokenizer(texts, add_special_tokens=False)["input_ids"]
    back = tokenizer.batch_decode(pairs, clean_up_tokenization_spaces=False)
    costs = [len(pair) - len(one) for pair, one in zip(pairs, alone, strict=True)]
    same_everywhere = [len(one) <= cost for one, cost in zip(alone, costs, strict=True)]
    kept = [
        k
        for k in range(len(texts))
        if back[k].strip() == twice[k]
        and 1 <= costs[k] <= LONGEST
        and same_everywhere[k]
        and not set(pairs[k]) & set(tokenizer.all_special_ids)
    ]
    return Words([texts[k] for k in kept], np.array([costs[k] for k in kept], np.int64))


def _of_one_token(words: Words) -> Words:
    one = words.costs == 1
    return Words([text for text, keep in zip(words.texts, one, strict=True) if keep], words.costs[one])


def _combinations(pieces: list[str]) -> list[str]:
    """Two to four short pieces put together, the same ones every time."""
    rng = np.random.default_rng(0)
    short = [piece for piece in pieces if len(piece) <= 2]
    return ["".join(rng.choice(short, size=rng.integers(2, 5))) for _ in range(COMBINATIONS)] if short else []
