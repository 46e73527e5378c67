"""What we started must not outlive us: every child carries a mark in its environment, and the mark is swept at the end."""

import os
import signal
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

MARK = "FTBENCH_RUN_MARK"
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def no_survivors(grace_s: float = 3.0) -> Iterator[str]:
    """Everything that is started inside, by us or by what we start, is gone at the end, however the end comes.

    Ray, Serve's HAProxy and Locust leave processes behind when they are cut short; a mark in the environment is inherited by all of
    them, also by those that have left our process group and lost their parent. SIGTERM and a closed terminal end like Ctrl-C; what comes
    during the sweep is put off until it is over. Yields the mark.
    """
    mark = uuid.uuid4().hex
    before = os.environ.get(MARK)
    os.environ[MARK] = mark
    main_thread = threading.current_thread() is threading.main_thread()
    old = {number: signal.getsignal(number) for number in ENDS} if main_thread else {}
    for number in old:
        if number == signal.SIGTERM or old[number] == signal.SIG_DFL:  # a SIGHUP that nohup ignores stays ignored
            signal.signal(number, _interrupt)
    put_off: list[int] = []
    try:
        yield mark
    finally:
        for number in old:
            signal.signal(number, lambda number, _: put_off.append(number))
        try:
            sweep(mark, grace_s)
        finally:
            for number, handler in old.items():
                signal.signal(number, handler or signal.SIG_DFL)
            if before is None:
                os.environ.pop(MARK, None)
            else:
                os.environ[MARK] = before
    if put_off:
        raise KeyboardInterrupt


@contextmanager
def ctrl_c_put_off() -> Iterator[None]:
    """Ctrl-C inside is raised at the end of the block; a second one at once. Outside the main thread nothing changes.

    For a block that starts processes: an interrupt that falls into one of Python's hooks at a fork is printed as "Exception ignored" and
    lost.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def keep(number: int, _: object) -> None:
        if came:
            raise KeyboardInterrupt
        came.append(number)

    old = signal.signal(signal.SIGINT, keep)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, old or signal.SIG_DFL)
    if came:
        raise KeyboardInterrupt


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
