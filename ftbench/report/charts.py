"""Latency by scale as inline SVG: one row a scale, from the median to the 99th percentile, with the agreed limit as a line.

Drawn by hand rather than by a plotting library: a few shapes that take their colours from the page (so light, dark and print agree),
with text that stays text. Holds numbers and our own words only, never a word from a model.
"""

import math
from collections.abc import Callable, Iterable

from markupsafe import Markup

from ftbench.metrics.summary import LoadSummary
from ftbench.report import human, words
from ftbench.report.load_table import LIMITS

WIDTH, TOP, ROW, BOTTOM = 380, 22, 38, 26
LEFT, RIGHT = 44, 282  # the plot between the scale's name and its two numbers


def latency_chart(loads: list[LoadSummary], field: str, title: str) -> Markup | None:
    """SVG of p50, p90 and p99 [s] of `field` (ttft, tpot, e2e) at each scale; None where no run has a single value.

    A run that is saturated or not valid has no lasting latency, so its row says so instead of showing one.
    """
    rows = [(load, _quantiles(load, field)) for load in loads]
    shown = [q for load, quantiles in rows if words.is_trusted(load) for q in quantiles]
    if not shown:
        return None
    bound = loads[0].slo.get(LIMITS[field], 0.0)
    bounds = [bound] if 0 < bound <= 4 * max(shown) else []  # one far beyond all that was seen would only flatten the rows
    x, ticks = axis([*shown, *bounds], LEFT, RIGHT)
    bottom = TOP + ROW * len(rows)
    parts = [_tick(x(t), bottom, human.duration(t)) for t in ticks]
    parts += [_limit(x(b), bottom, human.duration(b)) for b in bounds]
    parts += [_row(load, quantiles, TOP + ROW * i, x) for i, (load, quantiles) in enumerate(rows)]
    spoken = "; ".join(_spoken(load, quantiles) for load, quantiles in rows)
    return Markup('<svg class="chart" viewBox="0 0 {w} {h}" role="img" aria-label="{label}">{parts}</svg>').format(
        w=WIDTH, h=bottom + BOTTOM, label=f"{title} by scale. {spoken}.", parts=Markup("").join(parts)
    )


def _quantiles(load: LoadSummary, field: str) -> list[float]:
    latency = getattr(load, field)
    quantiles = [latency.p50_s, latency.p90_s, latency.p99_s]
    if any(q is None or not 0 <= q <= 1e9 for q in quantiles):  # NaN too: it is not between anything
        return []
    return [0.0 if q < 1e-9 else q for q in quantiles]


def _row(load: LoadSummary, quantiles: list[float], top: int, x) -> Markup:
    middle = top + ROW // 2
    parts = [Markup('<text class="c-scale" x="0" y="{y}">{s}</text>').format(y=middle + 4, s=human.clip(human.scale(load.scale), 6))]
    if not words.is_trusted(load):
        word = "saturated: no lasting latency" if load.valid else "invalid measurement"
        parts.append(
            Markup('<rect class="c-void" x="{x}" y="{y}" width="{w}" height="20" rx="3"/>').format(x=LEFT, y=middle - 10, w=WIDTH - LEFT)
        )
        parts.append(Markup('<text class="c-loud" x="{x}" y="{y}">{t}</text>').format(x=LEFT + 10, y=middle + 4, t=word))
    elif not quantiles:
        parts.append(Markup('<text class="c-quiet" x="{x}" y="{y}">no data</text>').format(x=LEFT + 10, y=middle + 4))
    else:
        first, last = quantiles[0], quantiles[-1]
        parts.append(Markup('<line class="c-range" x1="{a:.1f}" y1="{y}" x2="{b:.1f}" y2="{y}"/>').format(a=x(first), b=x(last), y=middle))
        parts.append(
            Markup('<line class="c-p90" x1="{a:.1f}" y1="{y}" x2="{a:.1f}" y2="{z}"/>').format(
                a=x(quantiles[1]), y=middle - 6, z=middle + 6
            )
        )
        parts.append(Markup('<circle class="c-p99" cx="{a:.1f}" cy="{y}" r="4.5"/>').format(a=x(last), y=middle))
        parts.append(Markup('<circle class="c-p50" cx="{a:.1f}" cy="{y}" r="4.5"/>').format(a=x(first), y=middle))
        for text, kind, dy in ((human.duration(first), "c-value", -3), (human.duration(last), "c-quiet", 12)):
            parts.append(
                Markup('<text class="{k}" x="{x}" y="{y}" text-anchor="end">{t}</text>').format(k=kind, x=WIDTH, y=middle + dy, t=text)
            )
    return Markup("").join(parts)


def _tick(x: float, bottom: int, text: str) -> Markup:
    line = Markup('<line class="c-grid" x1="{x:.1f}" y1="{a}" x2="{x:.1f}" y2="{b}"/>').format(x=x, a=TOP, b=bottom)
    return line + Markup('<text class="c-quiet" x="{x:.1f}" y="{y}" text-anchor="middle">{t}</text>').format(x=x, y=bottom + 16, t=text)


def _limit(x: float, bottom: int, text: str) -> Markup:
    side = "end" if x > (LEFT + RIGHT) / 2 else "start"
    line = Markup('<line class="c-limit" x1="{x:.1f}" y1="{a}" x2="{x:.1f}" y2="{b}"/>').format(x=x, a=TOP - 6, b=bottom)
    return line + Markup('<text class="c-limit-text" x="{x:.1f}" y="12" text-anchor="{s}">limit {t}</text>').format(x=x, s=side, t=text)


def axis(values: Iterable[float], begin: float, end: float) -> tuple[Callable[[float], float], list[float]]:
    """A map from seconds to a place between `begin` and `end`, and ticks [s].

    Linear from zero; logarithmic by whole decades when the values span more than thirtyfold.
    """
    values = list(values)
    high, low = max(values), min((v for v in values if v > 0), default=0.0)
    if low and high / low > 30:
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        last = max(last, first + 1)
        step = max(1, math.ceil((last - first) / 4))
        return (
            lambda v: begin + (end - begin) * (math.log10(max(v, 10.0**first)) - first) / (last - first),
            [10.0**power for power in range(first, last + 1, step)],
        )
    high = high or 1.0
    raw = high / 3
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(m * unit for m in (1, 2, 2.5, 5, 10) if m * unit >= raw * 0.999)
    count = math.ceil(high / step * 0.999)
    return (lambda v: begin + (end - begin) * v / (step * count)), [step * i for i in range(count + 1)]


def _spoken(load: LoadSummary, quantiles: list[float]) -> str:
    if not words.is_trusted(load):
        return f"{human.scale(load.scale)}: {words.condition(load)}"
    if not quantiles:
        return f"{human.scale(load.scale)}: no data"
    return f"{human.scale(load.scale)}: median {human.duration(quantiles[0])}, 99th percentile {human.duration(quantiles[-1])}"
