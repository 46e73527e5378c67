"""A report into its four files and back. A file is either the old one or the new one, never half of either."""

import json
import os
from pathlib import Path

from pydantic import ValidationError

from ftbench.errors import InputError
from ftbench.report.clean import storable
from ftbench.report.contract import SCHEMA, Report
from ftbench.report.html import render_html
from ftbench.report.junit import render_junit
from ftbench.report.markdown import render_markdown


def write_report(report: Report, folder: Path) -> list[Path]:
    """Write report.json, report.html, report.md and junit.xml into `folder` (made if missing); their paths in that order.

    Everything is rendered before the first file changes, so the four always tell of one run.

    Raises:
        InvalidMeasurement: a number that the contract needs is NaN or infinite.
    """
    report = storable(report)
    texts = {
        "report.json": json.dumps(report.model_dump(mode="json", by_alias=True), ensure_ascii=False, allow_nan=False, indent=1) + "\n",
        "report.html": render_html(report),
        "report.md": render_markdown(report),
        "junit.xml": render_junit(report),
    }
    folder.mkdir(parents=True, exist_ok=True)
    return [replace(folder / name, text) for name, text in texts.items()]


def read_report(path: Path) -> Report:
    """The report in a run folder, or in a report.json itself.

    Raises:
        InputError: there is none, it is not JSON, or not a report of this version.
    """
    file = path / "report.json" if path.is_dir() else path
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{file} does not exist. Name a run folder that holds a report.json, or that file itself.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}.") from None
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{file} is not JSON ({error}). Name the report.json that a gate wrote.") from None
    kind = data.get("schema") if isinstance(data, dict) else None
    if kind != SCHEMA:
        raise InputError(
            f"{file} is not a report of this version: its schema is {kind!r}, not {SCHEMA!r}. Run the gate again with this ftbench."
        )
    try:
        return Report.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"{file} is not a whole report: {where}: {first['msg']}. Run the gate again, or restore the file.") from None


def replace(path: Path, text: str) -> Path:
    """Write `text` to `path`, whole or not at all."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return path
