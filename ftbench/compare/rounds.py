"""One quantity in several cells and rounds: its mean in each cell, and the ratio of two cells, with intervals. Pure; no I/O.

Everything is computed on logarithms, since times differ by factors. Two rounds of one cell say next to nothing of how far rounds scatter,
so one scatter is taken for all cells and estimated from all of them:

- the mean of a cell scatters by all that differs between rounds: s2 = squares about the cells' own means over N - cells degrees of freedom;
- the ratio of two cells of the same rounds only by what is left when each round's common drift is taken out: s2 = squares left by cell +
  round (two-way layout without interaction) over N - cells - rounds + 1.

The interval is Student's with those degrees of freedom: three cells and two rounds leave 3 and 2 of them. The records within the rounds
give a floor: two rounds that agree by chance do not make an interval narrower than their own records would allow. Where no degree of
freedom is left there is no interval.
Source: two-way layout with one observation a cell, Montgomery, Design and Analysis of Experiments, chapter 4 (randomised blocks).
"""

from collections.abc import Mapping
from math import exp, inf, log, sqrt
from typing import NamedTuple

import numpy as np
from scipy.stats import t as student

from ftbench.compare.turn_file import Sample

CONFIDENCE = 0.95
Rows = Mapping[str, Mapping[int, Sample]]  # cell id -> round -> what was measured


class Estimate(NamedTuple):
    """`low` and `high` are None where nothing says how far rounds scatter. `n`: values within all rounds."""

    value: float
    low: float | None
    high: float | None
    n: int


def mean_of(cell: str, rows: Rows) -> Estimate | None:
    """The geometric mean over the rounds of one cell; of a single round, with the interval of its records alone."""
    own = rows.get(cell) or {}
    if not own:
        return None
    logs = [log(sample.mean) for sample in own.values()]
    value, n = exp(float(np.mean(logs))), sum(sample.n for sample in own.values())
    floor = _floor(own) / len(own)
    scatter, freedom = _scatter_of_rounds(rows)
    if freedom == 0 or len(own) == 1:
        only = next(iter(own.values()))
        if len(own) > 1 or only.n < 2:
            return Estimate(value, None, None, n)
        half = float(student.ppf((1 + CONFIDENCE) / 2, only.n - 1)) * sqrt(floor)
        return Estimate(value, value * exp(-half), value * exp(half), n)
    half = float(student.ppf((1 + CONFIDENCE) / 2, freedom)) * sqrt(max(scatter / len(own), floor))
    return Estimate(value, value * exp(-half), value * exp(half), n)


def ratio_of(a: str, b: str, rows: Rows) -> Estimate | None:
    """a / b from the rounds that both were measured in; None where there is none."""
    left, right = rows.get(a) or {}, rows.get(b) or {}
    common = sorted(left.keys() & right.keys())
    if not common:
        return None
    logs = [log(left[k].mean) - log(right[k].mean) for k in common]
    value, n = exp(float(np.mean(logs))), sum(left[k].n + right[k].n for k in common)
    scatter, freedom = _scatter_within_rounds(rows)
    if freedom == 0:
        return Estimate(value, None, None, n)
    floor = (_floor({k: left[k] for k in common}) + _floor({k: right[k] for k in common})) / len(common)
    half = float(student.ppf((1 + CONFIDENCE) / 2, freedom)) * sqrt(max(2 * scatter / len(common), floor))
    return Estimate(value, value * exp(-half), value * exp(half), n)


def _floor(samples: Mapping[int, Sample]) -> float:
    """Variance of the logarithm of one round's mean as its records tell, averaged over the rounds."""
    known = [(s.standard_error / s.mean) ** 2 for s in samples.values() if s.standard_error < inf]
    return float(np.mean(known)) if known else 0.0


def _scatter_of_rounds(rows: Rows) -> tuple[float, int]:
    """(variance of one round about its cell's mean, degrees of freedom)."""
    groups = [np.array([log(s.mean) for s in own.values()]) for own in rows.values() if own]
    freedom = sum(len(group) - 1 for group in groups)
    squares = sum(float(((group - group.mean()) ** 2).sum()) for group in groups)
    return (squares / freedom if freedom else 0.0), freedom


def _scatter_within_rounds(rows: Rows) -> tuple[float, int]:
    """(variance of one value about cell + round, degrees of freedom). Holes in the table are allowed."""
    cells = [cell for cell, own in rows.items() if own]
    rounds = sorted({k for cell in cells for k in rows[cell]})
    found = [(i, rounds.index(k), log(s.mean)) for i, cell in enumerate(cells) for k, s in rows[cell].items()]
    design = np.zeros((len(found), len(cells) + len(rounds)))
    for row, (i, j, _) in enumerate(found):
        design[row, i] = design[row, len(cells) + j] = 1.0
    values = np.array([value for *_, value in found])
    fitted, _, rank, _ = np.linalg.lstsq(design, values, rcond=None)
    freedom = len(found) - int(rank)
    return (float(((values - design @ fitted) ** 2).sum()) / freedom if freedom else 0.0), freedom
