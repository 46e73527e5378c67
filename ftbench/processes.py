"""What we started must not outlive us: every child carries a mark in its environment, and the mark is swept at the end."""

import os
import signal
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

MARK = "FTBENCH_RUN_MARK"


@contextmanager
def no_survivors(grace_s: float = 3.0) -> Iterator[str]:
    """Everything that is started inside, by us or by what we start, is gone at the end, however the end comes.

    Ray, Serve's HAProxy and Locust each leave their own processes behind when they are cut short; a mark in the environment is inherited by all
    of them, also by those that have left our process group and lost their parent. SIGTERM ends like Ctrl-C, and a Ctrl-C during the
    sweep is put off until it is over. Yields the mark.
    """
    mark = uuid.uuid4().hex
    before = os.environ.get(MARK)
    os.environ[MARK] = mark
    main_thread = threading.current_thread() is threading.main_thread()
    old_term = signal.signal(signal.SIGTERM, _interrupt) if main_thread else None
    try:
        yield mark
    finally:
        old_int = signal.signal(signal.SIGINT, signal.SIG_IGN) if main_thread else None
        try:
            sweep(mark, grace_s)
        finally:
            if main_thread:
                signal.signal(signal.SIGINT, old_int)
                signal.signal(signal.SIGTERM, old_term)
            if before is None:
                os.environ.pop(MARK, None)
            else:
                os.environ[MARK] = before


def marked(mark: str) -> list[psutil.Process]:
    """Live processes that carry `mark`, this one excluded."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def sweep(mark: str, grace_s: float = 3.0) -> None:
    """End every process with `mark`: asked first, killed after `grace_s`. Repeats, since a dying parent may still start a child."""
    for _ in range(5):
        processes = marked(mark)
        if not processes:
            return
        for process in processes:
            with suppress(psutil.Error):
                process.terminate()
        _, alive = psutil.wait_procs(processes, timeout=grace_s)
        for process in alive:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(alive, timeout=1.0)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
