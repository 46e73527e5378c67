"""Entailment by a local model: does the source say the sentence, or the opposite? An option of the hallucination test."""

from collections.abc import Sequence
from typing import NamedTuple

from ftbench.errors import InputError
from ftbench.quality.claims.sentences import sentences
from ftbench.quality.local_model import LocalModel, load_local

BATCH = 16
FOR_HYPOTHESIS = 128  # tokens kept free for the sentence


class Entailment(NamedTuple):
    """Probabilities from 0 to 1: the highest `entailment` and the highest `contradiction` that any part of the source gives."""

    entailment: float
    contradiction: float


def entailments(pairs: Sequence[tuple[str, str]], folder: str) -> list[Entailment]:
    """One result for each (source, sentence), in their order. A long source is read in parts; the best part counts.

    Raises:
        InputError: the folder holds no model, or one whose config does not name the labels entailment and contradiction.
    """
    if not pairs:
        return []
    local = load_local(folder, "AutoModelForSequenceClassification")
    entails, contradicts = label_positions(local.model.config.id2label, folder)
    parts = [(i, part, sentence) for i, (source, sentence) in enumerate(pairs) for part in _parts(source, local)]
    best = [Entailment(0.0, 0.0) for _ in pairs]
    for start in range(0, len(parts), BATCH):
        batch = parts[start : start + BATCH]
        for (i, _, _), row in zip(batch, _probabilities([(p, s) for _, p, s in batch], local), strict=True):
            best[i] = Entailment(max(best[i].entailment, row[entails]), max(best[i].contradiction, row[contradicts]))
    return best


def label_positions(id2label: dict[int, str], folder: str) -> tuple[int, int]:
    """Where entailment and contradiction stand in the model's output: every model has its own order.

    Raises:
        InputError: the labels have no such names (LABEL_0, LABEL_1 ... tell nothing).
    """
    found = {}
    for wanted in ("entail", "contradict"):
        at = [int(i) for i, name in id2label.items() if name.lower().startswith(wanted)]
        if len(at) != 1:
            known = ", ".join(map(str, id2label.values()))
            raise InputError(f"{folder}: config.id2label names {known}; one must be entailment and one contradiction. Mend the config.")
        found[wanted] = at[0]
    return found["entail"], found["contradict"]


def _probabilities(pairs: list[tuple[str, str]], local: LocalModel) -> list[list[float]]:
    import torch

    tokens = local.tokenizer(
        [premise for premise, _ in pairs],
        [hypothesis for _, hypothesis in pairs],
        truncation=True,
        max_length=local.longest,
        padding=True,
        return_tensors="pt",
    )
    with torch.inference_mode():
        logits = local.model(**tokens.to(local.device)).logits
    return torch.softmax(logits.float(), dim=-1).cpu().tolist()


def _parts(source: str, local: LocalModel) -> list[str]:
    """The source in parts of whole sentences that fit beside a sentence; one that fits is one part."""
    room = max(local.longest - FOR_HYPOTHESIS, local.longest // 2)
    parts, used = [""], 0
    for start, end in sentences(source):
        size = len(local.tokenizer(source[start:end], add_special_tokens=False)["input_ids"])
        if used and used + size > room:
            parts, used = [*parts, ""], 0
        parts[-1] = f"{parts[-1]} {source[start:end]}".strip()
        used += size
    return parts
