"""The same text, after a declared normalisation."""

from collections.abc import Sequence

from ftbench.quality.labels import normalise

USUAL = ("strip", "casefold", "strip_punctuation")


def exact(answer: str, reference: str, *, steps: Sequence[str] = USUAL) -> float:
    """1.0 where both are the same after `steps` (see labels.normalise), else 0.0."""
    return float(normalise(answer, steps) == normalise(reference, steps))
