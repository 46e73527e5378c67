"""What the command prints when a run has ended: verdict, tests, load, cost, where the report lies."""

from pathlib import Path

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ftbench.metrics.summary import Latency, LoadSummary
from ftbench.report import human, words
from ftbench.report.clean import showable
from ftbench.report.contract import Report
from ftbench.report.cost_table import YES_NO, spread, unit_of

COLOUR = {
    "SHIP": "green",
    "PASS": "green",
    "DO_NOT_SHIP": "red",
    "FAIL": "red",
    "NEEDS_REVIEW": "yellow",
    "INVALID": "magenta",
    "SKIPPED": "dim",
}


def summary_lines(report: Report, folder: Path | None = None) -> Group:
    """The end of a run for a rich console; plain text where the output is no terminal. Texts of a report are never read as rich markup.

    Args:
        folder: the run folder; its report.html is named on the last line.
    """
    report = showable(report)
    parts: list[RenderableType] = [_verdict(report), Text(), _tests(report)]
    if report.load:
        parts += [Text(), _load(report.load, report.hardware.measured_on)]
        parts += [Text(f"{human.scale(x.scale)}: {warning}", "red") for x in report.load for warning in words.warnings(x)]
    if report.cost:
        parts += [Text(), _cost(report)]
    if report.review is not None and report.review.open and folder is not None:
        queue = folder / "review" / "queue.csv"
        parts += [Text(), Text(f"{words.review_line(report)}. Fill in {queue}, then:")]
        parts += [Text(f"  ftbench import-ratings {folder} {queue} --rater NAME"), Text(f"  ftbench gate --resume {folder}")]
    if folder is not None:
        parts += [Text(), Text.assemble("Report: ", (str(folder / "report.html"), "bold"))]
    return Group(*parts)


def _verdict(report: Report) -> Text:
    text = Text.assemble((words.headline(report).upper(), f"bold {COLOUR[report.verdict]}"), "\n", words.sentence(report))
    for reason in report.verdict_reasons:
        text.append(f"\n  - {human.clip(reason, 300)}")
    text.append(f"\n{words.model_line(report)}. Measured on {report.hardware.measured_on}.", "dim")
    for line in filter(None, [words.baseline_line(report) and f"Compared with {words.baseline_line(report)}", *words.judge_lines(report)]):
        text.append(f"\n{human.clip(line, 300)}", "dim")
    for note in report.model.notes:
        text.append(f"\n{human.clip(note, 300)}", "dim")
    return text


def _tests(report: Report) -> Table:
    table = _table("Tests", ["#", "Test", "Status", "Evidence", "Decided by"], fixed=4)
    for check in report.checks:
        says = "\n".join(human.clip(line, 160) for line in words.decisive(check))
        status = Text(words.STATUS[check.status], "yellow" if words.is_borderline(check) else COLOUR[check.status])
        table.add_row(Text(str(check.number)), Text(check.title), status, Text(words.evidence(check)), Text(says))
    return table


def _load(loads: list[LoadSummary], machine: str) -> Table:
    head = ["Scale", "Sent", "Requests", "Failed", "TTFT p50/p99", "TPOT p50/p99", "E2E p50/p99", "Good", "State"]
    struck = "" if all(map(words.is_trusted, loads)) else ", ✗ not a result"
    table = _table(f"Load, measured on {machine}. * too few requests to certify the p99{struck}", head, fixed=4)
    for x in loads:
        trusted = words.is_trusted(x)
        cells = [human.rate(x.achieved_rate), f"{x.n:,}", f"{sum(x.errors.values()):,}"]
        times = [_pair(latency, trusted) for latency in (x.ttft, x.tpot, x.e2e)]
        state = Text(words.condition(x), "" if trusted else "bold red")
        table.add_row(Text(human.scale(x.scale), "bold"), *map(Text, cells), *times, Text(words.good(x)), state)
    return table


def _cost(report: Report) -> Table:
    per, unit = unit_of(report.cost)
    drawn = any(c.cost_p10 is not None for c in report.cost)
    table = _table(
        f"Cost, priced as {report.hardware.name}: {report.hardware.price}",
        ["Scale", "Basis", "Replicas", unit.capitalize(), *(["p10 / p50 / p90"] if drawn else []), "Per month", "Margin", "Within budget"],
        fixed=3,
    )
    for c in report.cost:
        each = None if c.cost_per_inference is None else c.cost_per_inference * per
        range_ = [spread(c, per)] if drawn else []
        cells = [c.basis, human.significant(c.replicas), human.money(each, c.currency), *range_, human.money(c.cost_per_month, c.currency)]
        budget = Text(YES_NO[c.within_budget], "bold red" if c.within_budget is False else "")
        table.add_row(Text(human.scale(c.scale), "bold"), *map(Text, cells), Text(human.percent(c.margin)), budget)
    return table


def _pair(latency: Latency, trusted: bool) -> Text:
    """Where it is no result it is struck, and marked for a terminal that cannot strike."""
    star = "*" if latency.p99_s is not None and words.uncertified(latency, "p99") else ""
    text = f"{human.duration(latency.p50_s)} / {human.duration(latency.p99_s)}{star}"
    return Text(text) if trusted else Text(f"✗ {text}", "dim strike")


def _table(title: str, columns: list[str], fixed: int) -> Table:
    table = Table(title=Text(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for i, column in enumerate(columns):
        table.add_column(column, no_wrap=i < fixed and i != 1, overflow="fold")
    return table
