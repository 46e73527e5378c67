"""Is there room for every prompt and its answer? Asked before anything is sent."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ftbench.errors import InputError
from ftbench.load.item import Item
from ftbench.load.workload.tokenizer import count_tokens

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def check_context(
    items: Sequence[Item],
    max_context: int,
    tokenizer: "PreTrainedTokenizerBase",
    max_tokens: int | Sequence[int],
    where: Sequence[str] = (),
    *,
    forced: bool = False,
) -> None:
    """Every request fits, as far as that is certain beforehand; what holds more than text is not counted.

    A server refuses a request whose prompt and max_tokens together are more than its context. The last request of a conversation holds all
    turns before it, and their answers: counted as empty, or as `max_tokens` each where `forced` says that they will be so long.

    Args:
        max_context: tokens of prompt and output together.
        max_tokens: of all items, or of each, where the item has none of its own.
        where: what each item is called, such as "traffic.jsonl, line 3".
    Raises:
        InputError: the first item that does not fit, and by how much.
    """
    limits = [max_tokens] * len(items) if isinstance(max_tokens, int) else list(max_tokens)
    outputs = [item.max_tokens or limit for item, limit in zip(items, limits, strict=True)]
    lengths = _longest(items, tokenizer, where)
    answers = [len(item.then) * output if forced else 0 for item, output in zip(items, outputs, strict=True)]
    needed = [None if n is None else n + a + o for n, a, o in zip(lengths, answers, outputs, strict=True)]
    too_long = [k for k, tokens in enumerate(needed) if tokens is not None and tokens > max_context]
    if not too_long:
        return
    k = too_long[0]
    name = where[k] if where else f"prompt {k + 1}"
    history = f" with its {len(items[k].then) + 1} turns" if items[k].then else ""
    past = f", the answers before {answers[k]:,}" if answers[k] else ""
    more = f" {len(too_long)} of {len(items)} do not fit." if len(too_long) > 1 else ""
    raise InputError(
        f"{name}: the prompt{history} has {lengths[k]:,} tokens{past} and max_tokens is {outputs[k]:,}, {needed[k] - max_context:,} more "
        f"than the context of {max_context:,}. Shorten it, lower max_tokens, or leave it out.{more}"
    )


def _longest(items: Sequence[Item], tokenizer: "PreTrainedTokenizerBase", where: Sequence[str]) -> list[int | None]:
    """Tokens of each item's longest request, without the answers in it."""
    found = [item.prompt_tokens for item in items]
    unknown = [k for k, item in enumerate(items) if item.prompt_tokens is None or item.then]
    last = [_last_request(items[k]) for k in unknown]
    for k, tokens in zip(unknown, count_tokens(tokenizer, last, [where[k] for k in unknown] if where else ()), strict=True):
        found[k] = tokens
    return found


def _last_request(item: Item) -> Item:
    if not item.then:
        return item
    messages = list(item.messages)
    for turn in item.then:
        messages += [{"role": "assistant", "content": ""}, {"role": "user", "content": turn.content}]
    return Item(messages=messages)
