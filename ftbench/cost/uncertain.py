"""What the Monte Carlo draws, each a lognormal through two known percentiles, and what it takes as exact, both in words."""

from collections.abc import Callable
from math import exp, log, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from ftbench.cost.bill import Terms
from ftbench.cost.capacity import Capacity
from ftbench.spec import Spec
from ftbench.spec.cost import Spread

Z90 = float(norm.ppf(0.9))
Values = NDArray[np.float64]
Apply = Callable[[Terms, Values | float], Terms]
CapacityAtCv = Callable[[Values], Values]
"""Capacity at coefficients of variation, over that at the measured one."""


class Unsure(NamedTuple):
    """A quantity that is drawn: one time in ten below `low`, one time in ten above `high`, lognormal between and beyond.

    `least` cuts what cannot be: a peak below the mean. `apply` puts a value, or one a draw, into the terms.
    """

    name: str
    unit: str
    low: float
    high: float
    apply: Apply
    least: float = 0.0

    @property
    def median(self) -> float:
        return max(self.least, sqrt(self.low * self.high))

    def drawn(self, z: Values) -> Values:
        """Values at standard normal draws `z`."""
        return np.maximum(self.least, sqrt(self.low * self.high) * np.exp(log(self.high / self.low) / (2 * Z90) * z))


def unsure(spec: Spec, capacity: Capacity, *, capacity_at_cv: CapacityAtCv | None = None) -> tuple[list[Unsure], list[str]]:
    """What is drawn for `spec`, in the order in which it is to be applied, and sentences for the reader on all of it.

    Args:
        capacity_at_cv: how capacity changes with the burstiness, relative to the measured traffic's; who has a simulator hands it in.
    """
    given, found, words = spec.cost.uncertainty, [], []

    def draw(name: str, unit: str, spread: Spread, apply: Apply, meaning: str, least: float = 0.0) -> None:
        found.append(Unsure(name, unit, spread.low, spread.high, apply, least))
        words.append(f"Drawn: {name}, {spread.low:g} to {spread.high:g} {unit} (10th and 90th percentile){meaning}.")

    if capacity.interval is not None and capacity.confidence is not None and capacity.interval[0] < capacity.interval[1]:
        low, high = _tenths(*capacity.interval, capacity.confidence)
        found.append(Unsure("capacity", "requests/s of one replica", low, high, _capacity))
        words.append(
            f"Drawn: capacity, lognormal through its {capacity.confidence:.0%} interval {capacity.interval[0]:.4g} to "
            f"{capacity.interval[1]:.4g} requests/s of one replica; each draw has the fleet that its capacity takes."
        )
    else:
        words.append(f"Taken as exact: capacity, {capacity.per_replica:.4g} requests/s of one replica, for no search gave it an interval.")
    if given.rate:
        today = spec.load.rate
        draw("rate", "requests/s today", given.rate, lambda t, v: t._replace(mean_rate=t.mean_rate * v / today), _aside(given.rate, today))
    if given.peak_to_mean:
        draw("peak to mean", "times the mean", given.peak_to_mean, lambda t, v: t._replace(peak_to_mean=v), "", 1.0)
    if given.price:
        draw("price", "times the listed price", given.price, lambda t, v: t._replace(per_hour=t.per_hour * v), _aside(given.price, 1))
    if given.output_tokens:
        meaning = ", capacity falls and response size grows in proportion: assumed"
        draw("output tokens", "times the measured mean", given.output_tokens, _longer, meaning)
    if given.arrival_cv and capacity_at_cv is not None:

        def bursty(terms: Terms, cv: Values | float) -> Terms:
            return terms._replace(capacity=terms.capacity * capacity_at_cv(np.asarray(cv, dtype=float)))

        draw("arrival CV", "of the gaps", given.arrival_cv, bursty, ", its effect on the capacity simulated")
    elif given.arrival_cv:
        words.append("Not drawn: arrival CV. What it does to the capacity takes a simulation: `ftbench plan`.")
    asked = {"rate": given.rate, "peak to mean": given.peak_to_mean, "price": given.price, "output tokens": given.output_tokens}
    if exact := [name for name, spread in asked.items() if spread is None]:
        words.append(f"Taken as exact, for cost.uncertainty does not name them: {', '.join(exact)}.")
    return found, words


def _tenths(low: float, high: float, confidence: float) -> tuple[float, float]:
    """10th and 90th percentile of the lognormal whose central `confidence` lies between `low` and `high`."""
    middle, sigma = sqrt(low * high), log(high / low) / (2 * float(norm.ppf((1 + confidence) / 2)))
    return middle * exp(-Z90 * sigma), middle * exp(Z90 * sigma)


def _capacity(terms: Terms, value: Values | float) -> Terms:
    return terms._replace(capacity=value)


def _longer(terms: Terms, times: Values | float) -> Terms:
    tokens = terms.output_tokens
    return terms._replace(
        capacity=terms.capacity / times,
        network_per_request=terms.network_per_request * times,
        output_tokens=None if tokens is None else tokens * times,
    )


def _aside(spread: Spread, listed: float) -> str:
    return "" if spread.low <= listed <= spread.high else f"; the spec's own {listed:g} lies outside of it"
