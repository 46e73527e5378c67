"""Lines, texts and frames that charts are made of, and round ends for their axes."""

import math
from collections.abc import Sequence

from markupsafe import Markup


def svg(label: str, parts: Sequence[Markup], *, width: int, height: int) -> Markup:
    """The whole chart; `label` says to those who cannot see it what it shows. It grows with the page by a quarter at most, so that texts
    of all charts stay alike."""
    frame = '<svg class="chart wide" style="max-width:{most}px" viewBox="0 0 {w} {h}" role="img" aria-label="{label}">{parts}</svg>'
    return Markup(frame).format(most=round(1.25 * width), w=width, h=height, label=f"{label}.", parts=Markup("").join(parts))


def round_ends(low: float, high: float, least: float = 1.0) -> tuple[float, float, list[float]]:
    """Round ends around [low, high], at least `least` apart, and ticks from one to the other."""
    if high - low < least:
        low, high = (low + high - least) / 2, (low + high + least) / 2
    raw = (high - low) / 4
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(m * unit for m in (1, 2, 2.5, 5, 10) if m * unit >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = [round(step * i, 9) for i in range(first, last + 1)]
    return ticks[0], ticks[-1], ticks


def vertical(x: float, text: str, top: int, bottom: int) -> Markup:
    """A line of the grid with its value under it."""
    line = Markup('<line class="c-grid" x1="{x:.1f}" y1="{a}" x2="{x:.1f}" y2="{b}"/>').format(x=x, a=top, b=bottom)
    return line + caption("c-quiet", x, bottom + 16, text, "middle")


def horizontal(y: float, text: str, left: int, right: int) -> Markup:
    """A line of the grid with its value on its left."""
    line = Markup('<line class="c-grid" x1="{a}" y1="{y:.1f}" x2="{b}" y2="{y:.1f}"/>').format(y=y, a=left, b=right)
    return line + caption("c-quiet", left - 8, y + 4, text, "end")


def caption(kind: str, x: float, y: float, text: str, anchor: str = "start") -> Markup:
    """A text in the class `kind`."""
    return Markup('<text class="{k}" x="{x:.1f}" y="{y:.1f}" text-anchor="{a}">{t}</text>').format(k=kind, x=x, y=y, a=anchor, t=text)
