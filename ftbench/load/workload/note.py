"""Where the prompts of a run came from and how they repeat, in a few words for a report."""

from collections.abc import Sequence

import numpy as np

from ftbench.load.item import Item
from ftbench.spec.load import Lengths, Synthetic

MARKED = "each repeat marked so that no prefix cache has it"
RUN_MARK = "a mark of this run's own"
AS_THEY_ARE = "repeated as they are, so a prefix cache may have them"


def note_on_file(name: str, items: Sequence[Item], known: int, requests: int | None, reuse: str) -> str:
    """Of prompts that were read: `items` are those that are sent, out of `known`; `requests` None in a closed loop."""
    talks = sum(bool(item.then) for item in items)
    some = f", {talks:,} of them conversations" if talks else ""
    what = f"conversations of {name}" if talks == len(items) else f"prompts of {name}{some}"
    if requests is not None and requests <= len(items):
        return f"{len(items):,} of {known:,} {what}" if len(items) < known else f"{known:,} {what}, each sent once"
    return f"{len(items):,} {what}{_repeats(requests, reuse)}"


def note_on_synthetic(
    synthetic: Synthetic,
    items: Sequence[Item],
    requests: int | None,
    reuse: str,
    *,
    max_tokens: int,
    forced: bool,
    trace: str | None,
    off: int,
) -> str:
    """Of prompts that were made up. `trace` names the one whose prompt lengths they have; `off` of them missed theirs."""
    drawn = np.array([item.prompt_tokens for item in items])
    lengths = f"lengths of {trace} (mean {drawn.mean():,.0f} tokens in)" if trace else f"{_words(synthetic.input, drawn)} tokens in"
    outputs = np.array([item.max_tokens or max_tokens for item in items])
    spec = synthetic.output or Lengths(tokens=max_tokens)
    out = f"{'' if forced else 'at most '}{_words(spec, outputs)} out" if synthetic.output or not trace else ""
    said = [f"synthetic, {lengths}", out, _shared(synthetic), _turns(synthetic, items)]
    if off:
        said.append(f"{off:,} of {len(items):,} prompts a token or more off that length")
    repeated = "" if requests is not None and requests <= len(items) else f", {len(items):,} prompts{_repeats(requests, reuse)}"
    return ", ".join(filter(None, said)) + repeated


def _repeats(requests: int | None, reuse: str) -> str:
    """What follows "120 prompts"."""
    return f"{'' if requests is None else f' for {requests:,} requests'}, {MARKED if reuse == 'fresh' else AS_THEY_ARE}"


def _words(lengths: Lengths, drawn: np.ndarray) -> str:
    match lengths.kind:
        case "fixed":
            return f"{lengths.tokens:,}"
        case "normal":
            return f"{lengths.mean:,.6g} ± {lengths.sd:,.4g} (mean {drawn.mean():,.4g})"
        case "lognormal":
            return f"{drawn.min():,} to {drawn.max():,} (lognormal, mean {drawn.mean():,.4g})"
        case _:
            return f"{drawn.min():,} to {drawn.max():,} (as in {lengths.file.rsplit('/', 1)[-1]}, mean {drawn.mean():,.4g})"


def _shared(synthetic: Synthetic) -> str:
    if not synthetic.prefix_share:
        return ""
    groups = f" in {synthetic.prefix_groups:,} groups" if synthetic.prefix_groups > 1 else ""
    return f"{100 * synthetic.prefix_share:.3g} % shared prefix{groups}"


def _turns(synthetic: Synthetic, items: Sequence[Item]) -> str:
    if synthetic.turns.tokens == 1:
        return ""
    turns = np.array([1 + len(item.then) for item in items])
    many = f"{turns[0]}" if turns.min() == turns.max() else f"{turns.min()} to {turns.max()} (mean {turns.mean():.3g})"
    think = (
        f" with {synthetic.think_s:g} s to think{' at the mean' if synthetic.think == 'exponential' else ''}" if synthetic.think_s else ""
    )
    return f"{many} turns{think}"
