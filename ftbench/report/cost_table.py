"""What the traffic costs at each scale, with the word measured or modelled on every number about a machine."""

from collections.abc import Callable

from ftbench.cost.result import CostAtScale
from ftbench.report import human
from ftbench.report.matrix import Cell, Column, Group, Matrix, Row, shared

YES_NO = {True: "yes", False: "no", None: human.MISSING}


def cost_table(costs: list[CostAtScale]) -> Matrix:
    """Fleet, price and contract, a column a scale."""
    per, unit = human.inference_unit([c.cost_per_inference for c in costs])

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
    price = [
        row(f"Cost {unit}", lambda c: amount(c.cost_per_inference, c, per), strong=True),
        row("Cost per million output tokens", lambda c: amount(c.cost_per_million_tokens, c)),
        row("Cost per month", lambda c: amount(c.cost_per_month, c), strong=True),
    ]
    month = [row(name.capitalize(), part(name)) for name in ("compute", "storage", "network", "monitoring")]
    contract = [
        Row("Within the budget", [_answer(c.within_budget) for c in costs]),
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


def _with_basis(text: str, basis: str, strong: bool) -> Cell:
    return Cell(text, "" if text == human.MISSING else basis, strong=strong)


def _answer(met: bool | None) -> Cell:
    return Cell(YES_NO[met], strong=met is False)
