"""Are paired values equal enough? "Not significant" rewards few pairs; equivalence has to be shown."""

from collections.abc import Sequence
from math import ceil, inf
from typing import NamedTuple

import numpy as np
from scipy.stats import t

from ftbench.stats.proportion import cases_to_prove


class Equivalence(NamedTuple):
    """`p`: of a mean difference beyond the margin; below 1 - confidence it is ruled out. `interval` is two-sided at 2 * confidence - 1."""

    mean: float
    interval: tuple[float, float]
    p: float


def equivalence(differences: Sequence[float], margin: float, *, confidence: float = 0.95) -> Equivalence:
    """Two one-sided t-tests (TOST) of paired `differences` (n,) against -`margin` and `margin`, in the unit of the differences.

    Differences that are all the same leave no doubt to a t-test, at any n: p is then 0 within the margin and 1 outside. So ask besides for
    the pairs that `pairs_to_exclude` names. A single pair shows nothing: its interval has no ends.

    Raises:
        ValueError: no difference, or a margin that is not above 0.
    Source: Schuirmann 1987, J. Pharmacokinet. Biopharm. 15, 657-680; statsmodels.stats.weightstats.ttost_paired.
    """
    values = np.asarray(differences, dtype=float)
    if not len(values) or not margin > 0:
        raise ValueError(f"{len(values)} differences, margin {margin}: an equivalence needs at least one and a margin above 0")
    mean = float(values.mean())
    if len(values) < 2:
        return Equivalence(mean, (-inf, inf), 1.0)
    error = _standard_error(values)
    if error == 0:
        return Equivalence(mean, (mean, mean), 0.0 if abs(mean) < margin else 1.0)
    degrees = len(values) - 1
    reach = float(t.ppf(confidence, degrees)) * error
    return Equivalence(mean, (mean - reach, mean + reach), float(t.sf((margin - abs(mean)) / error, degrees)))


def shown_within(differences: Sequence[float], margin: float, *, missing: int = 0, span: float = 0.0, confidence: float = 0.95) -> bool:
    """Whether TOST shows the mean of paired `differences` (n,) to lie within `margin`, with or without some of the equal pairs.

    A mean that is within the margin without some zeros is within it with them, so any number of them may be left out. By the t-test alone
    one more equal pair could undo what was shown, since it adds spread to differences that are all alike. Each of `missing` further pairs
    may hide a difference of `span`, which narrows the margin of the others.

    Source: as `equivalence`.
    """
    values = np.round(np.asarray(differences, dtype=float), 9)
    unlike = values[values != 0]
    n = len(unlike) + np.arange(len(values) - len(unlike) + 1)
    n = n[n >= 2]
    if not len(n):
        return False
    mean, left = np.abs(unlike.sum()) / n, margin - (span - margin) * missing / n
    squares = ((unlike - unlike.mean()) ** 2).sum() if len(unlike) and np.ptp(unlike) >= 1e-12 else 0.0
    squares = squares + (unlike.mean() ** 2 * len(unlike) * (n - len(unlike)) / n if len(unlike) else 0.0)  # about the mean of all n
    error = np.sqrt(squares / (n - 1) / n)
    room = left - mean
    return bool((room > error * t.ppf(confidence, n - 1)).any())


def pairs_to_exclude(margin: float, span: float, *, confidence: float = 0.95) -> int:
    """Fewest pairs from which equivalence may be believed, for differences within [-`span`, `span`].

    If every pair seen were equal, a share s of unlike pairs could still be hidden among those to come, and shift the mean by s * span. From
    this many pairs on, the exact bound on s keeps that within the margin: 39 for a margin of 0.15 in a span of 2. A t-test on differences
    that are nearly all zero does not see this.

    Source: the rule of three; ftbench.stats.cases_to_prove.
    """
    return 2 if margin >= span else max(2, cases_to_prove(1 - margin / span, confidence=confidence))


def pairs_to_show(differences: Sequence[float], margin: float, *, confidence: float = 0.95) -> int | None:
    """About how many pairs would show equivalence if mean and spread stayed as they are; None where the mean is not within the margin.

    Source: the n at which mean +- t * sd / sqrt(n) lies within the margin, with the t of the pairs at hand.
    """
    values = np.asarray(differences, dtype=float)
    room = margin - abs(float(values.mean())) if len(values) else 0.0
    if room <= 0 or len(values) < 2:
        return None
    spread = _standard_error(values) * len(values) ** 0.5
    return max(2, ceil((float(t.ppf(confidence, len(values) - 1)) * spread / room) ** 2))


def _standard_error(values: np.ndarray) -> float:
    """0 for values that are all the same, where numpy's own answer may be a rounding error."""
    return 0.0 if np.ptp(values) < 1e-12 else float(values.std(ddof=1) / len(values) ** 0.5)
