"""How busy the busiest hour is, and how the day runs: given, computed from a trace, or unknown, but never assumed in silence."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from ftbench.errors import InputError
from ftbench.spec import Spec

HOUR = 3600.0
LEAST_HOURS = 24
LEAST_PER_HOUR = 30
"""Arrivals an hour at the mean. With 30 chance alone makes the busiest of 24 equal hours look 1.4 times the mean: on the safe side."""


class DemandShape(NamedTuple):
    """`hours`: rate of each hour over the mean, the hours of a trace or of one modelled day; None where only the mean is known.

    `peak_to_mean` None is unknown. `source` and `hours_source` say in words where the two come from.
    """

    peak_to_mean: float | None
    source: str
    hours: tuple[float, ...] | None = None
    hours_source: str = ""


UNKNOWN = DemandShape(None, "not given: sized for the mean rate")


def demand_shape(spec: Spec, times_s: ArrayLike | None = None) -> DemandShape:
    """The shape of the spec's demand.

    Args:
        times_s: arrivals of `cost.demand_trace`, ascending, from any origin. Who reads the file hands them in.
    Raises:
        InputError: the trace is shorter than a day or too thin; a `demand_trace` whose times were not handed in.
    """
    cost = spec.cost
    if cost.demand_trace is not None:
        if times_s is None:
            raise ValueError("cost.demand_trace is given and its times were not read")
        return shape_of_trace(times_s, cost.demand_trace)
    if cost.peak_to_mean is None:
        return UNKNOWN
    return DemandShape(cost.peak_to_mean, "cost.peak_to_mean in the spec", *_day(cost.peak_to_mean))


def shape_of_trace(times_s: ArrayLike, name: str) -> DemandShape:
    """Busiest hour over the mean, and every hour over the mean, of arrivals at `times_s`.

    The busiest hour may begin at any arrival, since a peak from half past to half past is one too. Only whole hours count, and a last
    hour that is at least half there counts as whole. What matters is the shape: how many arrivals there are is `load.rate`'s to say.

    Raises:
        InputError: fewer than 24 hours, or fewer than 30 arrivals an hour at the mean.
    """
    times = np.asarray(times_s, dtype=float)
    times = times - times[0] if len(times) else times
    hours = int(round(times[-1] / HOUR)) if len(times) else 0
    if hours < LEAST_HOURS:
        long = f"{times[-1] / HOUR:.3g} hours" if len(times) else "0 hours"
        raise InputError(
            f"cost.demand_trace {name} covers {long}; the busiest hour is one of a whole day's. Give a longer trace, or cost.peak_to_mean."
        )
    times = times[times < hours * HOUR]
    mean = len(times) / hours
    if mean < LEAST_PER_HOUR:
        raise InputError(
            f"cost.demand_trace {name} has {len(times)} arrivals in {hours} hours; below {LEAST_PER_HOUR} an hour chance makes the peak. "
            " Give a trace of more traffic, or cost.peak_to_mean."
        )
    busiest = int((np.searchsorted(times, times + HOUR, side="left") - np.arange(len(times))).max())
    counts = np.histogram(times, bins=hours, range=(0, hours * HOUR))[0]
    return DemandShape(
        peak_to_mean=max(1.0, busiest / mean),
        source=f"busiest hour of {name}: {busiest} of {len(times)} arrivals in {hours} hours",
        hours=tuple(float(c) / mean for c in counts),
        hours_source=f"the {hours} hours of {name}",
    )


def modelled_day(peak_to_mean: float) -> tuple[float, ...]:
    """24 hours of a day with one peak, each over the mean: proportional to exp(k cos(2 pi h / 24)), k such that the first is the peak.

    For a small peak this is a sinusoid, and unlike one it stays above 0 for a high peak. Modelled: a day with two peaks, or a weekend,
    is another one.

    Raises:
        ValueError: `peak_to_mean` is below 1 or not below 24, where all traffic came within one hour.
    """
    if not 1 <= peak_to_mean < LEAST_HOURS:
        raise ValueError(f"no day has a peak of {peak_to_mean:g} times its mean")
    height = np.cos(2 * np.pi * np.arange(24) / 24) - 1  # 0 at the peak, so that exp never overflows

    def too_flat(k: float) -> float:
        return 1 / np.exp(k * height).mean() - peak_to_mean

    # exp(k (cos 15 deg - 1)) falls to nothing by k = 2000, so that every peak below 24 lies between
    k = 0.0 if peak_to_mean == 1 else brentq(too_flat, 0.0, 2000.0, xtol=1e-12)
    day = np.exp(k * height)
    return tuple(float(x) for x in day / day.mean())


def demand_at(spec: Spec, scale: float, shape: DemandShape) -> tuple[float, float]:
    """Mean and peak requests per second at `scale`; the peak is the mean where it is not known how busy the busiest hour is.

    Raises:
        InputError: `scale` is not above 0.
    """
    if not scale > 0:
        raise InputError(f"scale {scale:g} is no multiple of today's traffic; give a number above 0, such as 3.")
    mean = scale * spec.load.rate
    return mean, mean * (shape.peak_to_mean or 1.0)


def _day(peak_to_mean: float) -> tuple[tuple[float, ...] | None, str]:
    if peak_to_mean >= LEAST_HOURS - 0.01:
        return None, f"no day has a peak of {peak_to_mean:g} times its mean; a cost.demand_trace would tell its hours"
    return modelled_day(peak_to_mean), f"modelled: a day with one peak of {peak_to_mean:g} times the mean, rate ~ exp(k cos(hour))"
