"""A plan as tables with a column a scale; every number that a machine has a part in says measured or modelled."""

from collections.abc import Callable

from ftbench.cost.plan_file import Option, PlanAtScale, PlanFile, Quantiles
from ftbench.report import human
from ftbench.report import plan_words as words
from ftbench.report.cost_table import YES_NO
from ftbench.report.matrix import Cell, Column, Group, Matrix, Row, shared

PARTS = ("compute", "storage", "network", "gateway", "monitoring")


def unit_of(plan: PlanFile) -> tuple[int, str]:
    """How many inferences are priced together, so that the dearest scale reads as cents at least, and the words for it."""
    shown = [at.cost_per_inference.p90 for at in plan.scales if at.cost_per_inference]
    return human.inference_unit([*shown, plan.budget_per_inference if shown else None])


def plan_table(plan: PlanFile) -> Matrix:
    """Demand, fleet, cost and contract."""
    per, unit = unit_of(plan)
    scales = plan.scales

    def given(label: str, show: Callable[[PlanAtScale], str]) -> Row:
        return Row(label, [Cell(show(at)) for at in scales])

    def row(label: str, show: Callable[[PlanAtScale], str], *, strong: bool = False, basis: str | None = None) -> Row:
        return Row(label, [_cell(show(at), basis or at.basis, strong) for at in scales])

    def fleet(name: str, shown: Callable) -> Callable[[PlanAtScale], str]:
        return lambda at: human.MISSING if at.fleet is None else shown(getattr(at.fleet, name))

    def quantile(field: str, name: str, times: int = 1) -> Callable[[PlanAtScale], str]:
        def show(at: PlanAtScale) -> str:
            found: Quantiles | None = getattr(at, field)
            return human.MISSING if found is None else human.money(getattr(found, name) * times, plan.currency)

        return show

    demand = [
        given("Mean", lambda at: human.rate(at.demand.mean_rate)),
        given("Busiest hour", lambda at: human.rate(at.demand.peak_rate)),
        given("Arrivals", lambda at: at.demand.arrivals),
    ]
    sizes = [
        row("Replicas, spares included", fleet("replicas", human.significant), strong=True),
        row("Of them spare", fleet("spare", human.significant), basis=" "),
        row("Instances", fleet("instances", human.significant)),
        row("Utilisation", fleet("utilisation", human.percent)),
        row("Fewest that keep the SLO at the peak", fleet("simulated_replicas", human.significant), basis="modelled: simulated"),
        row("Fleet's capacity", fleet("simulated_capacity", human.rate), basis="modelled: simulated"),
        row("TTFT p99 at the peak", fleet("simulated_ttft_p99_s", human.duration), basis="modelled: simulated"),
    ]
    cost = [
        row(f"Cost {unit} of this fleet", lambda at: _judged(at, plan, "cost_per_inference", per), strong=True),
        row("p10 of the draws", quantile("cost_per_inference", "p10", per), basis="modelled"),
        row("p50 of the draws", quantile("cost_per_inference", "p50", per), basis="modelled"),
        row("p90 of the draws", quantile("cost_per_inference", "p90", per), basis="modelled"),
        row("Per million output tokens", lambda at: _judged(at, plan, "cost_per_million_tokens")),
        row("Per month, this fleet", lambda at: _judged(at, plan, "cost_per_month"), strong=True),
    ]
    contract = [
        Row(f"Within the budget ({words.quantile(plan)})", [_answer(at.within_budget) for at in scales]),
        row("Margin", lambda at: human.percent(option.margin) if (option := words.judged(at)) else human.MISSING),
        Row("Margin as agreed", [_answer(at.within_margin) for at in scales]),
    ]
    groups = [Group("Traffic", demand), Group("Fleet", sizes), Group("Cost", cost), Group("Contract", contract)]
    said = [Group(group.title, [row for row in group.rows if _says(row)]) for group in groups]
    return Matrix([Column(human.scale(at.scale)) for at in scales], [group for group in said if group.rows])


def options_table(plan: PlanFile) -> Matrix:
    """Each way to pay and to size, per month and per inference; the one that is judged is marked."""
    per, _ = unit_of(plan)
    ways = list(dict.fromkeys((option.sizing, option.purchase) for at in plan.scales for option in at.options))
    groups = []
    for sizing in dict.fromkeys(sizing for sizing, _ in ways):
        rows = []
        for _, purchase in (way for way in ways if way[0] == sizing):
            found = [next((o for o in at.options if (o.sizing, o.purchase) == (sizing, purchase)), None) for at in plan.scales]
            if all(o is None or o.cost_per_month is None for o in found):
                continue
            label = words.PURCHASE[purchase].capitalize() + (" (judged)" if any(o and o.judged for o in found) else "")
            rows.append(Row(label, [_option(o, plan.currency, per) for o in found]))
        if rows:
            groups.append(Group(words.SIZING[sizing].capitalize(), rows))
    return Matrix([Column(human.scale(at.scale)) for at in plan.scales], groups)


def month_table(plan: PlanFile) -> Matrix:
    """What a month is made of, of the option that is judged."""
    rows = []
    for part in PARTS:
        cells = []
        for at in plan.scales:
            option = words.judged(at)
            amount = getattr(option.breakdown, part) if option and option.breakdown else None
            cells.append(_cell(human.money(amount, plan.currency), at.basis, False))
        rows.append(Row(part.capitalize(), cells))
    return Matrix([Column(human.scale(at.scale)) for at in plan.scales], [Group("Of each month", rows)])


def plan_notes(plan: PlanFile) -> list[tuple[str, str]]:
    """(scales, note): basis, formula, price and whatever else was said, each once."""
    return shared([(human.scale(at.scale), list(filter(None, _of_scale(at)))) for at in plan.scales])


def missing_options(plan: PlanFile) -> list[str]:
    """Why some ways to pay have no price, each once."""
    return list(
        dict.fromkeys(f"{words.PURCHASE[o.purchase].capitalize()}: {o.why_not}" for at in plan.scales for o in at.options if o.why_not)
    )


def _of_scale(at: PlanAtScale) -> list[str]:
    option = words.judged(at)
    return [
        f"{at.basis.capitalize()}: {at.basis_note}",
        at.fleet.formula if at.fleet else "",
        words.band(at),
        f"Price source: {option.price_source}" if option and option.price_source else "",
        *(option.notes if option else []),
        *at.notes,
    ]


def _judged(at: PlanAtScale, plan: PlanFile, field: str, times: int = 1) -> str:
    option = words.judged(at)
    amount = getattr(option, field) if option else None
    return human.money(None if amount is None else amount * times, plan.currency)


def _option(option: Option | None, currency: str, per: int) -> Cell:
    if option is None or option.cost_per_month is None:
        return Cell(human.MISSING)
    each = None if option.cost_per_inference is None else option.cost_per_inference * per
    small = "" if each is None else human.money(each, currency).replace(" ", "\N{NO-BREAK SPACE}")
    return Cell(human.money(option.cost_per_month, currency), small, strong=option.judged)


def _says(row: Row) -> bool:
    return any(cell.text != human.MISSING for cell in row.cells)


def _cell(text: str, basis: str, strong: bool) -> Cell:
    return Cell(text, "" if text == human.MISSING else basis.strip(), strong=strong)


def _answer(met: bool | None) -> Cell:
    return Cell(YES_NO[met], strong=met is False)
