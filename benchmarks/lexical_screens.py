"""How well do common words alone tell supported answers from invented ones? AUC on the labelled answers of the hallucination test.

    python benchmarks/lexical_screens.py

0.5 is chance, 1.0 perfect; the interval is DeLong's normal one, 95 %. On the test half, which the screen of claims was not tuned on.
"""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np

from ftbench.quality import detect
from ftbench.quality.claims import assess
from ftbench.quality.claims.sentences import content
from ftbench.quality.claims.source import read_source
from ftbench.quality.scorers import score
from ftbench.quality.scorers.tokens import words


def common_words(answer: str, source: str) -> float:
    """Share of the answer's content words that the source has."""
    said = content(answer)
    return len(said & content(source)) / max(1, len(said))


def common_pairs(answer: str, source: str) -> float:
    """Share of its pairs of neighbouring words."""
    said, held = list(pairwise(words(answer))), set(pairwise(words(source)))
    return sum(pair in held for pair in said) / max(1, len(said))


def best_sentence(answer: str, source: str) -> float:
    """ROUGE-L with the sentence of the source that it is most like."""
    return max((score("rouge_l", answer, passage.text) for passage in read_source(source).passages), default=0.0)


def claims(answer: str, source: str) -> float:
    """For comparison, the screen of claims: supported 1, undecided 0.5, unsupported 0."""
    return min(({"supported": 1.0, "undecided": 0.5, "unsupported": 0.0}[part.verdict] for part in assess(answer, source)), default=1.0)


def auc(good: list[float], bad: list[float]) -> tuple[float, float]:
    """Area under the ROC curve and its standard error. Source: DeLong et al. 1988."""
    above = np.subtract.outer(good, bad)
    wins = (above > 0) + 0.5 * (above == 0)
    error = np.sqrt(wins.mean(1).var(ddof=1) / len(good) + wins.mean(0).var(ddof=1) / len(bad))
    return float(wins.mean()), float(error)


SCREENS: list[Callable[[str, str], float]] = [common_words, common_pairs, best_sentence, claims]


def main() -> None:
    lines = (Path(detect.__file__).parent / "labelled" / "claims.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for line in lines if (row := json.loads(line))["split"] == "test"]
    for screen in SCREENS:
        good, bad = ([screen(r["answer"], r["source"]) for r in rows if r["truth"] == truth] for truth in ("supported", "hallucinated"))
        area, error = auc(good, bad)
        print(f"{screen.__name__:<14} AUC {area:.2f} [{area - 1.96 * error:.2f}, {min(1.0, area + 1.96 * error):.2f}] (n = {len(rows)})")


if __name__ == "__main__":
    main()
