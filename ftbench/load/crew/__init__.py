"""The load processes of one run, wherever they are: on this machine, or on the nodes of a Ray cluster.

Whoever drives them knows only `Crew`. Ray is imported by cluster.py alone, and by that only once a cluster is asked for.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from ftbench.load.plan import LoadPlan


class Look(NamedTuple):
    """A crew under way. `statuses` are each worker's last words on itself; `aborted` is why one of them has ended the run."""

    running: int
    statuses: dict[int, dict]
    aborted: str | None = None
    lost: dict[int, str] = {}


class Crew(Protocol):
    """Load processes that have been started and that wait for their start instant. Workers are numbers from 0 to plan.workers - 1."""

    every_s: float  # how often it may be looked at
    plan: LoadPlan  # as it is sent: on a cluster with as many workers as there are places
    doubt: str | None  # why its workers may be too few, known before anything is sent

    def unready(self) -> list[int]:
        """Who is not ready yet.

        Raises:
            InvalidMeasurement: one has ended instead.
        """

    def begin(self) -> int:
        """Tell all of them one start instant, and return it [ns, monotonic clock of this process]."""

    def look(self) -> Look: ...

    def stop(self, why: str) -> None:
        """Nothing further is to be sent; what is under way may end."""

    def gather(self, tick: Callable[[], None]) -> dict[int, str]:
        """End everybody, bring what they leave into the run's folder in the clock of `begin`, and say who was lost and how (a sentence)."""

    def last_words(self, worker: int) -> str: ...

    def close(self) -> None:
        """Leave no process behind. May be called at any time, more than once."""


__all__ = ["Crew", "Look"]
