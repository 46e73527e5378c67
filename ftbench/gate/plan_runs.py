"""Load runs as gate, capacity search, sweep and `ftbench load` leave them in their folders."""

import json
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from pydantic import ValidationError

from ftbench.errors import InputError
from ftbench.load.records import read_runs
from ftbench.metrics.run_info import RunInfo
from ftbench.metrics.summarise import summarise
from ftbench.metrics.summary import LoadSummary


class Run(NamedTuple):
    """One load run: what was found, what is known of it, and its rows. `probe`: of a search, which looks on both sides of its limit."""

    summary: LoadSummary
    info: RunInfo
    records: pa.Table
    probe: bool = False


def gate_runs(folder: Path) -> list[Run]:
    """Every scale of a gate or of an earlier plan.

    Raises:
        InputError: its traffic was not driven to the end, or its records are gone.
    """
    records = folder / "requests.parquet"
    if not records.exists():
        raise InputError(f"{folder} holds no requests.parquet: {_why_none(folder)}")
    report = folder / "report.json"
    known = {load.scale: load for load in _summaries(report)} if report.exists() else {}
    return [Run(known.get(info.scale) or _summarised(folder, info, table), info, table) for info, table in read_runs(records)]


def search_runs(folder: Path) -> list[Run]:
    """Every run of a capacity search that came to its end."""
    rows = json.loads((folder / "capacity.json").read_text(encoding="utf-8")).get("probes", [])
    folders = [folder / name for row in rows for name in row["folders"] if (folder / name / "requests.parquet").exists()]
    return [run._replace(probe=True) for one in folders for run in _one(one)]


def sweep_runs(folder: Path) -> list[Run]:
    """Every run of a sweep over rates.

    Raises:
        InputError: it was one over numbers of users, who ask less of a slow server.
    """
    found = json.loads((folder / "sweep.json").read_text(encoding="utf-8"))
    if found.get("axis") != "rate":
        raise InputError(f"The sweep in {folder} was over numbers of users, so no rate was asked of the server. Sweep over rates: --rates.")
    return [run for row in found["rows"] for run in _one(folder / row["folder"])]


def load_runs(folder: Path) -> list[Run]:
    """The run of `ftbench load`.

    Raises:
        InputError: there is none.
    """
    if not (folder / "requests.parquet").exists():
        raise InputError(f"{folder} holds no requests.parquet. Name the folder of a run, or a spec to measure.")
    return _one(folder)


def _one(folder: Path) -> list[Run]:
    (info, table), *_ = read_runs(folder / "requests.parquet")
    file = folder / "summary.json"
    if not file.exists():
        return [Run(summarise(table, info), info, table)]
    try:
        return [Run(LoadSummary.model_validate_json(file.read_bytes()), info, table)]
    except ValidationError:
        raise InputError(f"{file} was written by another version of ftbench. Measure again.") from None


def _summaries(report: Path) -> list[LoadSummary]:
    try:
        return [LoadSummary.model_validate(load) for load in json.loads(report.read_text(encoding="utf-8"))["load"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []  # of another version: what is needed is summarised again from the records


def _summarised(folder: Path, info: RunInfo, table: pa.Table) -> LoadSummary:
    from ftbench.gate.run_folder import RunFolder
    from ftbench.telemetry import summarise_telemetry

    return summarise(table, info, telemetry=summarise_telemetry(RunFolder(folder).telemetry(info.scale), info, table))


def _why_none(folder: Path) -> str:
    if (folder / "report.json").exists():
        return "only the report of that run is left, and a plan needs its records."
    return f"its traffic was not driven to the end. Go on with it: ftbench gate --resume {folder}."
