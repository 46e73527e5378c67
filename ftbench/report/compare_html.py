"""The comparison as a page: one HTML file, no script, nothing fetched. Every text of it is escaped by Jinja's autoescape."""

from ftbench.compare.costs import scale_of
from ftbench.compare.file import CompareFile
from ftbench.report import compare_words as words
from ftbench.report import human
from ftbench.report.clean import showable
from ftbench.report.compare_charts import cost_quality_chart, latency_throughput_chart
from ftbench.report.compare_curves import difference_chart, step_charts
from ftbench.report.compare_tables import SPEED_HEAD, cell_notes, matrix_table, speed_rows
from ftbench.report.html import flat, page_environment

MOST_PAIRS = 40  # of speed; the rest is in compare.json


def render_compare_html(file: CompareFile) -> str:
    """The whole page. Never raises on a CompareFile, whatever its texts hold."""
    file = showable(file)
    return (
        page_environment()
        .get_template("compare.html.j2")
        .render(
            file=file,
            says=words,
            table=matrix_table(file),
            fronts=[
                (f"Quality against cost at {human.scale(scale_of(file))}", cost_quality_chart(file)),
                ("Throughput against latency", latency_throughput_chart(file)),
            ],
            differences=difference_chart(file),
            curves=step_charts(file),
            speed_head=SPEED_HEAD,
            speed=speed_rows(file),
            notes_of_cells=cell_notes(file),
            environment=list(flat(file.environment)),
            most_pairs=MOST_PAIRS,
        )
    )
