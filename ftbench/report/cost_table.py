"""What the traffic costs at each scale, with the word measured or modelled on every number about a machine."""

from collections.abc import Callable

from ftbench.cost.result import CostAtScale
from ftbench.report import human
from ftbench.report.matrix import Cell, Column, Group, Matrix, Row, shared

YES_NO = {True: "yes", False: "no", None: human.MISSING}
PAID = {"on_demand": "on demand", "spot": "spot", "reserved": "reserved", "owned": "owned"}


def cost_table(costs: list[CostAtScale]) -> Matrix:
    """Fleet, price and contract, a column a scale; the range of the price where something uncertain was drawn."""
    per, unit = unit_of(costs)

    def row(label: str, show: Callable[[CostAtScale], str], *, strong: bool = False) -> Row:
        return Row(label, [_with_basis(show(c), c.basis, strong) for c in costs])

    def given(label: str, show: Callable[[CostAtScale], str]) -> Row:
        return Row(label, [Cell(show(c)) for c in costs])

    def amount(value: float | None, cost: CostAtScale, times: int = 1) -> str:
        return human.money(None if value is None else value * times, cost.currency)

    def part(name: str) -> Callable[[CostAtScale], str]:
        return lambda c: amount(c.breakdown and getattr(c.breakdown, name), c)

    traffic = [given("Mean", lambda c: human.rate(c.mean_rate)), given("Busiest hour", lambda c: human.rate(c.peak_rate))]
    fleet = [
        row("One replica can serve", lambda c: human.rate(c.capacity_per_replica)),
        row("Replicas", lambda c: human.significant(c.replicas)),
        row("Instances", lambda c: human.significant(c.instances)),
        row("Utilisation", lambda c: human.percent(c.utilisation)),
    ]
    ranges = [
        row("p10: one draw in ten costs less", lambda c: amount(c.cost_p10, c, per)),
        row("p50: the middle draw", lambda c: amount(c.cost_p50, c, per)),
        row("p90: one draw in ten costs more", lambda c: amount(c.cost_p90, c, per)),
    ]
    price = [
        row(f"Cost {unit}", lambda c: amount(c.cost_per_inference, c, per), strong=True),
        *(ranges if any(c.cost_p10 is not None for c in costs) else []),
        row("Cost per million output tokens", lambda c: amount(c.cost_per_million_tokens, c)),
        row("Cost per month", lambda c: amount(c.cost_per_month, c), strong=True),
    ]
    month = [row(name.capitalize(), part(name)) for name in ("compute", "storage", "network", "gateway", "monitoring")]
    contract = [
        Row("Machines paid", [Cell(PAID[c.purchase]) for c in costs]),
        row("Held against the budget", lambda c: amount(c.budget_quantile_cost, c, per)),
        Row("Within the budget", [_within(c) for c in costs]),
        row("Margin", lambda c: human.percent(c.margin)),
        Row("Margin as agreed", [_answer(c.within_margin) for c in costs]),
    ]
    groups = [Group("Traffic", traffic), Group("Fleet", fleet), Group("Cost", price)]
    if any(c.breakdown for c in costs):
        groups.append(Group("Of each month", month))
    return Matrix([Column(human.scale(c.scale)) for c in costs], [*groups, Group("Contract", contract)])


def cost_notes(costs: list[CostAtScale]) -> list[tuple[str, str]]:
    """(scales, note): what the basis is, where the price comes from, and whatever else was said."""
    return shared(
        [(human.scale(c.scale), [f"{c.basis.capitalize()}: {c.basis_note}", f"Price source: {c.price_source}", *c.notes]) for c in costs]
    )


def unit_of(costs: list[CostAtScale]) -> tuple[int, str]:
    """How many inferences to price together, and the words for it: one unit for the cost and for its range."""
    return human.inference_unit([amount for c in costs for amount in (c.cost_per_inference, c.cost_p10, c.cost_p90)])


def spread(cost: CostAtScale, per: int) -> str:
    """p10, p50 and p90 in one cell; a dash where nothing was drawn."""
    found = (cost.cost_p10, cost.cost_p50, cost.cost_p90)
    if any(value is None for value in found):
        return human.MISSING
    return " / ".join(human.significant(value * per) for value in found)


def paid(costs: list[CostAtScale]) -> str:
    """How the machines are paid, in words."""
    return human.listed(list(dict.fromkeys(PAID[c.purchase] for c in costs)))


def _within(cost: CostAtScale) -> Cell:
    drawn = (
        "" if cost.share_within_budget is None or cost.within_budget is None else f"{human.percent(cost.share_within_budget)} of the draws"
    )
    return Cell(YES_NO[cost.within_budget], drawn, strong=cost.within_budget is False)


def _with_basis(text: str, basis: str, strong: bool) -> Cell:
    return Cell(text, "" if text == human.MISSING else basis, strong=strong)


def _answer(met: bool | None) -> Cell:
    return Cell(YES_NO[met], strong=met is False)
