"""What the load process says about itself: processor time over the measured window, and how long its event loop stood still."""

import time

import gevent

STEP_S = 0.02


class Watch:
    """Two greenlets beside the load. `stall_s`: an event loop that wakes later than this has stalled."""

    def __init__(self, start_ns: int, from_s: float, to_s: float, stall_s: float) -> None:
        self.cpu_share: float | None = None
        self.stalls = 0
        self.stalled_s = 0.0
        self.longest_stall_s = 0.0
        self._window_ns = (start_ns + int(from_s * 1e9), start_ns + int(to_s * 1e9))
        self._stall_s = stall_s
        self._greenlets = [gevent.spawn(self._cpu), gevent.spawn(self._loop)]

    def facts(self) -> dict[str, float | int | None]:
        """`cpu_share` of one core; the stalls within the window, their number, sum [s] and longest [s]."""
        return {
            "cpu_share": self.cpu_share,
            "stalls": self.stalls,
            "stalled_s": round(self.stalled_s, 6),
            "longest_stall_s": round(self.longest_stall_s, 6),
        }

    def close(self) -> None:
        gevent.killall(self._greenlets)

    def _cpu(self) -> None:
        begin, end = self._window_ns
        _sleep_until(begin)
        cpu, wall = time.process_time(), time.monotonic()
        _sleep_until(end)
        self.cpu_share = round((time.process_time() - cpu) / (time.monotonic() - wall), 4)

    def _loop(self) -> None:
        begin, end = self._window_ns
        _sleep_until(begin)
        while (before := time.monotonic_ns()) < end:
            gevent.sleep(STEP_S)
            late_s = (time.monotonic_ns() - before) / 1e9 - STEP_S
            self.longest_stall_s = max(self.longest_stall_s, late_s)
            if late_s > self._stall_s:
                self.stalls += 1
                self.stalled_s += late_s


def _sleep_until(instant_ns: int) -> None:
    gevent.sleep(max(0.0, (instant_ns - time.monotonic_ns()) / 1e9))
