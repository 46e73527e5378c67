"""The plan as a page: one HTML file, no script, nothing fetched. Every text of a plan is escaped by Jinja's autoescape."""

from ftbench.cost.plan_file import PlanFile
from ftbench.report import human
from ftbench.report import plan_words as words
from ftbench.report.clean import showable
from ftbench.report.html import page_environment
from ftbench.report.plan_charts import cost_chart, tornado_chart
from ftbench.report.plan_tables import missing_options, month_table, options_table, plan_notes, plan_table, unit_of


def render_plan_html(plan: PlanFile) -> str:
    """The whole page. Never raises on a PlanFile, whatever its texts hold."""
    plan = showable(plan)
    per, unit = unit_of(plan)
    tornados = [(human.scale(at.scale), chart) for at in plan.scales if (chart := tornado_chart(at, plan.currency, per, unit)) is not None]
    return (
        page_environment()
        .get_template("plan.html.j2")
        .render(
            plan=plan,
            says=words,
            unit=unit,
            paid=next((words.PURCHASE[option.purchase] for at in plan.scales if (option := words.judged(at))), "on demand"),
            cost_chart=cost_chart(plan, per, unit),
            tornados=tornados,
            table=plan_table(plan),
            options=options_table(plan),
            month=month_table(plan),
            notes_of_scales=plan_notes(plan),
            missing=missing_options(plan),
            sentences=words.sentences(plan),
        )
    )
