"""Cells that no other one beats in both of two respects: cost against quality, latency against throughput."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ftbench.compare.costs import cost_at
from ftbench.compare.file import Cell, Quality


class Spot(NamedTuple):
    """A point of a chart; of both axes the smaller is the better, so throughput and quality come with a minus."""

    cell: str
    first: float
    second: float


def front(spots: Sequence[Spot]) -> list[str]:
    """Ids of the cells with a spot that none dominates: at least as good in both respects and better in one. In the order given.

    Equal spots do not dominate each other, so both stay.
    """
    kept = [s.cell for s in spots if not any(_dominates(other, s) for other in spots)]
    return list(dict.fromkeys(kept))


def fronts(cells: Sequence[Cell], quality: Sequence[Quality], scale: float) -> dict[str, list[str]]:
    """`cost-quality`: cost per inference at `scale` against the share of right answers; `latency-throughput`: time of a whole answer
    against output tokens per second of all replicas, each batch a spot. Cells without the figures, or that do not fit, are on neither."""
    shares = {q.variant: right_share(q) for q in quality}
    fitting = [c for c in cells if c.memory is None or c.memory.fits]
    return {"cost-quality": front(_cost_quality(fitting, shares, scale)), "latency-throughput": front(_speed(fitting))}


def right_share(quality: Quality) -> float | None:
    """Right answers over all cases of all compared tests together; None where none was compared."""
    known = [(rate.value, rate.n) for rate in quality.rates.values() if rate.value is not None and rate.n]
    return sum(value * n for value, n in known) / sum(n for _, n in known) if known else None


def _cost_quality(cells: Sequence[Cell], shares: Mapping[str, float | None], scale: float) -> list[Spot]:
    return [
        Spot(cell.id, cost, -share)
        for cell in cells
        if (cost := cost_at(cell, scale)) is not None and (share := shares.get(cell.variant)) is not None
    ]


def _speed(cells: Sequence[Cell]) -> list[Spot]:
    return [
        Spot(cell.id, point.e2e.value, -point.tokens_per_s.value * cell.replicas)
        for cell in cells
        for point in cell.batches
        if point.e2e.value is not None and point.tokens_per_s.value is not None
    ]


def _dominates(one: Spot, other: Spot) -> bool:
    no_worse = one.first <= other.first and one.second <= other.second
    return no_worse and (one.first < other.first or one.second < other.second)
