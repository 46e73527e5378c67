"""The folder of one run: what stands in it, how a file gets into it whole, and how a killed run is found again."""

import json
import os
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from ftbench.errors import InputError
from ftbench.spec import Spec

# Thresholds, prices and ratings may change between an interruption and its end; what was measured may not.
MEASURED = ("schema", "name", "model", "endpoint", "system_prompt", "serving", "load", "slo", "validity")


class RunFolder:
    """Paths of one run. Files are written to a temporary name, flushed and renamed: a kill leaves a whole file or none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name
        self.spec = path / "spec.yaml"
        self.environment = path / "environment.json"
        self.reached = path / "reached.json"
        self.origin = path / "origin"
        self.generations = path / "generations.jsonl"
        self.records = path / "requests.parquet"
        self.checks = path / "checks"
        self.log = path / "run.log"

    def load(self, scale: float) -> Path:
        """Where the load run of one scale keeps its own files."""
        return self.path / "load" / f"{scale:g}x"

    def telemetry(self, scale: float) -> Path:
        """What was sampled beside the load run of one scale; of an interrupted run, as far as it went."""
        return self.load(scale) / "telemetry.jsonl"

    def write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        with part.open("w", encoding="utf-8", errors="backslashreplace") as file:  # a traceback may hold half of a surrogate pair
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)

    def read_json(self, path: Path) -> dict[str, Any]:
        """What `path` holds; nothing where it is not there yet."""
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def write_json(self, path: Path, data: Any) -> None:
        self.write(path, json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n")

    @contextmanager
    def logging(self) -> Iterator[Callable[[str], None]]:
        """A function that adds a line with its instant to run.log."""
        with self.log.open("a", encoding="utf-8") as file:

            def log(text: str) -> None:
                file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {text}\n")
                file.flush()

            yield log


def new_folder(reports: Path, spec: Spec, what: str | None = None) -> RunFolder:
    """A fresh folder `reports`/<date>T<time>-<name>-<what>-<random>; `what` is the variant where nobody says it."""
    stamp = datetime.now().astimezone().strftime("%Y-%m-%dT%H%M%S")
    folder = RunFolder(reports / f"{stamp}-{_slug(spec.name)}-{_slug(what or spec.variant)}-{uuid.uuid4().hex[:4]}")
    try:
        folder.path.mkdir(parents=True)
    except OSError as error:
        raise InputError(f"{folder.path} cannot be made: {error.strerror}. Choose another folder with --out.") from None
    folder.write(folder.spec, resolved(spec))
    if spec.file is not None:
        folder.write(folder.origin, str(spec.file))
    return folder


def spec_of_run(reports: Path, run_id: str) -> tuple[Path, str | None]:
    """(spec file, variant) that a run was started with, so that it can be resumed without naming them. No variant for an endpoint.

    Raises:
        InputError: there is no such run, or the file is gone.
    """
    folder = _run(reports, run_id)
    path = Path(folder.origin.read_text(encoding="utf-8")) if folder.origin.exists() else None
    if path is None or not path.is_file():
        gone = f"{path} is not there any more" if path else "it is not known where its spec lay"
        raise InputError(f"Run {folder.id}: {gone}. Name the spec: ftbench gate SPEC --resume {run_id}.")
    model = yaml.safe_load(folder.spec.read_text(encoding="utf-8")).get("model")
    return path, model and model["variant"]


def resume_folder(reports: Path, run_id: str, spec: Spec) -> RunFolder:
    """The folder of an earlier run of this very spec.

    Raises:
        InputError: there is none, or the spec has changed since: two halves of different contracts make no run.
    """
    folder = _run(reports, run_id, spec.folder)
    before, now = yaml.safe_load(folder.spec.read_text(encoding="utf-8")), yaml.safe_load(resolved(spec))
    changed = [part for part in MEASURED if before.get(part) != now.get(part)]
    if changed:
        raise InputError(
            f"The spec has changed since run {run_id} began: {', '.join(changed)} ({folder.spec}). Start a new run, or give the old spec."
        )
    folder.write(folder.spec, resolved(spec))
    return folder


def _run(reports: Path, run_id: str, not_here: Path | None = None) -> RunFolder:
    folder = RunFolder(reports / run_id if (reports / run_id).is_dir() else Path(run_id))
    if not folder.spec.exists() or folder.path.resolve() in (reports.resolve(), not_here):
        known = sorted(p.parent.name for p in reports.glob("*/spec.yaml"))[-3:]
        hint = f" The last ones are: {', '.join(known)}." if known else ""
        raise InputError(f"There is no run {run_id} in {reports}.{hint}")
    return folder


def resolved(spec: Spec) -> str:
    """The spec with every default written out, as YAML."""
    data = spec.model_dump(mode="json", by_alias=True)
    data["tests"] = {name: section for name, section in data["tests"].items() if section is not None}
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def _slug(text: str) -> str:
    """A name or a variant may hold anything; in the name of a folder a slash would make two of it."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:40] or "x"
