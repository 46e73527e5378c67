"""A plan into its three files and back."""

from pathlib import Path

from ftbench.cost.plan_file import SCHEMA, PlanFile
from ftbench.report.plan_html import render_plan_html
from ftbench.report.plan_markdown import render_plan_markdown
from ftbench.report.result_file import Kind, read_result, to_json, write_texts

KIND = Kind("plan.json", SCHEMA, "plan", "ftbench plan", "Plan again: ftbench plan RUN")


def plan_json(plan: PlanFile) -> str:
    """plan.json.

    Raises:
        InvalidMeasurement: a number in it is NaN or infinite.
    """
    return to_json(plan, KIND)


def write_plan_files(plan: PlanFile, folder: Path) -> list[Path]:
    """Write plan.json, plan.html and plan.md into `folder` (made if missing); all are rendered before the first file changes.

    Raises:
        InvalidMeasurement: as `plan_json`.
        InputError: the folder cannot be written to.
    """
    return write_texts({KIND.file: plan_json(plan), "plan.html": render_plan_html(plan), "plan.md": render_plan_markdown(plan)}, folder)


def read_plan_file(path: Path) -> PlanFile:
    """The plan in a folder, or in a plan.json itself.

    Raises:
        InputError: there is none, or it is not one of this version.
    """
    return read_result(path, PlanFile, KIND)
