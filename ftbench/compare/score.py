"""One variant, loaded where it is compared: its next-token distributions along given answers, and its likelihood of a text."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ftbench.compare.divergence import kl_divergences
from ftbench.compare.forced import Forced
from ftbench.compare.perplexity import WINDOW, negative_log_likelihoods
from ftbench.spec import Spec

if TYPE_CHECKING:
    from transformers import PreTrainedModel

BATCH = 8  # answers in one forward pass; 4-bit weights are unpacked once for all of them
BATCH_TOKENS = 4096


class Scored(NamedTuple):
    """`log_probs` (places, vocabulary) float32 of the reference itself, for the others to be compared with; of another variant only what
    that comparison gave: `kl` [nats] and `same_top`, both (places,). `nll` [nats] and `windows` as `negative_log_likelihoods` gives them.
    """

    log_probs: np.ndarray | None
    kl: np.ndarray | None
    same_top: np.ndarray | None
    nll: np.ndarray
    windows: list[str]


def score(
    spec: Spec, forced: Sequence[Forced], text: list[int], reference: np.ndarray | None, *, gpus: float, cpu_threads: int | None
) -> Scored:
    """Load the spec's model in the spec's variant in this process, and score it. Runs as a Ray task on a node of the hardware.

    Args:
        text: token ids for the perplexity; none, none.
        reference: log-probabilities of the reference at the same places; None where this is the reference.
    Raises:
        InputError: the model cannot be loaded here.
    """
    import torch

    from ftbench.models.load import load_model
    from ftbench.models.source import resolve_source

    if cpu_threads:
        torch.set_num_threads(cpu_threads)
    adapter = spec.path(spec.model.adapter) if spec.model.adapter else None
    loaded = load_model(resolve_source(spec.model, spec.folder), spec.model.variant, adapter=adapter, gpus=gpus)
    found = log_probabilities(loaded.model, forced)
    window = min(WINDOW, loaded.context or WINDOW)
    nll, names = negative_log_likelihoods(loaded.model, text, window=window)
    if reference is None:
        return Scored(found, None, None, nll, names)
    return Scored(None, kl_divergences(reference, found), reference.argmax(axis=1) == found.argmax(axis=1), nll, names)


def log_probabilities(model: "PreTrainedModel", forced: Sequence[Forced]) -> np.ndarray:
    """Log-probabilities of the next token at each place, (places, vocabulary) float32, in the order of `forced`.

    Answers of like length share a forward pass, filled up on the right, which a causal model does not see.
    """
    import torch

    rows: dict[int, np.ndarray] = {}
    for batch in _batches(forced):
        longest = max(len(forced[i].ids) for i in batch)
        ids = torch.zeros((len(batch), longest), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, i in enumerate(batch):
            ids[row, : len(forced[i].ids)] = torch.tensor(forced[i].ids)
            mask[row, : len(forced[i].ids)] = 1
        wanted = sorted({place for i in batch for place in forced[i].places})
        with torch.inference_mode():
            logits = _logits(model, ids.to(model.device), mask.to(model.device), wanted)
            for row, i in enumerate(batch):
                at = [wanted.index(place) for place in forced[i].places]
                rows[i] = torch.log_softmax(logits[row, at].float(), dim=-1).cpu().numpy()
    return np.concatenate([rows[i] for i in range(len(forced))]) if forced else np.empty((0, 0), np.float32)


def _logits(model: "PreTrainedModel", ids, mask, wanted: list[int]):
    """(answers, wanted places, vocabulary). Only these places go through the output layer, where the model can choose them."""
    import inspect

    import torch

    if "logits_to_keep" in inspect.signature(model.forward).parameters:
        keep = torch.tensor(wanted, device=model.device)
        return model(input_ids=ids, attention_mask=mask, use_cache=False, logits_to_keep=keep).logits
    return model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, wanted]


def _batches(forced: Sequence[Forced]) -> Iterator[list[int]]:
    """Indices of answers that go together: at most BATCH of them, and at most BATCH_TOKENS tokens with the filling."""
    order = sorted(range(len(forced)), key=lambda i: len(forced[i].ids))
    batch: list[int] = []
    for i in order:
        if batch and (len(batch) == BATCH or (len(batch) + 1) * len(forced[i].ids) > BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
