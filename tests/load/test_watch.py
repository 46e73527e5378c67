"""What a load process sees of itself: the ground of half of the rules on validity."""

import time

import gevent
import pytest

from ftbench.load import watch
from ftbench.load.watch import Watch


def watched(work, *, for_s: float = 0.4, in_flight=lambda: 0) -> dict:
    """The facts of a window of `for_s` in which `work` ran in the same event loop."""
    found = Watch(time.monotonic_ns(), 0.0, for_s, 0.05, in_flight)
    gevent.sleep(0.05)
    work()
    gevent.sleep(for_s)
    facts = found.facts()
    found.close()
    return facts


def burn(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_an_event_loop_that_stands_still_is_a_stall_of_its_length():
    facts = watched(lambda: time.sleep(0.2))
    assert facts["stalls"] >= 1 and 0.15 <= facts["longest_stall_s"] <= facts["stalled_s"]
    assert facts["wake_late_p99_s"] >= 0.15


def test_processor_time_is_a_share_of_the_window_and_sleep_is_none():
    busy, idle = watched(lambda: burn(0.25)), watched(lambda: None)
    assert 0.25 <= busy["cpu_share"] <= 1.01 and idle["cpu_share"] < 0.2  # of 0.4 s, or longer where others use the processor


def test_requests_in_flight_are_a_mean_over_time():
    began = time.monotonic()
    facts = watched(lambda: None, in_flight=lambda: 10 if time.monotonic() - began < 0.2 else 0)
    assert facts["mean_in_flight"] == pytest.approx(5, abs=1.5)


def test_a_clock_that_was_set_is_seen_by_its_jump(monkeypatch):
    began, real = time.monotonic(), time.time_ns
    jumped = lambda: real() + (2_000_000_000 if time.monotonic() - began > 0.2 else 0)  # noqa: E731
    monkeypatch.setattr(watch.time, "time_ns", jumped)
    assert watched(lambda: None)["clock_step_s"] == pytest.approx(2.0, abs=0.1)
