"""How far a variant's next-token distributions are from the reference's: pure numbers from log-probabilities."""

from collections.abc import Sequence

import numpy as np

from ftbench.compare.file import Figure
from ftbench.stats import interval

RESAMPLES, SEED = 2000, 1
LEAST_PROMPTS = 10  # fewer prompts resampled tell little about others
LEAST_FOR_P95 = 59  # samples that hold a value above the true p95 with 95 % confidence (1 - 0.95^59)
ROWS = 64  # float64 of a whole vocabulary at a time


def kl_divergences(reference: np.ndarray, variant: np.ndarray) -> np.ndarray:
    """KL(reference || variant) [nats] of each row, shape (places,); both are log-probabilities (places, vocabulary).

    What rounding makes negative is 0. NaN where the variant's probabilities are no numbers, infinite where it excludes what the reference
    expects.
    """
    found = np.empty(len(reference))
    for begin in range(0, len(reference), ROWS):
        p, q = (x[begin : begin + ROWS].astype(np.float64) for x in (reference, variant))
        found[begin : begin + ROWS] = np.sum(np.exp(p) * (p - q), axis=1)
    return np.where(found < 0, 0.0, found)


def mean_with_interval(values: np.ndarray, prompts: Sequence[str], *, confidence: float = 0.95) -> Figure:
    """Mean over all places, with a percentile bootstrap over prompts: places of one answer are alike, so whole prompts are drawn.

    Source: Davison & Hinkley 1997, 3.8 (resampling of clusters).
    """
    if not len(values) or not np.all(np.isfinite(values)):
        note = "the probabilities of this variant are not finite" if len(values) else "no place to compare"
        return Figure(value=None, basis="measured", n=len(values), note=note)
    _, group = np.unique(np.asarray(prompts), return_inverse=True)
    sums, sizes = np.bincount(group, values), np.bincount(group)
    if len(sums) < LEAST_PROMPTS:
        note = f"{len(sums)} prompts are too few for an interval"
        return Figure(value=float(values.mean()), basis="measured", n=len(values), note=note)
    drawn = np.random.default_rng(SEED).multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=RESAMPLES)
    low, high = np.quantile((drawn @ sums) / (drawn @ sizes), [(1 - confidence) / 2, (1 + confidence) / 2])
    return Figure(value=float(values.mean()), low=float(low), high=float(high), basis="measured", n=len(values))


def p95(values: np.ndarray) -> float | None:
    """The 95th percentile; None of too few values to know it."""
    return float(np.quantile(values, 0.95)) if len(values) >= LEAST_FOR_P95 and np.all(np.isfinite(values)) else None


def agreement(same: np.ndarray) -> Figure:
    """Share of places with the same most likely token, with its exact interval."""
    if not len(same):
        return Figure(value=None, basis="measured", n=0, note="no place to compare")
    low, high = interval(int(same.sum()), len(same))
    note = "places of one answer are alike, so the true interval is somewhat wider"
    return Figure(value=float(same.mean()), low=low, high=high, basis="measured", n=len(same), note=note)
