"""Wins against losses, and one-sided changes against the opposite ones: are there more of one kind than chance gives?"""

from scipy.stats import binomtest


def sign_test(wins: int, losses: int) -> float:
    """One-sided p-value of at least so many `wins` if a win and a loss were equally likely; ties are left out. 1 where nothing was decided.

    32 wins of 50 beat a coin (0.032), 31 do not (0.059).

    Raises:
        ValueError: a negative count.
    Source: Dixon & Mood 1946, JASA 41, 557-566; scipy.stats.binomtest.
    """
    _refuse_negative(wins, losses)
    if not wins + losses:
        return 1.0
    return float(binomtest(wins, wins + losses, alternative="greater").pvalue)


def mcnemar(only_first: int, only_second: int) -> float:
    """Two-sided exact p-value of a paired yes/no: `only_first` pairs say yes on the first side alone, `only_second` on the second alone.

    Pairs that agree say nothing about a direction and do not enter. 1 where no pair differs.

    Raises:
        ValueError: a negative count.
    Source: McNemar 1947, Psychometrika 12, 153-157; exact as in statsmodels.stats.contingency_tables.mcnemar(exact=True).
    """
    _refuse_negative(only_first, only_second)
    if not only_first + only_second:
        return 1.0
    return float(binomtest(only_first, only_first + only_second).pvalue)


def _refuse_negative(*counts: int) -> None:
    if min(counts) < 0:
        raise ValueError(f"counts {counts} cannot be negative")
