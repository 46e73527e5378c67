"""The load processes of one machine, in one folder: the whole crew of a local run, or what one node of a cluster has of it."""

import json
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from ftbench.errors import InvalidMeasurement
from ftbench.load.crew import Look
from ftbench.load.crew.process import how_it_ended, kill, last_words, start_locust
from ftbench.load.files import facts_file, put_json, ready_file, start_file, status_file, stop_file
from ftbench.load.plan import LoadPlan


class Hands:
    """`folder` holds plan.json and nothing of an earlier run."""

    def __init__(self, plan: LoadPlan, folder: Path) -> None:
        self.plan, self.folder = plan, folder
        self.processes: dict[int, subprocess.Popen] = {}
        self._statuses: dict[int, dict] = {}

    def start(self, workers: Iterable[int], locustfile: Path, web_ui_port: int | None = None) -> None:
        for worker in workers:
            self.processes[worker] = start_locust(self.plan, locustfile, self.folder, worker, web_ui_port)

    def unready(self) -> list[int]:
        """
        Raises:
            InvalidMeasurement: one has ended instead.
        """
        waiting = [worker for worker in self.processes if not ready_file(self.folder, worker).exists()]
        for worker in waiting:
            if self.processes[worker].poll() is not None:
                raise InvalidMeasurement(f"Load process {worker} did not come up: {last_words(self.folder, worker)}")
        return waiting

    def begin_at(self, start_ns: int) -> None:
        put_json(start_file(self.folder), {"start_ns": start_ns})

    def look(self) -> Look:
        for worker in self.processes:
            self._statuses[worker] = read_status(status_file(self.folder, worker)) or self._statuses.get(worker, {})
        ended = {worker: process for worker, process in self.processes.items() if process.poll() is not None}
        words = [(worker, self._statuses[worker].get("aborted")) for worker in self.processes]
        why = next((f"load process {worker} ended the run: {word}" for worker, word in words if word), None)
        return Look(len(self.processes) - len(ended), dict(self._statuses), why, self._lost(ended))

    def stop(self, why: str) -> None:
        stop_file(self.folder).write_text(why, encoding="utf-8")

    def end(self) -> dict[int, str]:
        """Nobody runs any longer; who left no facts was lost, and how."""
        self.close()
        return self._lost(self.processes)

    def close(self) -> None:
        for process in self.processes.values():
            kill(process)

    def facts(self, worker: int) -> dict | None:
        """What a worker that came to its end has written about itself."""
        path = facts_file(self.folder, worker)
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def last_words(self, worker: int) -> str:
        return last_words(self.folder, worker)

    def _lost(self, ended: dict[int, subprocess.Popen]) -> dict[int, str]:
        return {worker: how_it_ended(process) for worker, process in ended.items() if not facts_file(self.folder, worker).exists()}


def read_status(path: Path) -> dict | None:
    """A worker's status line with its age, `age_s`; None where there is none, or where it was being written over at this moment."""
    try:
        age_s = time.time() - path.stat().st_mtime
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return {**found, "age_s": max(0.0, age_s)} if isinstance(found, dict) else None
