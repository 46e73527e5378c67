"""Do paired values differ in one direction? Wilcoxon's test, exact also where differences are tied or zero."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import rankdata

DECIMALS = 9  # 0.3 - 0.2 and 0.2 - 0.1 are the same difference


def signed_rank(differences: Sequence[float]) -> float:
    """Two-sided p-value of `differences` (n,) under: each is as likely to have the other sign. Zeros are left out; 1 where none is left.

    The distribution is summed over all signs, not approximated, so three equal differences give 0.25 and not the normal's 0.08. Takes
    n^3 steps: 500 pairs in a tenth of a second.

    Raises:
        ValueError: a difference that is no finite number.
    Source: Wilcoxon 1945, Biometrics Bulletin 1, 80-83; with ties, Pratt & Gibbons 1981, Concepts of Nonparametric Theory, chapter 3.
    """
    values = np.round(np.asarray(differences, dtype=float), DECIMALS)
    if not np.isfinite(values).all():
        raise ValueError("a difference is not a finite number")
    values = values[values != 0]
    if not len(values):
        return 1.0
    ranks = np.rint(2 * rankdata(np.abs(values))).astype(int)  # midranks are halves: doubled, they are whole
    total = int(ranks.sum())
    chance = np.zeros(total + 1)
    chance[0] = 1.0
    for rank in ranks:
        chance[rank:] = (chance[rank:] + chance[:-rank]) / 2
        chance[:rank] /= 2
    positive = int(ranks[values > 0].sum())
    tail = min(positive, total - positive)
    return min(1.0, 2 * float(chance[: tail + 1].sum()))
