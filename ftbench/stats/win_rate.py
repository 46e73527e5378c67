"""How often one of two wins, and what ties do to it."""

from typing import Literal, NamedTuple

from ftbench.stats.proportion import failure_bound, success_bound

Ties = Literal["of_all", "half", "excluded"]


class WinRate(NamedTuple):
    """`rate` of `n`, and the one-sided bounds below and above it."""

    rate: float
    n: int
    low: float
    high: float


def win_rate(wins: int, losses: int, ties: int, rule: Ties, *, confidence: float = 0.95) -> WinRate:
    """The share of wins under a rule for ties: of all comparisons; a tie is half a win; ties are left out.

    Where nothing was decided, `excluded` has a rate of 0 of 0 between bounds of 0 and 1: nobody won. The bounds are exact
    (Clopper-Pearson). Half wins are (1 + wins - losses) / 2 of all; their bounds are made of those of wins and of losses, each at half
    the error (Bonferroni).

    Raises:
        NoData: no comparisons.
    """
    n = wins + losses + ties
    if rule == "excluded" and n and not ties < n:
        return WinRate(0.0, 0, 0.0, 1.0)
    if rule == "half" and n:
        each = (1 + confidence) / 2
        low = (1 + success_bound(wins, n, confidence=each) - failure_bound(losses, n, confidence=each)) / 2
        high = (1 + failure_bound(wins, n, confidence=each) - success_bound(losses, n, confidence=each)) / 2
        return WinRate((wins + ties / 2) / n, n, low, high)
    n = n - ties if rule == "excluded" else n
    low, high = success_bound(wins, n, confidence=confidence), failure_bound(wins, n, confidence=confidence)
    return WinRate(wins / n, n, low, high)
