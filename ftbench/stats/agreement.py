"""How far two raters agree beyond what chance would give."""

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from scipy.stats import norm

from ftbench.errors import NoData
from ftbench.stats.proportion import interval


class Kappa(NamedTuple):
    """`agreement` is the share of equal ratings. Kappa is None where both raters gave one and the same rating to everything: then there is
    no disagreement that chance could explain. `standard_error` is the large-sample one."""

    n: int
    agreement: float
    kappa: float | None
    standard_error: float | None
    low: float | None
    high: float | None


def cohen_kappa(first: Sequence[Hashable], second: Sequence[Hashable], *, confidence: float = 0.95) -> Kappa:
    """(agreement - chance) / (1 - chance), from -1 to 1, of two raters' choices for the same items, with a two-sided interval.

    The interval is the large-sample one, widened where needed to what the exact interval of the agreement allows at this chance level:
    five of five equal ratings have a large-sample error of zero and are no certainty.

    Raises:
        NoData: no item was rated by both.
        ValueError: not one rating of each rater for each item.
    Source: Cohen 1960; Fleiss, Cohen & Everitt 1969, eq. 13 (standard error).
    """
    n = len(first)
    if n != len(second):
        raise ValueError(f"{n} ratings against {len(second)}")
    if n == 0:
        raise NoData("no item was rated by both")
    pairs, rows, columns = Counter(zip(first, second, strict=True)), Counter(first), Counter(second)
    equal = sum(count for (a, b), count in pairs.items() if a == b)
    agreement, chance = equal / n, sum(rows[c] * columns[c] for c in rows) / n**2
    if sum(rows[c] * columns[c] for c in rows) == n**2:
        return Kappa(n, agreement, None, None, None, None)
    kappa = (agreement - chance) / (1 - chance)
    on_diagonal = sum(count / n * (1 - (rows[a] + columns[a]) / n * (1 - kappa)) ** 2 for (a, b), count in pairs.items() if a == b)
    off_diagonal = sum(count / n * ((columns[a] + rows[b]) / n) ** 2 for (a, b), count in pairs.items() if a != b)
    variance = on_diagonal + (1 - kappa) ** 2 * off_diagonal - (kappa - chance * (1 - kappa)) ** 2
    error = math.sqrt(max(0.0, variance) / n) / (1 - chance)
    reach = float(norm.ppf((1 + confidence) / 2)) * error
    exact = [(share - chance) / (1 - chance) for share in interval(equal, n, confidence=confidence)]
    return Kappa(n, agreement, kappa, error, max(-1.0, min(kappa - reach, exact[0])), min(1.0, max(kappa + reach, exact[1])))
