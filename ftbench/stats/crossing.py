"""Where a share that falls with the load falls below a target: estimated from all trials at once, with an interval."""

from math import log
from typing import NamedTuple

import numpy as np
from scipy.special import expit
from scipy.stats import f as f_distribution

from ftbench.errors import NoData

GRID = 0.002  # steps of ln(level): a fifth of a percent
BEYOND = 0.7  # of ln(level): how far outside of the levels tried the answer is looked for
STEEPNESS = np.geomspace(1.0, 1000.0, 31)
FINER = np.geomspace(0.79, 1.26, 24)  # around the best of them
USUAL_STEEPNESS = 15.0  # odds of a miss grow e-fold in 7 % more load; queues near their knee were seen between 8 and 45
STEEPNESS_SD = 1.0  # of its logarithm: a weak prior, only to keep few trials from a slope of nothing or of infinity


class Crossing(NamedTuple):
    """`level` at which the share meets the target, and a two-sided interval; an end beyond what was tried is None.

    `dispersion` is the variance of the trials over that of independent requests: 1 where requests miss one by one, tens where they miss
    in clumps, as behind a queue that is long for a while.
    """

    level: float
    low: float | None
    high: float | None
    dispersion: float
    trials: int


def crossing(levels, good, n, target: float, *, confidence: float = 0.95) -> Crossing:
    """The level (a rate, say) at which the share of good requests is `target`, by logistic regression of the misses on ln(level).

    Trials of one queue are noisier than their number of requests says, and skewed: most runs have fewer misses than the mean, a few have
    very many. So the median of what runs decide one by one lies too high (by 8 % for M/M/1 at 1,000 requests a run), while a regression on
    all of them is right at the mean. The misses' variance is taken from the trials themselves (quasi-likelihood), and the interval is
    the set of levels that an F test on the profile deviance does not refuse. The slope has a weak prior, so that a server which breaks
    from one rate to the next, and one with three trials, have an answer too.

    Over M/M/1, M/D/1 and M/D/8 with 300 to 8,000 requests a trial the interval at 95 % held the true value in 82 to 97 of 100 cases
    (docs/capacity.md): trials of clumped misses are few, and what they say of their own spread is rough.

    Args:
        levels, good, n: one entry a trial, all of shape (trials,); levels > 0, n > 0.
        target: 0 < target < 1.
    Raises:
        NoData: there are no trials.
        ValueError: the target is 0 or 1, where no finite odds are asked for.
    Source: McCullagh & Nelder, Generalized Linear Models (1989), 4.5 and 9.2 for quasi-likelihood; the F test of deviances is Venables &
    Ripley, Modern Applied Statistics with S (2002), 7.5. Exact for M/M/1 but for the link: there ln(misses) is linear in the rate.
    """
    if not 0 < target < 1:
        raise ValueError(f"the target is {target}; it must be above 0 and below 1")
    x, n = np.log(np.asarray(levels, float)), np.asarray(n, float)
    if len(x) == 0:
        raise NoData("no trial was made")
    misses = n - np.asarray(good, float)
    roots = np.arange(x.min() - BEYOND, x.max() + BEYOND + GRID, GRID)
    profile, steepest = _profile(x, misses, n, target, roots)
    best = int(profile.argmin())
    freedom = max(len(x) - 2, 1)
    expected = expit(_odds(target) + steepest[best] * (x - roots[best]))
    dispersion = max(1.0, float(np.sum((misses - n * expected) ** 2 / (n * expected * (1 - expected) + 1e-12))) / freedom)
    refused = f_distribution.ppf(confidence, 1, freedom) * dispersion
    kept = np.flatnonzero(profile <= profile[best] + refused)
    low = None if kept[0] == 0 else float(np.exp(roots[kept[0]]))
    high = None if kept[-1] == len(roots) - 1 else float(np.exp(roots[kept[-1]]))
    return Crossing(float(np.exp(roots[best])), low, high, dispersion, len(x))


def _profile(x, misses, n, target: float, roots) -> tuple[np.ndarray, np.ndarray]:
    """(deviance with the best slope, that slope), each of shape (roots,), up to a constant."""

    def deviance(slopes):  # (roots, slopes)
        eta = _odds(target) + slopes[:, :, None] * (x[None, None, :] - roots[:, None, None])
        fit = 2 * (misses * np.logaddexp(0, -eta) + (n - misses) * np.logaddexp(0, eta)).sum(axis=2)
        return fit + ((np.log(slopes) - log(USUAL_STEEPNESS)) / STEEPNESS_SD) ** 2

    rows = np.arange(len(roots))
    coarse = STEEPNESS[deviance(np.broadcast_to(STEEPNESS, (len(roots), len(STEEPNESS)))).argmin(axis=1)]
    slopes = coarse[:, None] * FINER
    fine = deviance(slopes)
    best = fine.argmin(axis=1)
    return fine[rows, best], slopes[rows, best]


def _odds(target: float) -> float:
    return log((1 - target) / target)
