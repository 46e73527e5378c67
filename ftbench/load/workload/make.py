"""The prompts of one run, out of a file, out of the lengths of a trace, or made up as declared."""

import math
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ftbench.errors import InputError
from ftbench.load.arrivals import Trace
from ftbench.load.body import mark_of, marked
from ftbench.load.item import Item, Turn
from ftbench.load.plan import LoadPlan, schedule
from ftbench.load.workload.context import check_context
from ftbench.load.workload.jsonl import Api, Prompts
from ftbench.load.workload.lengths import draw
from ftbench.load.workload.note import RUN_MARK, note_on_file, note_on_synthetic
from ftbench.load.workload.synthetic import Progress, Writer, as_item, make_writer, write_prompts, write_turns
from ftbench.load.workload.tokenizer import count_tokens
from ftbench.spec.load import Lengths, Synthetic

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

MOST_PROMPTS, MOST_TOKENS = 50_000, 10_000_000  # that are made for one run; what is beyond repeats them. All of it is in the plan's file
MOST_FOLLOWED = 100_000_000  # tokens of a trace, which cannot repeat
QUICKEST_S = 0.2  # an answer in a closed loop, where nobody knows how many requests there will be
PLACEHOLDER = [Item(messages=[])]  # what a plan holds that has not been furnished


class Source(NamedTuple):
    """What the prompts are made of: `prompts` that were read, or a `synthetic` declaration, or neither: then a trace's lengths.

    `folder` is where relative paths in the declaration begin, `context` the tokens of prompt and output that the server takes, if known.
    `again`: the server has had, or will have, the prompts that were read in other runs as well, so its prefix cache may know them.
    """

    prompts: Prompts | None = None
    synthetic: Synthetic | None = None
    tokenizer: "PreTrainedTokenizerBase | None" = None
    folder: Path = Path()
    context: int | None = None
    again: bool = False


class Workload(NamedTuple):
    """What arrival k sends is items[k % len(items)]; `where` each came from; `note` says it in a few words for a report."""

    items: list[Item]
    where: list[str]
    note: str


def furnish(plan: LoadPlan, source: Source, progress: Progress | None = None) -> LoadPlan:
    """`plan` with its prompts and the note on them. Texts that are made up are others at every call, unless the plan's reuse is as-is.

    Raises:
        InputError: as `make_workload`, or the schedule cannot be made.
    """
    n, known = arrivals_of(plan)
    made = make_workload(
        source,
        n=n,
        known=known,
        seed=plan.seed,
        api=plan.api,
        max_tokens=plan.max_tokens,
        reuse=plan.reuse,
        trace=plan.trace,
        forced=plan.ignore_eos,
        progress=progress,
    )
    return plan.model_copy(update={"prompts": made.items, "prompt_note": made.note})


def follows_lengths(trace: Trace | None, source: Source) -> bool:
    """Whether the prompts are made as long as the trace says."""
    return trace is not None and trace.prompt_tokens is not None and source.prompts is None and source.tokenizer is not None


def arrivals_of(plan: LoadPlan) -> tuple[int, bool]:
    """(arrivals, True) of an open loop; (a generous guess, False) of a closed one: a server that answers in QUICKEST_S all the time."""
    if plan.closed is None:
        return len(schedule(plan).times), True
    each = math.ceil((plan.warmup_s + plan.duration_s) / (plan.closed.think_s + QUICKEST_S))
    return plan.closed.concurrency * max(each, 2), False


def make_workload(
    source: Source,
    *,
    n: int,
    known: bool = True,
    seed: int = 1,
    api: Api = "chat",
    max_tokens: int = 64,
    reuse: str = "fresh",
    trace: Trace | None = None,
    forced: bool = False,
    salt: int | None = None,
    progress: Progress | None = None,
) -> Workload:
    """Prompts for `n` arrivals, at most MOST_PROMPTS or MOST_TOKENS of made-up ones.

    The same seed draws the same lengths. The words are drawn with `salt` as well, by default a new one at every call, so that a second run
    does not find its prompts in the server's prefix cache; with reuse as-is it is always the same.

    Args:
        known: False where `n` is a guess, in a closed loop.
        max_tokens: of a request whose item has none of its own.
        trace: its prompt_tokens are followed one by one where no prompts were read and there is a tokenizer.
        forced: outputs are as long as they may, so that conversations can be checked against the context.
        progress: told (made, in all) now and then.
    Raises:
        InputError: no tokenizer for what is to be made up, a length that cannot be had, a prompt that is too long for the context, or
            conversations for the completions API.
    """
    requests = n if known else None
    salt = salt if salt is not None else 0 if reuse == "as-is" else secrets.randbits(63)
    if source.prompts is not None:
        made = _of_file(source, n, requests, reuse, salt)
    else:
        made = _made_up(source, n, requests, seed, salt, api, max_tokens, reuse, trace, forced, progress)
    if source.context is not None and source.tokenizer is not None:
        limits = _limits(len(made.items), n, max_tokens, trace)
        check_context(made.items, source.context, source.tokenizer, limits, made.where, forced=forced)
    return made


def _of_file(source: Source, n: int, requests: int | None, reuse: str, salt: int) -> Workload:
    prompts = source.prompts
    used = max(1, n) if requests is not None else len(prompts.items)  # a plan need not hold what is not sent
    items, where = prompts.items[:used], prompts.where[:used]
    mark = source.again and reuse == "fresh"
    if mark:  # one for the whole run, so that what the prompts share they still share
        items = [marked(item, mark_of(salt)) for item in items]
    if source.tokenizer is not None:
        counts = count_tokens(source.tokenizer, items, where)
        items = [item.model_copy(update={"prompt_tokens": count}) for item, count in zip(items, counts, strict=True)]
    note = note_on_file(prompts.name, items, len(prompts.items), requests, reuse)
    return Workload(items, where, note + (f", all behind {RUN_MARK}" if mark else ""))


def _made_up(
    source: Source,
    n: int,
    requests: int | None,
    seed: int,
    salt: int,
    api: Api,
    max_tokens: int,
    reuse: str,
    trace: Trace | None,
    forced: bool,
    progress: Progress | None,
) -> Workload:
    if source.tokenizer is None:
        raise InputError("Prompts of given lengths need the model's tokenizer. Name its folder: --tokenizer, or load.tokenizer in a spec.")
    synthetic = source.synthetic or Synthetic()
    talks = synthetic.turns.tokens != 1
    if talks and api == "completions":
        raise InputError("Synthetic conversations need the chat API; the completions API has no turns. Take `turns` out.")
    followed = follows_lengths(trace, source)
    if followed and synthetic.input is not None:
        raise InputError(f"{trace.name} says how long the prompts are, and so does synthetic.input. Take synthetic.input out.")
    if not followed and synthetic.input is None:
        raise InputError("synthetic.input is missing: how many tokens a prompt has, such as 512.")
    writer = make_writer(source.tokenizer, api)
    lengths = _followed(trace, n, writer) if followed else _input_lengths(synthetic, n, seed, writer, source.folder)
    n = len(lengths)
    if source.context is not None and n and (longest := int(lengths.max())) > source.context:
        at, name = int(lengths.argmax()) + 1, trace.name if followed else "synthetic.input"
        raise InputError(
            f"{name}: the prompt of request {at} is to have {longest:,} tokens, {longest - source.context:,} more than the context of "
            f"{source.context:,}. Set a `max`, or leave it out."
        )
    outputs = _output_lengths(synthetic, n, seed, source.folder, trace if followed else None)
    texts = write_prompts(
        writer,
        lengths,
        np.random.default_rng([seed, 4, salt]),
        share=synthetic.prefix_share,
        groups=synthetic.prefix_groups,
        progress=progress,
    )
    then = _conversations(synthetic, n, seed, salt, writer, source.folder) if talks else [[]] * n
    items = [
        as_item(text.text, api).model_copy(
            update={"prompt_tokens": int(length), "max_tokens": None if outputs is None else int(outputs[k]), "then": then[k]}
        )
        for k, (text, length) in enumerate(zip(texts, lengths, strict=True))
    ]
    off = sum(text.tokens != length for text, length in zip(texts, lengths, strict=True))
    where = [f"request {k + 1} of {trace.name}" if followed else f"synthetic prompt {k + 1}" for k in range(n)]
    name = trace.name if followed else None
    note = note_on_synthetic(synthetic, items, requests, reuse, max_tokens=max_tokens, forced=forced, trace=name, off=off)
    return Workload(items, where, note)


def _followed(trace: Trace, n: int, writer: Writer) -> np.ndarray:
    lengths = np.array(trace.prompt_tokens[:n])
    if lengths.sum() > MOST_FOLLOWED:
        raise InputError(
            f"{trace.name}: the prompts of its {n:,} requests have {lengths.sum():,} tokens together, and a run holds at most "
            f"{MOST_FOLLOWED:,}. Give a shorter duration, or a part of the trace."
        )
    if lengths.min() < writer.least:
        at = int((lengths < writer.least).argmax())
        raise InputError(
            f"{trace.name}: request {at + 1} is to have a prompt of {lengths[at]} tokens, and the least possible is {writer.least}: the "
            "chat template and one word. Leave such requests out, or take the completions API."
        )
    return lengths


def _input_lengths(synthetic: Synthetic, n: int, seed: int, writer: Writer, folder: Path) -> np.ndarray:
    try:
        lengths = draw(
            synthetic.input,
            min(n, MOST_PROMPTS),
            np.random.default_rng([seed, 1]),
            least=writer.least,
            column="prompt_tokens",
            folder=folder,
        )
    except InputError as error:
        raise InputError(f"synthetic.input: {error}") from None
    enough = np.searchsorted(np.cumsum(lengths), MOST_TOKENS, side="right")
    return lengths[: max(1, int(enough))]


def _output_lengths(synthetic: Synthetic, n: int, seed: int, folder: Path, trace: Trace | None) -> np.ndarray | None:
    if synthetic.output is None:
        return np.array(trace.output_tokens[:n]) if trace is not None and trace.output_tokens else None
    same_file = synthetic.input is not None and synthetic.input.file is not None and synthetic.input.file == synthetic.output.file
    try:  # lengths out of one file belong together: the same rows are drawn
        stream = np.random.default_rng([seed, 1 if same_file else 2])
        return draw(synthetic.output, n, stream, column="output_tokens", folder=folder)
    except InputError as error:
        raise InputError(f"synthetic.output: {error}") from None


def _conversations(synthetic: Synthetic, n: int, seed: int, salt: int, writer: Writer, folder: Path) -> list[list[Turn]]:
    rng = np.random.default_rng([seed, 3])
    spec = synthetic.turn_input or synthetic.input or Lengths(tokens=64)
    try:
        more = draw(synthetic.turns, n, rng, column="turns", folder=folder) - 1
        lengths = draw(spec, int(more.sum()), rng, least=int(writer.words.costs.min()), column="prompt_tokens", folder=folder)
    except InputError as error:
        raise InputError(f"synthetic.turns and turn_input: {error}") from None
    thinks = rng.exponential(synthetic.think_s, len(lengths)) if synthetic.think == "exponential" else [synthetic.think_s] * len(lengths)
    texts = write_turns(writer, lengths, np.random.default_rng([seed, 5, salt]))
    turns = [Turn(content=text.text, think_s=float(think)) for text, think in zip(texts, thinks, strict=True)]
    ends = np.cumsum(more)
    return [turns[end - count : end] for end, count in zip(ends.tolist(), more.tolist(), strict=True)]


def _limits(items: int, n: int, max_tokens: int, trace: Trace | None) -> Sequence[int]:
    """The longest output that each item is sent with, where it has none of its own."""
    if trace is None or not trace.output_tokens:
        return [max_tokens] * items
    outputs = trace.output_tokens[:n]
    return [max(outputs[k::items], default=max_tokens) for k in range(items)]
