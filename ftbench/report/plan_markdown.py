"""The plan as GitHub-flavoured Markdown, short enough for a pull request comment."""

from ftbench.cost.plan_file import PlanFile
from ftbench.report import human
from ftbench.report import plan_words as words
from ftbench.report.clean import showable
from ftbench.report.cost_table import YES_NO
from ftbench.report.markdown import plain
from ftbench.report.plan_tables import plan_notes, unit_of


def render_plan_markdown(plan: PlanFile) -> str:
    """Verdict, a row a scale, what was seen, how far the simulator can be trusted. Never raises on a PlanFile."""
    plan = showable(plan)
    blocks = [_top(plan), _scales(plan), _seen(plan), _reproduced(plan), _notes(plan)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _top(plan: PlanFile) -> str:
    lines = [f"## {plain(words.headline(plan))}: capacity plan of {plain(plan.name)}", "", plain(words.sentence(plan))]
    if plan.reasons:
        lines += ["", *[f"- {plain(reason)}" for reason in plan.reasons]]
    lines += ["", f"{plain(words.model_line(plan))}. Promised: {plain(words.promise(plan))}. Price: {plain(plan.price)}."]
    return "\n".join([*lines, "", plain(words.capacity_line(plan), 800)])


def _scales(plan: PlanFile) -> str:
    per, unit = unit_of(plan)
    rows = []
    for at in plan.scales:
        option = words.judged(at)
        rows.append(
            [
                human.scale(at.scale),
                f"{human.rate(at.demand.mean_rate)}, {human.rate(at.demand.peak_rate)}",
                plain(words.fleet_line(at)),
                human.percent(at.fleet.utilisation) if at.fleet else human.MISSING,
                words.costs(at, plan.currency, per),
                human.money(option.cost_per_month if option else None, plan.currency),
                human.percent(option.margin) if option else human.MISSING,
                f"**{YES_NO[at.within_budget]}**" if at.within_budget is False else YES_NO[at.within_budget],
                at.basis,
            ]
        )
    head = [
        "Scale",
        "Mean, busiest hour",
        "Fleet",
        "Used",
        f"Cost {unit} (p10 to p90)",
        "Per month",
        "Margin",
        "Within budget",
        "Basis",
    ]
    return _table(head, rows)


def _seen(plan: PlanFile) -> str:
    return "\n".join(f"- **{scale}** {plain(line, 600)}" for scale, line in words.sentences(plan))


def _reproduced(plan: PlanFile) -> str:
    if not plan.reproduced:
        return ""
    return "\n".join(
        ["### Error of the simulator against the measurement", "", *[f"- {plain(line)}" for line in words.reproduced_lines(plan)]]
    )


def _notes(plan: PlanFile) -> str:
    told = [f"- **{scales}** {plain(note, 600)}" for scales, note in plan_notes(plan)]
    told += [f"- {plain(note, 600)}" for note in [*(plan.capacity.notes if plan.capacity else []), *plan.uncertain, *plan.notes]]
    return "\n".join(["### Where each number comes from", "", *told]) if told else ""


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])
