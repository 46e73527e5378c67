"""One Locust process: how it is started, how it is ended, and what it said last."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from ftbench.load.plan import LoadPlan
from ftbench.shipped import shipped

NOT_FOR_LOCUST = ("LOCUST_", "RAY_")  # the first would change the run; a load process has nothing to do with Ray


def shipped_locustfile(plan: LoadPlan) -> Path:
    """The one that sends this plan."""
    return shipped("locustfiles") / ("closed_loop.py" if plan.closed else "open_loop.py")


def start_locust(plan: LoadPlan, locustfile: Path, folder: Path, worker: int, web_ui_port: int | None = None) -> subprocess.Popen:
    """Worker `worker` of the plan that stands in `folder`/plan.json, in a session of its own.

    With `web_ui_port` Locust's page is on 127.0.0.1 for as long as the run lasts, and the run starts by itself all the same.
    """
    command = [sys.executable, "-m", "locust", "-f", str(locustfile.resolve()), "--exit-code-on-error", "0"]
    if web_ui_port is None:
        command += ["--headless", "--only-summary"]
    else:
        command += ["--autostart", "--autoquit", "0", "--web-host", "127.0.0.1", "--web-port", str(web_ui_port)]
    if plan.closed is None:
        command += ["-u", "1", "-r", "1"]  # a closed loop's users come from its LoadTestShape
    command += ["--ft-plan", str(folder / "plan.json"), "--ft-worker", str(worker)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(NOT_FOR_LOCUST)}
    with log_file(folder, worker).open("wb") as log:
        return subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )


def kill(process: subprocess.Popen) -> None:
    """End the process and all that it may have started; the group outlives its leader."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def how_it_ended(process: subprocess.Popen) -> str:
    return f"its process ended with {'signal' if process.returncode < 0 else 'exit code'} {abs(process.returncode)}"


def log_file(folder: Path, worker: int) -> Path:
    return folder / f"locust-{worker}.log"


def last_words(folder: Path, worker: int) -> str:
    path = log_file(folder, worker)
    return path.read_text(encoding="utf-8", errors="replace").strip()[-600:] if path.exists() else ""
