"""The page for the client: one HTML file, no script, nothing fetched. Every text of a report is escaped by Jinja's autoescape."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from ftbench.report import human, words
from ftbench.report.charts import latency_chart
from ftbench.report.clean import showable
from ftbench.report.contract import Report
from ftbench.report.cost_table import cost_notes, cost_table
from ftbench.report.load_table import LATENCIES, limits, load_details, load_notes, load_table

MOST_IDS = 20


def render_html(report: Report) -> str:
    """The whole page. Never raises on a Report, whatever its texts hold."""
    report = showable(report)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            charts=[(title, chart) for field, title in LATENCIES if (chart := latency_chart(report.load, field, title)) is not None],
            load=load_table(report.load),
            load_details=load_details(report.load),
            load_notes=load_notes(report.load),
            limits=limits(report.load),
            cost=cost_table(report.cost),
            cost_notes=cost_notes(report.cost),
            environment=list(flat(report.environment)),
            most_ids=MOST_IDS,
        )
    )


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
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ftbench.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(human=human, words=words)
    environment.filters["unbroken"] = unbroken
    return environment
