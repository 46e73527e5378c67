"""The Pareto charts of a comparison as inline SVG. Cells appear by their number in the table; measured is filled, modelled hollow."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from markupsafe import Markup

from ftbench.compare.costs import cost_at, scale_of
from ftbench.compare.file import Cell, CompareFile
from ftbench.compare.pareto import right_share
from ftbench.report import human
from ftbench.report.charts import axis
from ftbench.report.compare_tables import cost_unit
from ftbench.report.compare_words import COLOURS, variants
from ftbench.report.svg_parts import caption, horizontal, round_ends, svg, vertical

WIDTH, HEIGHT = 520, 300
LEFT, RIGHT, TOP, BOTTOM = 58, 500, 26, 252  # the plot
NEAR = 11  # pixels between dots that share one label


class Dot(NamedTuple):
    number: int
    x: float
    y: float
    solid: bool
    on_front: bool
    group: int = 0  # the variant, for its colour


def cost_quality_chart(file: CompareFile) -> Markup | None:
    """Right answers over cost per inference at the ranking's scale; None where fewer than two cells have both."""
    scale = scale_of(file)
    shares = {q.variant: right_share(q) for q in file.quality}
    per, unit = cost_unit(file)
    front = set(file.pareto.get("cost-quality", []))
    dots = [
        Dot(i, cost * per, share, c.basis == "measured", c.id in front, variants(file).index(c.variant))
        for i, c in enumerate(file.cells, 1)
        if (cost := cost_at(c, scale)) is not None and (share := shares.get(c.variant)) is not None and _fits(c)
    ]
    if len(dots) < 2:
        return None
    x, ticks = axis([d.x for d in dots], LEFT, RIGHT)
    y, marks = _shares([d.y for d in dots])
    grid = [vertical(x(t), human.significant(t), TOP, BOTTOM) for t in ticks] + [
        horizontal(y(m), human.percent(m, 0), LEFT, RIGHT) for m in marks
    ]
    names = _axis_names(f"{file.currency} {unit} at {human.scale(scale)}, less is better", "right answers")
    spoken = "; ".join(f"cell {d.number}: {human.percent(d.y)} right at {human.significant(d.x)}" for d in dots)
    line = _stairs(sorted((x(d.x), y(d.y)) for d in dots if d.on_front))
    return svg(
        f"Quality against cost. {spoken}", [*grid, *names, line, *_dots([(d, x(d.x), y(d.y)) for d in dots])], width=WIDTH, height=HEIGHT
    )


def latency_throughput_chart(file: CompareFile) -> Markup | None:
    """Output tokens per second of all replicas over the time of an answer; a line through the batches of each cell."""
    front = set(file.pareto.get("latency-throughput", []))
    paths = []
    for i, c in enumerate(file.cells, 1):
        at = [(p.e2e.value, p.tokens_per_s.value * c.replicas) for p in c.batches if p.e2e.value and p.tokens_per_s.value]
        if at and _fits(c):
            paths.append((Dot(i, *at[-1], c.basis == "measured", c.id in front, variants(file).index(c.variant)), at))
    if len(paths) < 2:
        return None
    x, ticks = axis([p[0] for _, at in paths for p in at], LEFT, RIGHT)
    y, marks = axis([p[1] for _, at in paths for p in at], BOTTOM, TOP)
    grid = [vertical(x(t), human.duration(t), TOP, BOTTOM) for t in ticks] + [
        horizontal(y(m), human.significant(m), LEFT, RIGHT) for m in marks
    ]
    lines = [
        Markup('<polyline class="c-path v{g}{m}" points="{p}"/>').format(
            g=d.group % COLOURS, m="" if d.solid else " c-model", p=" ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in at)
        )
        for d, at in paths
    ]
    dots = _dots([(d, x(at[-1][0]), y(at[-1][1])) for d, at in paths])
    names = _axis_names("time of a whole answer, less is better", "output tokens/s")
    spoken = "; ".join(f"cell {d.number}: {human.significant(d.y)} tokens/s at {human.duration(d.x)}" for d, _ in paths)
    return svg(
        f"Throughput against latency, each at the largest batch. {spoken}", [*grid, *names, *lines, *dots], width=WIDTH, height=HEIGHT
    )


def _dots(found: Sequence[tuple[Dot, float, float]]) -> list[Markup]:
    """The dots, and one label with all numbers for those that lie on each other."""
    parts = []
    for d, x, y in found:
        kind = ("c-dot" if d.solid else "c-dot c-hollow") + f" v{d.group % COLOURS}" + (" c-front" if d.on_front else "")
        parts.append(Markup('<circle class="{k}" cx="{x:.1f}" cy="{y:.1f}" r="{r}"/>').format(k=kind, x=x, y=y, r=6 if d.on_front else 4.5))
    heaps: list[list[tuple[Dot, float, float]]] = []
    for one in sorted(found, key=lambda f: (f[1], f[2])):
        near = next((heap for heap in heaps if any(math.hypot(one[1] - x, one[2] - y) < NEAR for _, x, y in heap)), None)
        if near is None:
            heaps.append([one])
        else:
            near.append(one)
    taken: list[tuple[float, float, float, float]] = []
    for heap in heaps:
        label = ", ".join(str(d.number) for d, _, _ in sorted(heap))
        right, top, bottom = max(x for _, x, _ in heap), min(y for *_, y in heap), max(y for *_, y in heap)
        left, middle, wide = min(x for _, x, _ in heap), (top + bottom) / 2, 7.5 * len(label)
        places = [
            (right + 9, middle + 4, "start"),
            ((left + right) / 2, top - 10, "middle"),
            ((left + right) / 2, bottom + 19, "middle"),
            (left - 9, middle + 4, "end"),
        ]
        boxes = [(a - {"start": 0, "middle": wide / 2, "end": wide}[s], b - 11, wide, 13) for a, b, s in places]
        free = [k for k, box in enumerate(boxes) if box[0] >= 0 and box[0] + wide <= WIDTH and not any(_hits(box, t) for t in taken)]
        k = free[0] if free else 0
        taken.append(boxes[k])
        parts.append(caption("c-value", *places[k][:2], label, places[k][2]))
    return parts


def _hits(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[0] + other[2] and other[0] < one[0] + one[2] and one[1] < other[1] + other[3] and other[1] < one[1] + one[3]


def _stairs(at: Sequence[tuple[float, float]]) -> Markup:
    """The front as a line through its dots, from the cheapest on."""
    if len(at) < 2:
        return Markup("")
    return Markup('<polyline class="c-frontier" points="{p}"/>').format(p=" ".join(f"{x:.1f},{y:.1f}" for x, y in at))


def _shares(values: Sequence[float]) -> tuple[Callable[[float], float], list[float]]:
    """A map of shares to heights, wide enough to tell them apart, and round marks within 0 and 1."""
    low, high, ticks = round_ends(100 * min(values), 100 * max(values), least=5.0)
    low, high = max(0.0, low), min(100.0, max(high, low + 5))
    return (lambda v: BOTTOM - (BOTTOM - TOP) * (100 * v - low) / (high - low)), [t / 100 for t in ticks if low <= t <= high]


def _fits(cell: Cell) -> bool:
    return cell.memory is None or cell.memory.fits


def _axis_names(along: str, up: str) -> list[Markup]:
    return [caption("c-quiet", (LEFT + RIGHT) / 2, BOTTOM + 38, along, "middle"), caption("c-quiet", 0, 12, up)]
