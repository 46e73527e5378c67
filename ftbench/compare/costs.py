"""What cells cost, how far that is known, and which costs cannot be told apart."""

from collections.abc import Sequence
from math import ceil

from ftbench.compare.file import Cell, CompareFile


def cost_at(cell: Cell, scale: float) -> float | None:
    """Cost of one good inference at `scale`."""
    return next((c.cost_per_inference for c in cell.cost if c.scale == scale), None)


def scale_of(file: CompareFile) -> float:
    """The scale whose cost ranks the cells: today's traffic, which is certain; else the smallest of the spec."""
    return 1.0 if 1.0 in file.scales else min(file.scales)


def cost_range(cell: Cell, scale: float) -> tuple[float, float] | None:
    """Cost of one inference at `scale`, as far as the capacity is known: the fleet at the high and at the low end of its interval.

    Of a measured capacity the high end is the lowest rate that was not kept. Only the number of whole instances moves, so a cell of one
    instance at either end has no range. None where the cell has no cost.
    """
    at = next((c for c in cell.cost if c.scale == scale), None)
    rate = cell.capacity.rate if cell.capacity else None
    if at is None or at.cost_per_inference is None or at.breakdown is None or rate is None or not rate.value or not at.instances:
        return None if at is None or at.cost_per_inference is None else (at.cost_per_inference, at.cost_per_inference)
    total = sum(at.breakdown.model_dump().values())

    def cost(capacity: float | None) -> float:
        if not capacity:
            return at.cost_per_inference
        instances = max(1, ceil(at.instances * rate.value / capacity - 1e-9))
        compute = at.breakdown.compute * instances / at.instances
        return at.cost_per_inference * (total - at.breakdown.compute + compute) / total if total else at.cost_per_inference

    return cost(cell.capacity.lowest_not_kept if rate.basis == "measured" else rate.high), cost(rate.low)


def apart_at(one: Cell, other: Cell, scales: Sequence[float]) -> list[float]:
    """The scales at which the costs of two cells can be told apart: their ranges do not meet. One without a cost is apart nowhere."""
    return [s for s in scales if (a := cost_range(one, s)) and (b := cost_range(other, s)) and not _meet(a, b)]


def _meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return min(one) <= max(other) * (1 + 1e-9) and min(other) <= max(one) * (1 + 1e-9)
