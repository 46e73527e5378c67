"""Made-up prompts: exactly as long as asked for, and alike only as far as declared."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ftbench.errors import InputError
from ftbench.load.item import Item
from ftbench.load.workload.exact import Draft, Fitted, filled, fit
from ftbench.load.workload.jsonl import Api
from ftbench.load.workload.tokenizer import prompt_ids, text_ids
from ftbench.load.workload.words import Words, find_words

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Progress = Callable[[int, int], None]

AT_ONCE = 500  # texts that are encoded together


class Writer(NamedTuple):
    """What texts are written with.

    In tokens: `head` before the first word of a prompt, `around` before and behind its words, `least` of the template and one word.
    `openers` are the words that cost as little behind the template as behind another word: some tokenizers cut most of them up there.
    """

    tokenizer: "PreTrainedTokenizerBase"
    api: Api
    words: Words
    head: int
    around: int
    least: int
    openers: np.ndarray


def make_writer(tokenizer: "PreTrainedTokenizerBase", api: Api) -> Writer:
    """
    Raises:
        InputError: no chat template for a chat, or no words in the vocabulary that come back as they were.
    """
    words = find_words(tokenizer)
    if len(words.texts) < 2:
        raise InputError(
            f"The tokenizer in {tokenizer.name_or_path} has no words that survive decoding and encoding. Send a file of prompts."
        )
    tried = np.argsort(words.costs, kind="stable")[:AT_ONCE]
    first, *others = rendered = prompt_ids(tokenizer, [as_item(words.texts[i], api) for i in tried])
    least = min(map(len, rendered))
    openers = tried[[len(one) - int(words.costs[i]) == least - int(words.costs.min()) for one, i in zip(rendered, tried, strict=True)]]
    return Writer(
        tokenizer, api, words, min(common_beginning(first, other) for other in others), least - int(words.costs.min()), least, openers
    )


def as_item(text: str, api: Api) -> Item:
    return Item(prompt=text) if api == "completions" else Item(messages=[{"role": "user", "content": text}])


def common_beginning(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two prompts begin with alike."""
    for k, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return k
    return min(len(one), len(other))


def write_prompts(
    writer: Writer,
    lengths: Sequence[int],
    rng: np.random.Generator,
    *,
    share: float = 0.0,
    groups: int = 1,
    progress: Progress | None = None,
) -> list[Fitted]:
    """One prompt for each length: its text, and its tokens with template and special tokens.

    The first `share` of each prompt's tokens, template included, is what the others of its group begin with as well: prompt k belongs to
    group k % groups. What follows begins with a word, or where there are more prompts than words a sequence of words, that no other prompt
    has there. So two prompts of different groups, or any two where share is 0, have nothing in common but the template; on a tokenizer
    without words of one token perhaps a token or two more.

    Raises:
        InputError: a length is less than the template and one word.
    """
    lengths = np.asarray(lengths, np.int64)
    if len(lengths) and (shortest := int(lengths.min())) < writer.least:
        at = int(lengths.argmin()) + 1
        raise InputError(
            f"Request {at} is to have a prompt of {shortest} tokens, and the least possible is {writer.least}: the chat template and one "
            "word."
        )
    words = writer.words
    shared = np.clip(np.rint(share * lengths).astype(int) - writer.head, 0, lengths - writer.around)  # tokens of text
    starts = rng.permutation(writer.openers)[:groups] if shared.any() else writer.openers[:0]
    prefixes = [[int(starts[g % len(starts)]), *filled(int(shared.max()), words, rng)] for g in range(groups)] if shared.any() else []
    own = np.setdiff1d(np.arange(len(words.texts)), starts)  # no prompt of its own begins as a group does
    own = rng.permutation(own if len(own) > 1 else len(words.texts))
    digits = _digits(len(lengths), len(own))
    drafts = []
    for k, length in enumerate(lengths.tolist()):
        begin = _up_to(prefixes[k % groups], int(shared[k]), words) if shared[k] else []
        room = length - writer.around - int(words.costs[begin].sum())
        unique = _up_to([int(own[k // len(own) ** d % len(own)]) for d in range(digits)], room, words)
        if not begin and not unique:
            unique = [int(words.costs.argmin())]
        rest = filled(room - int(words.costs[unique].sum()), words, rng)
        keep = len(begin) + len(unique) if unique else max(1, len(begin) - 2)  # something must be left to correct
        drafts.append(Draft([*begin, *unique, *rest], keep, length))

    def count(texts: list[str]) -> list[int]:
        return [len(ids) for ids in prompt_ids(writer.tokenizer, [as_item(text, writer.api) for text in texts])]

    return _in_parts(drafts, words, count, rng, progress)


def write_turns(writer: Writer, lengths: Sequence[int], rng: np.random.Generator) -> list[Fitted]:
    """Further turns: one text for each length, which is that of the text alone."""
    words = writer.words
    least = int(words.costs.min())
    if len(lengths) and min(lengths) < least:
        raise InputError(f"A further turn is to have {min(lengths)} tokens, and the least possible is {least}.")
    drafts = [Draft(filled(int(length), words, rng) or [int(words.costs.argmin())], 1, int(length)) for length in lengths]
    return _in_parts(drafts, words, lambda texts: [len(ids) for ids in text_ids(writer.tokenizer, texts)], rng, None)


def _in_parts(drafts: list[Draft], words: Words, count: Callable, rng: np.random.Generator, progress: Progress | None) -> list[Fitted]:
    found: list[Fitted] = []
    for first in range(0, len(drafts), AT_ONCE):
        found += fit(drafts[first : first + AT_ONCE], words, count, rng)
        if progress is not None:
            progress(len(found), len(drafts))
    return found


def _digits(n: int, base: int) -> int:
    """Words that it takes to tell n prompts apart."""
    digits = 1
    while base**digits < n:
        digits += 1
    return digits


def _up_to(indices: list[int], tokens: int, words: Words) -> list[int]:
    """As many of the first words as have at most `tokens` together."""
    return [i for i, total in zip(indices, np.cumsum(words.costs[indices]), strict=True) if total <= tokens]
