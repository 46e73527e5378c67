"""What `ftbench plan` prints: a table that is understood at a glance, then the sentences."""

from pathlib import Path

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ftbench.cost.plan_file import PlanAtScale, PlanFile
from ftbench.report import human
from ftbench.report import plan_words as words
from ftbench.report.clean import showable
from ftbench.report.cost_table import YES_NO
from ftbench.report.plan_tables import unit_of

COLOUR = {"VIABLE": "green", "NOT_VIABLE": "red", "NEEDS_REVIEW": "yellow", "INVALID": "magenta"}


def plan_lines(plan: PlanFile, folder: Path | None = None) -> Group:
    """The plan for a rich console; plain text where the output is no terminal. Its texts are never read as rich markup.

    Args:
        folder: where plan.html lies, for the last line.
    """
    plan = showable(plan)
    parts: list[RenderableType] = [_verdict(plan), Text()]
    if plan.scales:
        parts += [_table(plan), Text()]
    parts.append(Text(words.capacity_line(plan)))
    parts += [Text(f"{scale}: {line}") for scale, line in words.sentences(plan)]
    per, unit = unit_of(plan)
    for at in plan.scales[:1]:
        strongest = words.tornado_lines(at, plan.currency, per, unit)[:1]
        parts += [Text(f"{human.scale(at.scale)}: what moves the cost most: {line}.") for line in strongest]
    if plan.reproduced:
        parts += [Text(), Text("Error of the simulator against the measurement:", "bold")]
        parts += [Text(f"  {line}") for line in words.reproduced_lines(plan)]
    parts += [Text(note, "dim") for note in [*(plan.capacity.notes if plan.capacity else []), *plan.notes]]
    if folder is not None:
        parts += [Text(), Text.assemble("Plan: ", (str(folder / "plan.html"), "bold"))]
    return Group(*parts)


def _verdict(plan: PlanFile) -> Text:
    text = Text.assemble((words.headline(plan).upper(), f"bold {COLOUR[plan.verdict]}"), "\n", words.sentence(plan))
    for reason in plan.reasons:
        text.append(f"\n  - {human.clip(reason, 400)}")
    text.append(f"\n{words.model_line(plan)}. Promised: {words.promise(plan)}. Rests on {plan.source}.", "dim")
    return text


def _table(plan: PlanFile) -> Table:
    per, unit = unit_of(plan)
    title = f"Plan, priced as {plan.hardware_name}: {plan.price}"
    table = Table(title=Text(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    budget = words.quantile(plan)
    if plan.budget_per_inference is not None:
        budget += f" under {human.money(plan.budget_per_inference * per, plan.currency)}"
    each = f"{unit.capitalize()} (p10 to p90)"
    head = ["Scale", "Mean, peak", "Replicas", "Instances", "Used", each, "Per month", "Margin", budget, "Basis"]
    for i, name in enumerate(head):
        table.add_column(name, no_wrap=i in (0, 2, 3), overflow="fold")
    for at in plan.scales:
        table.add_row(*_row(at, plan.currency, per))
    return table


def _row(at: PlanAtScale, currency: str, per: int) -> list[Text]:
    fleet, option = at.fleet, words.judged(at)
    replicas = f"{fleet.replicas}{f' ({fleet.spare} spare)' if fleet.spare else ''}" if fleet else human.MISSING
    answer = YES_NO[at.within_budget]
    if at.budget_quantile_cost is not None:
        answer = f"{answer}: {human.money(at.budget_quantile_cost * per, currency)}"
    cells = [
        f"{human.significant(at.demand.mean_rate)}, {human.rate(at.demand.peak_rate)}",
        replicas,
        human.significant(fleet.instances if fleet else None),
        human.percent(fleet.utilisation if fleet else None, 0),
        words.costs(at, currency, per),
        human.money(option.cost_per_month if option else None, currency),
    ]
    margin = Text(human.percent(option.margin if option else None), "bold red" if at.within_margin is False else "")
    answered = Text(answer, "bold red" if at.within_budget is False else "")
    return [Text(human.scale(at.scale), "bold"), *map(Text, cells), margin, answered, Text(at.basis)]
