"""Scores of an answer against a reference, a file each: (answer, reference) -> 0 to 1.

No thresholds here, and nothing heavy is imported before it is used.
"""

from ftbench.quality.scorers.chrf import chrf
from ftbench.quality.scorers.embedding import embedding
from ftbench.quality.scorers.exact import exact
from ftbench.quality.scorers.f1 import f1
from ftbench.quality.scorers.numeric import numeric
from ftbench.quality.scorers.rouge_l import rouge_l

SCORERS = {"exact": exact, "numeric": numeric, "f1": f1, "rouge_l": rouge_l, "chrf": chrf}


def score(name: str, answer: str, reference: str, *, embedding_model: str | None = None) -> float:
    """The score `name` (exact, numeric, f1, rouge_l, chrf, embedding). `embedding_model` is the folder that embedding needs.

    Raises:
        KeyError: no such score.
        InputError: embedding without a model that can be loaded.
    """
    if name == "embedding":
        return embedding(answer, reference, model=embedding_model or "")
    return SCORERS[name](answer, reference)


__all__ = ["SCORERS", "score"]
