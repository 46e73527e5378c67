"""A command run to its end, with the processor time of all of its processes as it went."""

import os
import signal
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil

STEP_S = 0.2


class Watched(NamedTuple):
    """`at_ns` [monotonic clock] and `cpu_s`, the processor time of the whole tree up to then: shape (n,), both ascending."""

    code: int | None
    output: str
    at_ns: np.ndarray
    cpu_s: np.ndarray

    def cpu_between(self, from_ns: float, to_ns: float) -> float:
        """Seconds of processor time that the tree took in the window."""
        return float(np.diff(np.interp([from_ns, to_ns], self.at_ns, self.cpu_s))[0])


def real_time() -> None:
    """The calling process and its children become real-time, below the server of known latency and all at one level."""
    os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(os.sched_get_priority_min(os.SCHED_RR)))


def watched(command: list[object], folder: Path, environment: dict[str, str], limit_s: float, *, first: bool) -> Watched:
    """Run `command` in `folder`. One that takes longer than `limit_s` is ended, and its `code` is None."""
    at_ns, cpu_s, known = [], [], {}
    with (folder / "output.txt").open("w+") as output:
        process = subprocess.Popen(
            list(map(str, command)), cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True, preexec_fn=real_time if first else None,
        )  # fmt: skip
        tree, over = psutil.Process(process.pid), threading.Event()

        def look() -> None:
            while not over.wait(STEP_S):
                with suppress(psutil.Error):
                    for one in (tree, *tree.children(recursive=True)):
                        with suppress(psutil.Error):
                            known[one.pid, one.create_time()] = sum(one.cpu_times()[:2])  # of one that has ended, the last that was seen
                at_ns.append(time.monotonic_ns())
                cpu_s.append(sum(known.values()))

        looker = threading.Thread(target=look, daemon=True)
        looker.start()
        try:
            code = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            over.set()
            looker.join()
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        output.seek(0)
        return Watched(code, output.read(), np.array(at_ns), np.array(cpu_s))
