"""The page for the client: one HTML file, no script, nothing fetched. Every text of a report is escaped by Jinja's autoescape."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ftbench.metrics.summary import LoadSummary
from ftbench.report import human, words
from ftbench.report.charts import latency_chart
from ftbench.report.clean import showable
from ftbench.report.contract import Report
from ftbench.report.cost_table import cost_notes, cost_table
from ftbench.report.load_table import LATENCIES, limits, load_details, load_notes, load_table
from ftbench.report.machines import machine_lines
from ftbench.report.matrix import shared
from ftbench.report.time_chart import Stretch, time_chart

MOST_IDS = 20


def render_html(report: Report) -> str:
    """The whole page. Never raises on a Report, whatever its texts hold."""
    report = showable(report)
    return (
        page_environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            charts=[(title, chart) for field, title in LATENCIES if (chart := latency_chart(report.load, field, title)) is not None],
            load=load_table(report.load),
            load_details=load_details(report.load),
            time_charts=list(_time_charts(report.load)),
            told=shared([(human.scale(x.scale), machine_lines(x.server, x.hosts, x.energy)) for x in report.load]),
            failures=shared([(human.scale(x.scale), words.failures(x)) for x in report.load]),
            load_notes=load_notes(report.load),
            limits=limits(report.load),
            cost=cost_table(report.cost),
            cost_notes=cost_notes(report.cost),
            environment=list(flat(report.environment)),
            most_ids=MOST_IDS,
        )
    )


def _time_charts(loads: list[LoadSummary]) -> Iterator[tuple[str, Markup]]:
    """(title, chart) of the whole response over the time of each run that is a measurement: a growing queue is seen there."""
    for load in loads:
        stretches = [Stretch((s.from_s + s.to_s) / 2 - load.timeline[0].from_s, s.e2e_p50_s, s.e2e_p99_s) for s in load.timeline]
        title = f"Whole response over time, {human.scale(load.scale)}"
        if load.valid and (chart := time_chart(stretches, title, "Whole response")) is not None:
            yield title, chart


def flat(data: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """(dotted name, text) of everything in a nested mapping; a list is one text."""
    for key, item in data.items():
        name = f"{prefix}{key}"
        if isinstance(item, dict) and item:
            yield from flat(item, f"{name}.")
        elif isinstance(item, list | tuple):
            yield name, ", ".join(str(part) for part in item) or human.MISSING
        else:
            yield name, human.MISSING if item is None or item == {} else str(item)


def unbroken(text: str) -> str:
    """`text` with each number kept on one line with its unit."""
    return re.sub(r"(?<=\d) (?=(%|[mµ]?s\b|min\b|h\b|/s\b|GB\b))", "\N{NO-BREAK SPACE}", text)


@cache
def page_environment() -> Environment:
    """What every page is rendered with."""
    environment = Environment(
        loader=PackageLoader("ftbench.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(human=human, words=words)
    environment.filters["unbroken"] = unbroken
    return environment
