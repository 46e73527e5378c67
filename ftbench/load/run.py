"""Start the Locust processes of a plan, give them one start instant, wait for the last response, and gather the records."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ftbench.errors import InputError, InvalidMeasurement
from ftbench.load.collect import collect
from ftbench.load.files import facts_file, put_json, ready_file, start_file, status_file
from ftbench.load.plan import LoadPlan, schedule, write_plan
from ftbench.shipped import shipped

Progress = Callable[[float, float, int, int, int], None]

READY_S = 90.0  # a loaded machine may take long to import locust
HEAD_START_S = 0.2
GRACE_S = 30.0


def run_load(plan: LoadPlan, folder: Path, progress: Progress | None = None, *, locustfile: Path | None = None) -> Path:
    """Run `plan` and return `folder`/requests.parquet: exactly one row for each scheduled request.

    Locust runs in processes of its own, never in this one. Requests in flight at the end are waited for, until their own timeout. Whatever
    happens here, Ctrl-C included, no process is left behind. A worker that dies takes nobody along: what it had not finished is `dropped`,
    and the run's information says that it was lost.

    Args:
        progress: called about once a second with (elapsed_s, total_s, sent, done, errors); elapsed_s passes total_s while the last
            responses are waited for. The errors are those seen at first sight; the records have the exact count.
        locustfile: a copy of locustfiles/open_loop.py that the user has changed.
    Raises:
        InputError: the environment variable of the API key is not set.
        InvalidMeasurement: no worker came up, or none came to its end.
    """
    if plan.api_key_env and plan.api_key_env not in os.environ:
        raise InputError(f"The environment variable {plan.api_key_env} is not set. It must hold the API key for {plan.url}.")
    planned = schedule(plan)
    folder.mkdir(parents=True, exist_ok=True)
    inner = folder.resolve() / "load"
    shutil.rmtree(inner, ignore_errors=True)
    inner.mkdir()
    write_plan(plan, inner / "plan.json")
    processes: list[subprocess.Popen] = []
    try:
        for worker in range(plan.workers):
            processes.append(_start(locustfile or shipped("locustfiles") / "open_loop.py", inner, worker))
        _wait_until_ready(inner, processes)
        start_ns = time.monotonic_ns() + int(HEAD_START_S * 1e9)
        put_json(start_file(inner), {"start_ns": start_ns})
        deadline_s = planned.total_s + plan.timeout_s + plan.connect_timeout_s + GRACE_S
        _wait_until_done(inner, processes, start_ns, planned.total_s, deadline_s, progress)
    finally:
        for process in processes:
            _kill(process)
    lost = {k: _how_it_ended(process) for k, process in enumerate(processes) if not facts_file(inner, k).exists()}
    if len(lost) == plan.workers:
        raise InvalidMeasurement(f"No load process came to its end: {lost[0]}. Its last words: {_last_words(inner, 0)}")
    return collect(plan, inner, start_ns, folder / "requests.parquet", lost=lost)


def _start(locustfile: Path, folder: Path, worker: int) -> subprocess.Popen:
    command = [sys.executable, "-m", "locust", "-f", str(locustfile.resolve()), "--headless", "--only-summary", "-u", "1", "-r", "1"]
    command += ["--exit-code-on-error", "0", "--ft-plan", str(folder / "plan.json"), "--ft-worker", str(worker)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOCUST_")}  # they would change the run
    with _log(folder, worker).open("wb") as log:
        return subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )


def _wait_until_ready(folder: Path, processes: list[subprocess.Popen]) -> None:
    until = time.monotonic() + READY_S
    waiting = dict(enumerate(processes))
    while waiting:
        for worker, process in list(waiting.items()):
            if ready_file(folder, worker).exists():
                del waiting[worker]
            elif process.poll() is not None:
                raise InvalidMeasurement(f"Load process {worker} did not come up: {_last_words(folder, worker)}")
        if time.monotonic() > until:
            raise InvalidMeasurement(f"Load processes {sorted(waiting)} were not ready within {READY_S:g} s.")
        time.sleep(0.02)


def _wait_until_done(
    folder: Path, processes: list[subprocess.Popen], start_ns: int, total_s: float, deadline_s: float, progress: Progress | None
) -> None:
    told_s = 0.0
    while any(process.poll() is None for process in processes):
        elapsed_s = (time.monotonic_ns() - start_ns) / 1e9
        if elapsed_s > deadline_s:
            return
        if progress and elapsed_s - told_s >= 1.0:
            told_s = elapsed_s
            progress(elapsed_s, total_s, *_counts(folder, len(processes)))
        time.sleep(0.1)
    if progress:
        progress((time.monotonic_ns() - start_ns) / 1e9, total_s, *_counts(folder, len(processes)))


def _counts(folder: Path, workers: int) -> tuple[int, int, int]:
    paths = [status_file(folder, worker) for worker in range(workers)]
    told = [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.exists()]
    return tuple(sum(t[name] for t in told) for name in ("sent", "done", "errors"))


def _kill(process: subprocess.Popen) -> None:
    """End the process and all that it may have started; the group outlives its leader."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _how_it_ended(process: subprocess.Popen) -> str:
    return f"its process ended with {'signal' if process.returncode < 0 else 'exit code'} {abs(process.returncode)}"


def _log(folder: Path, worker: int) -> Path:
    return folder / f"locust-{worker}.log"


def _last_words(folder: Path, worker: int) -> str:
    return _log(folder, worker).read_text(encoding="utf-8", errors="replace").strip()[-600:]
