"""What the load process says about itself over the measured window: processor time, stalls, clock steps, requests in flight."""

import time
from collections.abc import Callable

import gevent

from ftbench.load.due import alarm
from ftbench.load.sight import Histogram

STEP_NS = 20_000_000


class Watch:
    """Two greenlets beside the load. `stall_s`: an event loop that wakes later than this has stalled."""

    def __init__(self, start_ns: int, from_s: float, to_s: float, stall_s: float, in_flight: Callable[[], int]) -> None:
        self.cpu_share: float | None = None
        self.stalls = 0
        self.stalled_s = 0.0
        self.longest_stall_s = 0.0
        self.clock_step_s = 0.0
        self._in_flight, self._in_flight_seconds, self._watched_s = in_flight, 0.0, 0.0
        self._window_ns = (start_ns + int(from_s * 1e9), start_ns + int(to_s * 1e9))
        self._stall_s = stall_s
        self._timer, self._late = alarm(), Histogram()
        self._began = time.process_time(), time.monotonic()
        self._greenlets = [gevent.spawn(self._cpu), gevent.spawn(self._loop)]

    def facts(self) -> dict[str, float | int | None]:
        """Of the window: `cpu_share` of one core; the stalls, their number, sum [s] and longest [s]; the largest jump [s] of the wall clock
        against the monotonic one; by how much [s] the event loop woke late, and so read late; the mean number in flight.
        """
        return {
            "cpu_share": self.cpu_share,
            "stalls": self.stalls,
            "stalled_s": round(self.stalled_s, 6),
            "longest_stall_s": round(self.longest_stall_s, 6),
            "clock_step_s": round(self.clock_step_s, 6),
            "wake_late_p50_s": self._late.quantile(0.5),
            "wake_late_p99_s": self._late.quantile(0.99),
            "mean_in_flight": round(self._in_flight_seconds / self._watched_s, 6) if self._watched_s else None,
        }

    def cpu_so_far(self) -> float:
        """Share of one core since the run began."""
        cpu, wall = self._began
        return (time.process_time() - cpu) / max(time.monotonic() - wall, 1e-9)

    def close(self) -> None:
        gevent.killall(self._greenlets)
        self._timer.close()

    def _cpu(self) -> None:
        begin, end = self._window_ns
        _sleep_until(begin)
        cpu, wall = time.process_time(), time.monotonic()
        _sleep_until(end)
        self.cpu_share = round((time.process_time() - cpu) / (time.monotonic() - wall), 4)

    def _loop(self) -> None:
        begin, end = self._window_ns
        _sleep_until(begin)
        offset_ns, timer = time.time_ns() - time.monotonic_ns(), self._timer
        while (before := time.monotonic_ns()) < end:
            under_way = self._in_flight()
            timer.wait_until(before + STEP_NS)
            after = time.monotonic_ns()
            took_s = (after - before) / 1e9
            self._watched_s += took_s
            self._in_flight_seconds += took_s * (under_way + self._in_flight()) / 2  # trapezoid
            late_s = (after - before - STEP_NS) / 1e9
            self._late.add(late_s)
            self.longest_stall_s = max(self.longest_stall_s, late_s)
            if late_s > self._stall_s:
                self.stalls += 1
                self.stalled_s += late_s
            offset_ns, before_ns = time.time_ns() - after, offset_ns
            self.clock_step_s = max(self.clock_step_s, abs(offset_ns - before_ns) / 1e9)


def _sleep_until(instant_ns: int) -> None:
    gevent.sleep(max(0.0, (instant_ns - time.monotonic_ns()) / 1e9))
