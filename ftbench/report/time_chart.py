"""Latency over the time of a run as inline SVG: the median and the 99th percentile of each stretch of it. Drawn as in charts.py."""

import math
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from markupsafe import Markup

from ftbench.report import human
from ftbench.report.charts import axis

WIDTH, HEIGHT = 380, 150
LEFT, RIGHT, TOP, BOTTOM = 52, 372, 10, 122


class Stretch(NamedTuple):
    """Requests that were due around `at_s` [s from the beginning of the measured time]; None where none was answered."""

    at_s: float
    p50_s: float | None
    p99_s: float | None


def time_chart(stretches: Sequence[Stretch], title: str, label: str) -> Markup | None:
    """SVG of both percentiles over time; None where fewer than two stretches have a value. A stretch without one is a gap, not a line.

    Args:
        label: what is measured, and at which scale, for whoever has the chart read out.
    """
    points = [Stretch(s.at_s, _usable(s.p50_s), _usable(s.p99_s)) for s in stretches if math.isfinite(s.at_s) and 0 <= s.at_s < 1e9]
    values = [v for s in points for v in (s.p50_s, s.p99_s) if v is not None]
    if len(points) < 2 or sum(s.p50_s is not None for s in points) < 2:
        return None
    y, levels = axis(values, BOTTOM, TOP)
    span = max(s.at_s for s in points) or 1.0
    parts = [_level(y(level), human.duration(level)) for level in levels]
    parts += [_instant(LEFT + (RIGHT - LEFT) * k / 2, human.duration(span * k / 2) if k else "0 s") for k in (0, 1, 2)]
    for name, kind in (("p99_s", "c-tail"), ("p50_s", "c-middle")):
        for known, run in groupby(points, key=lambda s: getattr(s, name) is not None):
            if known:
                parts.append(_line([(LEFT + (RIGHT - LEFT) * s.at_s / span, y(getattr(s, name))) for s in run], kind))
    first, last = (next(s for s in order if s.p50_s is not None) for order in (points, reversed(points)))
    spoken = f"{label}: median {human.duration(first.p50_s)} at the beginning, {human.duration(last.p50_s)} at the end"
    return Markup('<svg class="chart" viewBox="0 0 {w} {h}" role="img" aria-label="{label}">{parts}</svg>').format(
        w=WIDTH, h=HEIGHT, label=f"{title}. {spoken}.", parts=Markup("").join(parts)
    )


def _usable(value: float | None) -> float | None:
    if value is None or not 0 <= value <= 1e9:  # NaN too: it is not between anything
        return None
    return 0.0 if value < 1e-9 else value


def _line(points: list[tuple[float, float]], kind: str) -> Markup:
    if len(points) == 1:
        (x, y), *_ = points
        return Markup('<circle class="{k}-dot" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>').format(k=kind, x=x, y=y)
    return Markup('<polyline class="{k}" points="{p}"/>').format(k=kind, p=" ".join(f"{x:.1f},{y:.1f}" for x, y in points))


def _level(y: float, text: str) -> Markup:
    line = Markup('<line class="c-grid" x1="{a}" y1="{y:.1f}" x2="{b}" y2="{y:.1f}"/>').format(a=LEFT, b=RIGHT, y=y)
    return line + Markup('<text class="c-quiet" x="{x}" y="{y:.1f}" text-anchor="end">{t}</text>').format(x=LEFT - 8, y=y + 4, t=text)


def _instant(x: float, text: str) -> Markup:
    return Markup('<text class="c-quiet" x="{x:.1f}" y="{y}" text-anchor="{a}">{t}</text>').format(
        x=x, y=BOTTOM + 18, a="start" if x == LEFT else "end" if x == RIGHT else "middle", t=text
    )
