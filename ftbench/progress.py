"""What a person sees while it works: a bar with the time left on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

PLAIN_EVERY_S = 5.0
PLAIN_WIDTH = 140


def output() -> Console:
    """Standard output, for results. A file or a pipe has no width; 80 columns would break every table."""
    return Console() if sys.stdout.isatty() else Console(width=PLAIN_WIDTH)


class Step:
    """One part of a long job. `update` may be called as often as one likes."""

    def __init__(self, title: str, screen: Progress | None, out: Console, log) -> None:
        self.title, self._screen, self._out, self._log = title, screen, out, log
        self._started = self._told = time.monotonic()
        self._task = screen.add_task(title, total=None) if screen else None
        self._line(f"{title} ...")

    def update(self, done: float, total: float | None, note: str = "", *, left_s: float | None = None) -> None:
        """`done` of `total` (None: unknown), in whatever unit; `note` is shown behind the title. `left_s` where it is known, and
        need not be guessed from the pace so far."""
        if self._screen is not None:
            self._screen.update(self._task, completed=done, total=total, description=f"{self.title} {note}".strip())
        now = time.monotonic()
        if now - self._told >= PLAIN_EVERY_S:
            self._told = now
            left = _left(done, total, now - self._started) if left_s is None else _time_left(left_s)
            share = f" {done / total:.0%}" if total else ""
            self._line(f"{self.title}{share}{', ' + left if left else ''}{', ' + note if note else ''}")

    def share(self, what: str, share: float | None) -> None:
        """`what` is being done, and `share` of it (0 to 1, None: unknown) is behind us."""
        self.update(share or 0.0, None if share is None else 1.0, what)

    def say(self, note: str) -> None:
        """A word about a part whose length nobody knows."""
        self.update(0, None, note)

    def end(self, note: str = "") -> None:
        if self._screen is not None:
            self._screen.remove_task(self._task)
            self._out.print(
                f"✓ {self.title}{', ' + note if note else ''} {time.monotonic() - self._started:.1f} s", markup=False, highlight=False
            )
        self._line(f"{self.title}: done{', ' + note if note else ''} ({time.monotonic() - self._started:.1f} s)")

    def _line(self, text: str) -> None:
        self._log(text)
        if self._screen is None:
            self._out.print(text, markup=False, highlight=False, soft_wrap=True)  # a line of a log stays one line


class Screen:
    """The screen of one command. `log` gets every plain line too, for run.log."""

    def __init__(self, log=lambda text: None) -> None:
        self.console = Console(stderr=True)
        self.log = log

    @property
    def is_live(self) -> bool:
        """Whether lines can be redrawn here; a file, a pipe and a dumb terminal keep every line that they get."""
        return self.console.is_terminal and not self.console.is_dumb_terminal and sys.stderr.isatty()

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """One step, shown while it lasts."""
        if not self.is_live:
            step = Step(title, None, self.console, self.log)
            yield step
            step.end()
            return
        columns = (
            TextColumn("{task.description}", markup=False),  # a file name may hold brackets
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.console, transient=True) as screen:
            step = Step(title, screen, self.console, self.log)
            yield step
            step.end()


FEW = 0.02  # of the whole; where answers come sixteen at a time, the first of 500 would promise sixteen times too long


def _left(done: float, total: float | None, elapsed_s: float) -> str:
    if not total or done < FEW * total:
        return ""
    return _time_left(max(0.0, elapsed_s * (total - done) / done))


def _time_left(seconds: float) -> str:
    return f"{seconds / 60:.0f} min left" if seconds >= 90 else f"{seconds:.0f} s left"
