"""A due time is met by a kernel timer, and never before it."""

import time

import gevent
import pytest

from ftbench.load.due import Sleep, TimerFd, alarm


def lateness(timer, after_s: float, times: int) -> list[float]:
    found = []
    for _ in range(times):
        due_ns = time.monotonic_ns() + int(after_s * 1e9)
        timer.wait_until(due_ns)
        found.append((time.monotonic_ns() - due_ns) / 1e9)
    return found


@pytest.mark.parametrize("kind", [TimerFd, Sleep])
def test_a_request_is_never_sent_before_it_is_due(kind):
    timer = kind()
    assert min(lateness(timer, 0.0013, 20)) >= 0
    timer.close()


def test_a_due_time_between_two_milliseconds_is_not_rounded_up_to_the_next():
    timer = alarm()
    assert min(lateness(timer, 0.0013, 40)) < 0.0004  # the event loop's own timers count whole milliseconds
    timer.close()


def test_what_is_overdue_does_not_wait_and_others_run_while_it_waits():
    timer, ran = alarm(), []
    assert lateness(timer, -1.0, 1)[0] >= 1.0
    gevent.spawn(ran.append, "beside")
    timer.wait_until(time.monotonic_ns() + 20_000_000)
    assert ran == ["beside"]
    timer.close()
