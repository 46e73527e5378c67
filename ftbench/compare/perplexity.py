"""Perplexity of a text under a model with a bounded context: windows that overlap, each token scored once."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ftbench.compare.divergence import mean_with_interval
from ftbench.compare.file import Figure

if TYPE_CHECKING:
    from transformers import PreTrainedModel

MOST_TOKENS = 4096
WINDOW = 512


class Window(NamedTuple):
    """Tokens `begin` to `end` of the text are shown; those from `scored` on are scored."""

    begin: int
    end: int
    scored: int


def windows(tokens: int, window: int) -> Iterator[Window]:
    """Windows of `window` tokens, each half a window further, so that a token is scored with at least half a window before it (but for the
    first ones). The very first token has nothing before it and is not scored.

    Source: the strided evaluation of the transformers documentation, "Perplexity of fixed-length models".
    """
    scored, stride = 1, max(1, window // 2)
    for begin in range(0, max(tokens, 1), stride):
        end = min(begin + window, tokens)
        if scored >= end:
            return
        yield Window(begin, end, scored)
        scored = end


def negative_log_likelihoods(model: "PreTrainedModel", ids: list[int], *, window: int = WINDOW) -> tuple[np.ndarray, list[str]]:
    """(-log p [nats] of each token but the first, the window of each): shape (tokens - 1,)."""
    import torch

    found, names = [], []
    for number, w in enumerate(windows(len(ids), window)):
        text = torch.tensor([ids[w.begin : w.end]], device=model.device)
        with torch.inference_mode():
            logits = model(input_ids=text, use_cache=False).logits[0].float()
        first = w.scored - w.begin
        likely = torch.log_softmax(logits[first - 1 : -1], dim=-1)
        found.append(-likely.gather(1, text[0, first:, None]).squeeze(1).cpu().numpy())
        names += [f"w{number}"] * len(found[-1])
    return (np.concatenate(found).astype(np.float64), names) if found else (np.empty(0), [])


def perplexity_ratio(nll: np.ndarray, reference: np.ndarray, windows_of: list[str]) -> Figure:
    """Perplexity over the reference's on the same tokens: exp of the mean difference. Both find the same tokens hard, so the interval of
    the paired differences is far narrower than those of the two perplexities; above 1 altogether, the loss is shown.
    """
    return perplexity(nll - reference, windows_of)


def perplexity(nll: np.ndarray, windows_of: list[str], note: str = "") -> Figure:
    """exp of the mean, with the interval of that mean over whole windows."""
    mean = mean_with_interval(nll, windows_of)
    to = lambda x: None if x is None else float(np.exp(x))  # noqa: E731
    said = "; ".join(filter(None, [mean.note.replace("prompts", "windows"), note]))
    return Figure(value=to(mean.value), low=to(mean.low), high=to(mean.high), basis="measured", n=mean.n, note=said)
