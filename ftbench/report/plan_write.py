"""A plan into its three files and back."""

import json
from pathlib import Path

from pydantic import ValidationError

from ftbench.cost.plan_file import SCHEMA, PlanFile
from ftbench.errors import InputError, InvalidMeasurement
from ftbench.report.plan_html import render_plan_html
from ftbench.report.plan_markdown import render_plan_markdown
from ftbench.report.write import replace


def plan_json(plan: PlanFile) -> str:
    """plan.json.

    Raises:
        InvalidMeasurement: a number in it is NaN or infinite.
    """
    try:
        return json.dumps(plan.model_dump(mode="python", by_alias=True), ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    except ValueError as error:
        raise InvalidMeasurement(f"The plan holds a number that cannot be stored: {error}.") from None


def write_plan_files(plan: PlanFile, folder: Path) -> list[Path]:
    """Write plan.json, plan.html and plan.md into `folder` (made if missing); all are rendered before the first file changes.

    Raises:
        InvalidMeasurement: as `plan_json`.
        InputError: the folder cannot be written to.
    """
    texts = {"plan.json": plan_json(plan), "plan.html": render_plan_html(plan), "plan.md": render_plan_markdown(plan)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [replace(folder / name, text) for name, text in texts.items()]
    except OSError as error:
        raise InputError(f"{folder} cannot be written to: {error.strerror}. Choose another folder with --out.") from None


def read_plan_file(path: Path) -> PlanFile:
    """The plan in a folder, or in a plan.json itself.

    Raises:
        InputError: there is none, or it is not one of this version.
    """
    file = path / "plan.json" if path.is_dir() else path
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read: {error}. It is what `ftbench plan` writes.") from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise InputError(f"{file} is not a plan of this version of ftbench. Plan again: ftbench plan RUN.")
    try:
        return PlanFile.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"{file} is not a whole plan: {'.'.join(map(str, first['loc']))}: {first['msg']}. Plan again.") from None
