"""What one node of a cluster does for a run: its load processes in a folder of its own, asked and answered through a Ray actor.

An ordinary class; cluster.py makes an actor of it. Every method returns at once or soon.
"""

import os
import time
from contextlib import suppress
from pathlib import Path

import ftbench
from ftbench.load.crew import Look
from ftbench.load.crew.claim import Scratch, drop, new_scratch
from ftbench.load.crew.hands import Hands
from ftbench.load.crew.process import log_file, shipped_locustfile
from ftbench.load.crew.shift import shift_captures
from ftbench.load.files import captures_file
from ftbench.load.plan import LoadPlan, write_plan

LOG_BYTES = 65536


class Node:
    """Its folder and its processes are gone after `close`. Should this process be killed, the load processes notice and end, and the next
    run on this machine removes the folder."""

    def __init__(self) -> None:
        self.scratch: Scratch | None = new_scratch()
        self.folder = self.scratch.folder
        self.hands: Hands | None = None

    def hello(self, api_key_env: str | None) -> dict:
        """Version of ftbench, and whether the environment variable is set here. Its value never leaves the node."""
        return {"version": ftbench.__version__, "key": api_key_env is None or api_key_env in os.environ}

    def clock(self) -> int:
        """The monotonic clock [ns] that the load processes of this machine read."""
        return time.monotonic_ns()

    def start(self, plan: LoadPlan, workers: list[int], files: dict[str, bytes]) -> None:
        """Start these workers of the plan.

        Args:
            files: content of the user's `locustfile` and of the plan's `ca_file`, where there are any; paths mean another machine's files.
        """
        if "ca_file" in files:
            plan = plan.model_copy(update={"ca_file": str(self._put("ca.pem", files["ca_file"]))})
        locustfile = self._put("locustfile.py", files["locustfile"]) if "locustfile" in files else shipped_locustfile(plan)
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, 0)  # Ray's workers run at nice 15, and what they start would inherit it
        write_plan(plan, self.folder / "plan.json")
        self.hands = Hands(plan, self.folder)
        self.hands.start(workers, locustfile)

    def unready(self) -> list[int]:
        return self.hands.unready()

    def begin_at(self, start_ns: int) -> int:
        """Returns this node's clock once its workers can read the instant."""
        self.hands.begin_at(start_ns)
        return time.monotonic_ns()

    def look(self) -> Look:
        return self.hands.look()

    def stop(self, why: str) -> None:
        self.hands.stop(why)

    def end(self) -> dict[int, str]:
        return self.hands.end()

    def pack(self, worker: int, by_ns: int) -> dict | None:
        """Make a worker's captures ready to be read, `by_ns` added to every instant; its facts, None where it left none."""
        captures = captures_file(self.folder, worker)
        shift_captures(captures, self._packed(worker), by_ns)
        captures.unlink(missing_ok=True)
        facts = self.hands.facts(worker)
        niceness = os.getpriority(os.PRIO_PROCESS, 0)
        if facts is not None and facts.get("priority") == "normal" and niceness > 0:
            facts["priority"] = f"normal, nice {niceness}"
        return facts

    def read(self, worker: int, at: int, size: int) -> bytes:
        """A piece of the packed captures; empty behind their end."""
        with self._packed(worker).open("rb") as file:
            file.seek(at)
            return file.read(size)

    def log(self, worker: int) -> bytes:
        """The end of a worker's log."""
        path = log_file(self.folder, worker)
        return path.read_bytes()[-LOG_BYTES:] if path.exists() else b""

    def close(self) -> None:
        if self.hands is not None:
            self.hands.close()
        if self.scratch is not None:
            drop(self.scratch)
            self.scratch = None

    def _packed(self, worker: int) -> Path:
        return self.folder / f"packed-{worker}.bin"

    def _put(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path
