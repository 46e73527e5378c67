"""Two more charts of a comparison as inline SVG: step time by batch, and the paired differences of quality."""

import math
from collections.abc import Callable, Sequence

from markupsafe import Markup

from ftbench.compare.file import Cell, CompareFile, PairedDifference
from ftbench.report import human
from ftbench.report.charts import axis
from ftbench.report.compare_words import COLOURS, points, points_range, variants
from ftbench.report.svg_parts import caption, horizontal, round_ends, svg, vertical


def step_charts(file: CompareFile) -> list[tuple[str, Markup]]:
    """(hardware, chart): time per token by requests at once, a line a variant; a modelled one with its band."""
    found = []
    for hardware in dict.fromkeys(c.hardware for c in file.cells):
        cells = [(i, c) for i, c in enumerate(file.cells, 1) if c.hardware == hardware and any(p.step.value for p in c.batches)]
        if cells and max(len(c.batches) for _, c in cells) > 1:
            title = f"{human.clip(cells[0][1].hardware_name, 60)}, {cells[0][1].basis}"
            found.append((title, _steps(cells, file)))
    return found


def difference_chart(file: CompareFile) -> Markup | None:
    """Each variant against the reference on each test: the difference in points with its interval, and the line of no difference."""
    rows = [(q.variant, d) for q in file.quality for d in q.differences]
    if not rows:
        return None
    ends = [100 * end for _, d in rows for end in d.interval] + [0.0]
    left, right, row, top, width = 16, 404, 46, 20, 420
    low, high, ticks = round_ends(min(ends), max(ends))

    def x(v: float) -> float:
        return left + (right - left) * (v - low) / (high - low)

    bottom = top + row * len(rows)
    grid = [vertical(x(t), ("+" if t > 0 else "") + human.significant(t), top, bottom) for t in ticks]
    zero = Markup('<line class="c-zero" x1="{x:.1f}" y1="{a}" x2="{x:.1f}" y2="{b}"/>').format(x=x(0.0), a=top - 4, b=bottom)
    side = "end" if x(0.0) > 0.7 * width else "start" if x(0.0) < 0.3 * width else "middle"
    label = caption("c-quiet", x(0.0), 11, f"as {human.clip(file.reference, 20)}", side)
    parts = [_difference(variant, d, top + row * i, x, width) for i, (variant, d) in enumerate(rows)]
    spoken = "; ".join(f"{v} on {d.check}: {points(d.difference)} points, {points_range(d.interval)}, {d.word}" for v, d in rows)
    said = f"Difference of right answers to the reference. {spoken}"
    return svg(said, [*grid, zero, label, *parts], height=bottom + 22, width=width)


def _steps(cells: Sequence[tuple[int, Cell]], file: CompareFile) -> Markup:
    values = [v for _, c in cells for p in c.batches for v in (p.step.value, p.step.low, p.step.high) if v]
    sizes = sorted({p.batch for _, c in cells for p in c.batches})
    left, right, bottom, top = 58, 316, 172, 14
    y, marks = axis(values, bottom, top)

    def x(batch: int) -> float:
        first, last = math.log2(sizes[0]), math.log2(sizes[-1])
        return left + (right - left) * (math.log2(batch) - first) / (last - first)

    parts = [vertical(x(b), str(b), top, bottom) for b in sizes] + [horizontal(y(m), human.duration(m), left, right) for m in marks]
    ends = []
    for number, cell in cells:
        known = [p for p in cell.batches if p.step.value]
        group, model = variants(file).index(cell.variant) % COLOURS, "" if cell.basis == "measured" else " c-model"
        band = [p for p in known if p.step.low is not None and p.step.high is not None]
        if len(band) > 1:
            outline = [(x(p.batch), y(p.step.high)) for p in band] + [(x(p.batch), y(p.step.low)) for p in reversed(band)]
            shape = Markup('<polygon class="c-band v{g}" points="{p}"/>')
            parts.append(shape.format(g=group, p=" ".join(f"{a:.1f},{b:.1f}" for a, b in outline)))
        line = " ".join(f"{x(p.batch):.1f},{y(p.step.value):.1f}" for p in known)
        parts.append(Markup('<polyline class="c-path v{g}{m}" points="{p}"/>').format(g=group, m=model, p=line))
        ends.append((y(known[-1].step.value), f"{number} {cell.variant}" + (f" x{cell.replicas}" if cell.replicas > 1 else "")))
    for at, label in _apart(ends):
        parts.append(caption("c-value", right + 8, at + 4, human.clip(label, 18)))
    parts.append(caption("c-quiet", (left + right) / 2, bottom + 32, "requests at once", "middle"))
    spoken = "; ".join(f"{c.variant} {human.duration(c.batches[-1].step.value)} at {c.batches[-1].batch}" for _, c in cells)
    return svg(f"Time per token by requests at once. {spoken}", parts, height=bottom + 38, width=430)


def _apart(labels: Sequence[tuple[float, str]], gap: float = 14.0) -> list[tuple[float, str]]:
    """The same labels from top to bottom, none nearer to the next than `gap`."""
    placed: list[tuple[float, str]] = []
    for at, text in sorted(labels):
        placed.append((max(at, placed[-1][0] + gap) if placed else at, text))
    return placed


def _difference(variant: str, d: PairedDifference, top: int, x: Callable[[float], float], width: int) -> Markup:
    """Above the bar what it is of and what was found; a background that the grid does not show through."""
    kind = {"worse": "c-bad", "better": "c-good"}.get(d.word, "c-same")
    low, at, high = (x(100 * v) for v in (d.interval[0], d.difference, d.interval[1]))
    y, said = top + 33, f"{points(d.difference)} points, {d.word}"
    parts = [Markup('<rect class="c-back" x="0" y="{y}" width="{w}" height="16"/>').format(y=top + 3, w=width)]
    parts += [caption("c-scale", 0, top + 15, human.clip(f"{variant}, {d.check}", 34))]
    parts += [caption("c-quiet" if kind == "c-same" else f"c-word {kind}", width, top + 15, said, "end")]
    parts += [Markup('<line class="c-span {k}" x1="{a:.1f}" y1="{y}" x2="{b:.1f}" y2="{y}"/>').format(k=kind, a=low, b=high, y=y)]
    parts += [Markup('<circle class="{k}" cx="{a:.1f}" cy="{y}" r="5"/>').format(k=kind, a=at, y=y)]
    return Markup("").join(parts)
