"""Prometheus histograms as values: what lies between two of them, and what their buckets still tell of quantiles."""

import math
from typing import NamedTuple


class Histogram(NamedTuple):
    """`buckets`: (upper bound, observations at or below it), ascending, cumulative, ending at +inf. `total`: sum of all observations."""

    total: float
    count: float
    buckets: tuple[tuple[float, float], ...]


def since(later: Histogram, earlier: Histogram | None) -> Histogram:
    """What was observed between the two. A count that went back means a restarted server: then all of `later` is new."""
    if earlier is None or later.count < earlier.count:
        return later
    before = dict(earlier.buckets)
    return Histogram(
        later.total - earlier.total,
        later.count - earlier.count,
        tuple((bound, n - before.get(bound, 0.0)) for bound, n in later.buckets),
    )


def together(parts: list[Histogram]) -> Histogram:
    """All observations of histograms with the same bounds, as of the replicas of one server."""
    bounds = sorted({bound for part in parts for bound, _ in part.buckets})
    each = [dict(part.buckets) for part in parts]
    return Histogram(
        sum(part.total for part in parts),
        sum(part.count for part in parts),
        tuple((bound, sum(buckets.get(bound, 0.0) for buckets in each)) for bound in bounds),
    )


def mean(histogram: Histogram) -> float | None:
    return histogram.total / histogram.count if histogram.count > 0 else None


def quantile(histogram: Histogram, q: float) -> float | None:
    """The q-quantile, interpolated linearly in its bucket, whose observations are taken as evenly spread; the lowest bucket begins at 0.

    None where there is no observation, or where the quantile lies above the highest finite bound: the buckets do not know how far.
    Source: histogram_quantile() of Prometheus, which returns that highest bound instead.
    """
    if histogram.count <= 0 or not histogram.buckets:
        return None
    rank = q * histogram.buckets[-1][1]
    low, below = 0.0, 0.0
    for bound, n in histogram.buckets:
        if n >= rank and n > below:
            if math.isinf(bound):
                return None
            return low + (bound - low) * (rank - below) / (n - below)
        low, below = max(bound, 0.0), n
    return None
