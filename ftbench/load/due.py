"""Waking a greenlet at an instant.

gevent's own timers ride on epoll's timeout, which counts whole milliseconds, and so wake up to one late.
"""

import ctypes
import os
import time
from typing import Protocol

import gevent

CLOCK_MONOTONIC, ABSOLUTE, NONBLOCK_CLOEXEC = 1, 1, 0o2004000  # <sys/timerfd.h>; Linux's time.monotonic_ns reads the same clock
READ, FIRST = 1, 2  # libev: readable; the highest priority


class Alarm(Protocol):
    def wait_until(self, due_ns: int) -> None: ...

    def close(self) -> None: ...


class TimerFd:
    """A kernel timer with nanoseconds, waited for as for a socket. One greenlet at a time."""

    def __init__(self) -> None:
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self.libc.timerfd_create(CLOCK_MONOTONIC, NONBLOCK_CLOEXEC)
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self.watcher = gevent.get_hub().loop.io(self.fd, READ, priority=FIRST)

    def wait_until(self, due_ns: int) -> None:
        if due_ns <= time.monotonic_ns():
            return
        spec = (ctypes.c_long * 4)(0, 0, *divmod(due_ns, 1_000_000_000))  # struct itimerspec: interval, then the instant
        if self.libc.timerfd_settime(self.fd, ABSOLUTE, spec, None):
            raise OSError(ctypes.get_errno(), "timerfd_settime")
        gevent.get_hub().wait(self.watcher)
        os.read(self.fd, 8)

    def close(self) -> None:
        self.watcher.close()
        os.close(self.fd)


class Sleep:
    """Where there is no timerfd."""

    def wait_until(self, due_ns: int) -> None:
        while (left := due_ns - time.monotonic_ns()) > 0:
            gevent.sleep(left / 1e9)

    def close(self) -> None:
        pass


def alarm() -> Alarm:
    """The finest alarm of this platform."""
    try:
        return TimerFd()
    except (OSError, AttributeError):
        return Sleep()
