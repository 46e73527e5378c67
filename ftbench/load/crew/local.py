"""A crew on this machine."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ftbench.errors import InputError
from ftbench.load.crew.hands import Hands
from ftbench.load.crew.process import shipped_locustfile
from ftbench.load.crew.sized import check_workers, cores_here
from ftbench.load.plan import LoadPlan, write_plan

HEAD_START_S = 0.2


class LocalCrew(Hands):
    """See Crew."""

    every_s = 0.1
    doubt: str | None = None

    def begin(self) -> int:
        start_ns = time.monotonic_ns() + int(HEAD_START_S * 1e9)
        self.begin_at(start_ns)
        return start_ns

    def gather(self, tick: Callable[[], None]) -> dict[int, str]:
        return self.end()


@contextmanager
def local_crew(plan: LoadPlan, folder: Path, locustfile: Path | None, web_ui_port: int | None = None) -> Iterator[LocalCrew]:
    """A crew that has been started, and is gone at the end. `folder` is new and empty; what the workers leave stays there.

    Raises:
        InputError: the plan's workers cannot send what it asks for, Locust's page is asked for with more than one of them, or its port
            is taken.
    """
    doubt = check_workers(plan, cores_here())
    if web_ui_port is not None:
        check_web_ui(plan, web_ui_port)
    write_plan(plan, folder / "plan.json")
    crew = LocalCrew(plan, folder)
    crew.doubt = doubt
    try:
        crew.start(range(plan.workers), locustfile or shipped_locustfile(plan), web_ui_port)
        yield crew
    finally:
        crew.close()


def check_web_ui(plan: LoadPlan, port: int) -> None:
    """
    Raises:
        InputError: more than one load process, or the port is taken.
    """
    if plan.workers > 1:
        raise InputError(f"Locust's page shows one load process, and this run has {plan.workers}. Take one worker, or leave the page out.")
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port or -1))  # 0 would be any port, and nobody would know which
    except (OSError, OverflowError):
        raise InputError(f"Port {port} of 127.0.0.1 is not free for Locust's page. Choose another one.") from None
