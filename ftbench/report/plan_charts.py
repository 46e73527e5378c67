"""The charts of a plan as inline SVG: cost per inference by scale with its range and the budget; what moves the cost most.

Shapes and classes as in ftbench.report.charts. Holds numbers and our own words only.
"""

import math
from collections.abc import Callable

from markupsafe import Markup

from ftbench.cost.plan_file import PlanAtScale, PlanFile, Swing
from ftbench.report import human
from ftbench.report.charts import axis
from ftbench.report.plan_words import swing_range

WIDTH, TOP, ROW, BOTTOM = 560, 24, 40, 28
LEFT, RIGHT = 52, 410  # the plot between the scale's name and its numbers
NAMES = 210  # of the tornado's rows


def cost_chart(plan: PlanFile, per: int, unit: str) -> Markup | None:
    """Median and p10 to p90 of the cost per inference at each scale, and the budget as a line; None where there is no cost."""
    rows = [at for at in plan.scales if at.cost_per_inference is not None]
    if not rows:
        return None
    shown = [getattr(at.cost_per_inference, q) * per for at in rows for q in ("p10", "p50", "p90")]
    budget = (plan.budget_per_inference or 0.0) * per
    bounds = [budget] if 0 < budget <= 4 * max(shown) else []
    x, ticks = axis([*shown, *bounds], LEFT, RIGHT)
    bottom = TOP + ROW * len(plan.scales)
    parts = [_tick(x(t), bottom, human.significant(t)) for t in ticks]
    parts += [_limit(x(b), bottom, f"budget {human.money(b, plan.currency)}") for b in bounds]
    parts += [_scale(at, plan.currency, per, TOP + ROW * i, x) for i, at in enumerate(plan.scales)]
    spoken = "; ".join(f"{human.scale(at.scale)} {human.money(at.cost_per_inference.p50 * per, plan.currency)}" for at in rows)
    return _svg(f"Cost {unit} by scale, median: {spoken}", bottom, parts)


def tornado_chart(at: PlanAtScale, currency: str, per: int, unit: str, most: int = 7) -> Markup | None:
    """A bar for each uncertain quantity, from the cost at its low to the cost at its high value, the widest on top; None of none."""
    swings = sorted(at.tornado, key=lambda s: -abs(s.cost_at_high - s.cost_at_low))[:most]
    ends = [cost * per for s in swings for cost in (s.cost_at_low, s.cost_at_high)]
    if not ends or max(ends) - min(ends) <= 1e-9 * max(ends):
        return None
    x, ticks = _between(min(ends), max(ends), NAMES, RIGHT)
    bottom = TOP + ROW * len(swings)
    parts = [_tick(x(t), bottom, human.significant(t)) for t in ticks]
    parts += [_swing(s, currency, per, TOP + ROW * i, x) for i, s in enumerate(swings)]
    spoken = "; ".join(f"{s.name} {human.significant(s.cost_at_low * per)} to {human.significant(s.cost_at_high * per)}" for s in swings)
    return _svg(f"What moves the cost {unit} at {human.scale(at.scale)}: {spoken}", bottom, parts)


def _scale(at: PlanAtScale, currency: str, per: int, top: int, x: Callable[[float], float]) -> Markup:
    middle = top + ROW // 2
    parts = [_text("c-scale", 0, middle + 4, human.clip(human.scale(at.scale), 7))]
    found = at.cost_per_inference
    if found is None:
        return parts[0] + _text("c-quiet", LEFT + 8, middle + 4, "no cost: no capacity or no price is known")
    low, mid, high = (x(amount * per) for amount in (found.p10, found.p50, found.p90))
    bar = Markup('<rect class="c-bar" x="{x:.1f}" y="{y}" width="{w:.1f}" height="12" rx="2"/>')
    parts.append(bar.format(x=low, y=middle - 6, w=max(2.0, high - low)))
    parts.append(Markup('<line class="c-p90" x1="{x:.1f}" y1="{a}" x2="{x:.1f}" y2="{b}"/>').format(x=mid, a=middle - 9, b=middle + 9))
    parts.append(_text("c-value", WIDTH, middle - 2, human.money(found.p50 * per, currency), "end"))
    said = f"p10 {human.significant(found.p10 * per)}, p90 {human.significant(found.p90 * per)}"
    parts.append(_text("c-quiet", WIDTH, middle + 13, said, "end"))
    return Markup("").join(parts)


def _swing(s: Swing, currency: str, per: int, top: int, x: Callable[[float], float]) -> Markup:
    middle = top + ROW // 2
    low, high = sorted((x(s.cost_at_low * per), x(s.cost_at_high * per)))
    span = swing_range(s)
    costs = f"{human.significant(s.cost_at_low * per)} to {human.significant(s.cost_at_high * per)}"
    return Markup("").join(
        [
            _text("c-name", 0, middle - 2, human.clip(s.name, 28)),
            _text("c-quiet", 0, middle + 12, human.clip(span, 34)),
            Markup('<rect class="c-bar" x="{x:.1f}" y="{y}" width="{w:.1f}" height="14" rx="2"/>').format(
                x=low, y=middle - 7, w=max(2.0, high - low)
            ),
            _text("c-quiet", WIDTH, middle + 4, costs, "end"),
        ]
    )


def _between(low: float, high: float, begin: float, end: float) -> tuple[Callable[[float], float], list[float]]:
    """A linear map of [low, high] with round ticks that lie around it."""
    raw = (high - low) / 3
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(m * unit for m in (1, 2, 2.5, 5, 10) if m * unit >= raw * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step)
    ticks = [step * i for i in range(first, last + 1)]
    return (lambda v: begin + (end - begin) * (v - ticks[0]) / (ticks[-1] - ticks[0])), ticks


def _svg(label: str, bottom: int, parts: list[Markup]) -> Markup:
    return Markup('<svg class="chart wide" viewBox="0 0 {w} {h}" role="img" aria-label="{label}">{parts}</svg>').format(
        w=WIDTH, h=bottom + BOTTOM, label=f"{label}.", parts=Markup("").join(parts)
    )


def _tick(x: float, bottom: int, text: str) -> Markup:
    line = Markup('<line class="c-grid" x1="{x:.1f}" y1="{a}" x2="{x:.1f}" y2="{b}"/>').format(x=x, a=TOP, b=bottom)
    return line + _text("c-quiet", round(x, 1), bottom + 16, text, "middle")


def _limit(x: float, bottom: int, text: str) -> Markup:
    side = "end" if x > (LEFT + RIGHT) / 2 else "start"
    line = Markup('<line class="c-limit" x1="{x:.1f}" y1="{a}" x2="{x:.1f}" y2="{b}"/>').format(x=x, a=TOP - 6, b=bottom)
    return line + _text("c-limit-text", round(x, 1), 12, text, side)


def _text(kind: str, x: float, y: float, text: str, anchor: str = "start") -> Markup:
    return Markup('<text class="{k}" x="{x}" y="{y}" text-anchor="{a}">{t}</text>').format(k=kind, x=x, y=y, a=anchor, t=text)
