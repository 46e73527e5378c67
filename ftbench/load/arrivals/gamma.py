"""Gaps that are more or less even than those of independent users: the usual model of traffic that comes in clumps."""

import numpy as np


def gamma(rate: float, duration: float, rng: np.random.Generator, cv: float) -> np.ndarray:
    """Arrival times [s], shape (n,), ascending, in [0, duration): independent gamma gaps with mean 1/rate and coefficient of variation cv.

    Gaps are Gamma(k, θ) with k = 1/cv² and θ = cv²/rate, so that cv 1 is Poisson, above it clumps, below it is evener. (Other tools write
    k and call it burstiness.) The schedule begins at a random instant of an endless process, not at an arrival: then E[n] = rate x duration
    exactly, where starting at an arrival is off by (cv² - 1)/2 requests. That first wait has the density (1 - F(x)) x rate, drawn as a
    uniform share of a length-biased gap, which is Gamma(k + 1, θ).

    Args:
        rate: > 0 [1/s]. duration: [s]. cv: > 0.
    Source: Cox 1962, Renewal Theory, chapters 2 (equilibrium process) and 4 (expected number of renewals).
    """
    shape, scale = cv**-2, cv**2 / rate
    first = rng.gamma(shape + 1, scale) * rng.random()
    gaps = np.append(first, rng.gamma(shape, scale, int(rate * duration) + 16))
    while (times := np.cumsum(gaps))[-1] < duration:
        gaps = np.append(gaps, rng.gamma(shape, scale, len(gaps)))
    return times[times < duration]
