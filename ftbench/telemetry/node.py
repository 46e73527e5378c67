"""One machine, sampled once a period until it is told to stop. Runs in a thread here, or in an actor on another node."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from ftbench.telemetry.gpu import Gpus
from ftbench.telemetry.host import Host

Line = dict[str, Any]
Put = Callable[[Line], None]


def every(period_s: float, stop: threading.Event) -> Iterator[bool]:
    """Yields False at once and each `period_s` on the same grid, and True one last time after `stop` is set. What is late is left out, not
    made up for."""
    begin, k = time.monotonic(), 0
    while True:
        last = stop.is_set()
        yield last
        if last:
            return
        k = max(k + 1, int((time.monotonic() - begin) / period_s) + 1)
        stop.wait(max(0.0, begin + k * period_s - time.monotonic()))


def watch_node(put: Put, stop: threading.Event, period_s: float) -> None:
    """What this machine is, its samples, and at the end what sampling took; each a line given to `put`, t_ns on this machine's monotonic
    clock."""
    host, gpus = Host(), Gpus()
    put({"kind": "node", **host.facts(), "gpus": gpus.facts(), "gpus_absent": gpus.absent})
    began_cpu, began = time.thread_time(), time.monotonic()
    try:
        for _ in every(period_s, stop):
            put({"kind": "host", "t_ns": time.monotonic_ns(), **host.sample(), "gpus": gpus.sample()})
    finally:
        put({"kind": "sampler", "cpu_share": round((time.thread_time() - began_cpu) / max(1e-9, time.monotonic() - began), 5)})
        gpus.close()


class NodeWatch:
    """`watch_node` in a thread, its lines kept until they are fetched: what an actor on another node is."""

    def __init__(self, period_s: float) -> None:
        self._lines: list[Line] = []
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=watch_node, args=(self._keep, self._stop, period_s), daemon=True)
        self._thread.start()

    def now_ns(self) -> int:
        return time.monotonic_ns()

    def fetch(self) -> list[Line]:
        """The lines since the last time."""
        with self._lock:
            lines, self._lines = self._lines, []
        return lines

    def end(self) -> list[Line]:
        """Take a last sample, stop, and give what is left."""
        self._stop.set()
        self._thread.join(5.0)
        return self.fetch()

    def _keep(self, line: Line) -> None:
        with self._lock:
            self._lines.append(line)
