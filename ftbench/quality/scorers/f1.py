"""How many words two texts share."""

from collections import Counter

from ftbench.quality.scorers.tokens import squad_words


def f1(answer: str, reference: str) -> float:
    """Harmonic mean of precision and recall over words, each counted as often as it stands; 1.0 where neither text has a word.

    Source: Rajpurkar et al. 2016 (SQuAD), evaluate-v2.0.py.
    """
    said, wanted = squad_words(answer), squad_words(reference)
    if not said or not wanted:
        return float(said == wanted)
    common = sum((Counter(said) & Counter(wanted)).values())
    return 2 * common / (len(said) + len(wanted))
