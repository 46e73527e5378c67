"""The files by which the load processes and the one that started them talk. Knows neither gevent nor Locust."""

import json
from pathlib import Path

STATUS_SIZE = 1024  # a status is one line of this length, written over the one before


def put_json(path: Path, value: object) -> None:
    """Write by way of a temporary name: a reader never sees half a file."""
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(value), encoding="utf-8")
    part.rename(path)


def captures_file(folder: Path, worker: int) -> Path:
    return folder / f"captures-{worker}.bin"


def status_file(folder: Path, worker: int) -> Path:
    return folder / f"status-{worker}.json"


def facts_file(folder: Path, worker: int) -> Path:
    return folder / f"facts-{worker}.json"


def ready_file(folder: Path, worker: int) -> Path:
    return folder / f"ready-{worker}"


def start_file(folder: Path) -> Path:
    return folder / "start.json"


def stop_file(folder: Path) -> Path:
    """Once it is there, every worker stops sending; its text says why."""
    return folder / "stop"
