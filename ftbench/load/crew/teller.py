"""A word about once a second to whoever watches the run."""

import time
from collections.abc import Callable

from ftbench.load.crew import Look
from ftbench.load.crew.merge import merge
from ftbench.load.live import Live
from ftbench.load.plan import LoadPlan

Progress = Callable[[Live], None]

TELL_EVERY_S = 1.0


class Teller:
    """Calls `progress` about once a second, however often it is asked to."""

    def __init__(self, progress: Progress | None, plan: LoadPlan, total_s: float, start_ns: int, doubt: str | None) -> None:
        self.progress, self.limits, self.total_s, self.start_ns = progress, plan.validity, total_s, start_ns
        self.doubts = (doubt,) if doubt else ()
        self._told_s = 0.0
        self._last = Live(0.0, total_s, doubts=self.doubts)

    @property
    def elapsed_s(self) -> float:
        return (time.monotonic_ns() - self.start_ns) / 1e9

    def tell(self, look: Look, *, last: bool = False) -> None:
        if last or self.elapsed_s - self._told_s >= TELL_EVERY_S:
            self._last = merge(look.statuses, self.elapsed_s, self.total_s, self.limits, doubts=self.doubts, lost=look.lost)
            self._call()

    def tick(self, *_: object) -> None:
        """As last time, only later: nobody sends any more, and the records are being gathered."""
        if self.elapsed_s - self._told_s >= TELL_EVERY_S:
            self._last = self._last._replace(elapsed_s=self.elapsed_s)
            self._call()

    def _call(self) -> None:
        self._told_s = self.elapsed_s
        if self.progress:
            self.progress(self._last)
