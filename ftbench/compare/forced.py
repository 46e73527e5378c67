"""Along which words two variants are compared: the reference's own answers, and in them places spread over all prompts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ftbench.quality.generate import Request
from ftbench.quality.outputs import Output

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

T = TypeVar("T")

LEAST_A_PROMPT = 8  # places that a prompt is worth its forward pass for; so of many prompts only every so manieth is taken


class Forced(NamedTuple):
    """A prompt with the reference's answer, as token ids, and the places after which the next token is asked for (indices into `ids`)."""

    case: str
    ids: tuple[int, ...]
    places: tuple[int, ...]


def forced_answers(
    tokenizer: "PreTrainedTokenizerBase",
    requests: Sequence[Request],
    outputs: dict[str, dict[str, Output]],
    *,
    positions: int,
    context: int | None,
) -> list[Forced]:
    """Prompts as the server makes them, each with the reference's answer, and at most `positions` places in all of them.

    A place is where the next token of the answer is chosen, its end included where the model ended it. The answer's text is encoded
    again, which for a text that the model wrote gives, but for rare splits of words, the tokens that it wrote. What was not answered, or
    is longer than `context`, is left out.
    """
    from ftbench.serving.text import chat_ids

    found = []
    for request in requests:
        output = outputs.get(request.check, {}).get(request.case.id)
        if output is None or output.error:
            continue
        prompt = chat_ids(tokenizer, request.messages)
        answer = tokenizer.encode(output.text, add_special_tokens=False)
        ends = output.finish_reason == "stop"
        places = tuple(range(len(prompt) - 1, len(prompt) + len(answer) - (0 if ends else 1)))
        if places and (context is None or len(prompt) + len(answer) <= context):
            found.append(Forced(f"{request.check}/{request.case.id}", (*prompt, *answer), places))
    chosen = evenly(found, max(1, positions // LEAST_A_PROMPT))
    allowed = spread([len(f.places) for f in chosen], positions)
    return [f._replace(places=tuple(evenly(f.places, n))) for f, n in zip(chosen, allowed, strict=True) if n]


def spread(sizes: Sequence[int], most: int) -> list[int]:
    """How many of each of `sizes` to take so that they are `most` together: as evenly as the small ones allow, the rest to the first."""
    taken, left = [0] * len(sizes), most
    while left > 0:
        open_ = [i for i, size in enumerate(sizes) if taken[i] < size]
        if not open_:
            break
        each = left // len(open_)
        for i in open_ if each else open_[:left]:
            more = min(max(each, 1), sizes[i] - taken[i])
            taken[i] += more
            left -= more
    return taken


def evenly(items: Sequence[T], most: int) -> list[T]:
    """At most `most` of `items`, at even distances, in their order."""
    if len(items) <= most:
        return list(items)
    return [items[i * len(items) // most] for i in range(most)]
