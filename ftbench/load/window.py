"""Which part of a run is measured: declared, or found in what was captured."""

from array import array
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ftbench.load.captures import Capture
from ftbench.load.plan import LoadPlan
from ftbench.load.steady import steady_from

EVEN = ("constant", "poisson", "gamma")  # traffic that does not change by itself, and so can become steady


class Window(NamedTuple):
    """[begin_s, end_s) after the start instant. `found`: whether its begin was; None where it was declared."""

    begin_s: float
    end_s: float
    found: bool | None = None

    def phase(self, scheduled_s: float) -> str:
        if scheduled_s < self.begin_s:
            return "warmup"
        return "measured" if scheduled_s < self.end_s else "drained"


def has_to_be_found(plan: LoadPlan) -> bool:
    """Whether find_window looks at captures at all."""
    even = plan.arrivals in EVEN if plan.closed is None else not plan.closed.stages
    return plan.warmup == "auto" and even


def find_window(plan: LoadPlan, declared: Window, captures: Iterable[Capture], start_ns: int) -> Window:
    """The measured window: `declared`, but with an automatic warm-up from the first instant at which the run was steady.

    Steady are the times from due to done of the requests that were answered with 200 (steady.mser5). The declared begin is the latest
    one: where nothing is found before it, or where the traffic changes by itself, the window begins there.
    """
    if not has_to_be_found(plan):
        return declared._replace(found=None if plan.warmup == "declared" else False)
    due, took = array("d"), array("d")
    for capture in captures:
        due_s = (capture.due_ns - start_ns) / 1e9
        if due_s < declared.end_s and capture.failure is None and capture.blocks and capture.blocks[0][9:12] == b"200":
            due.append(due_s)
            took.append((capture.done_ns - capture.due_ns) / 1e9)
    begin_s = steady_from(np.array(due), np.array(took))
    if begin_s is None or begin_s > declared.begin_s:
        return declared._replace(found=False)
    return declared._replace(begin_s=begin_s, found=True)
