"""How many load processes a plan needs, and whether there are cores for them."""

import math
import os
from typing import Literal, NamedTuple

import numpy as np

from ftbench.errors import InputError
from ftbench.load.plan import LoadPlan, schedule

# Processor time of one load process, measured against a server that costs next to nothing (benchmarks/known_latency_server.c), without TLS:
# 1,000 requests/s of one token 0.31 ms each, 19,000 to 38,000 events/s in streams of 128 16 to 19 us each.
EVENT_S, REQUEST_S = 18e-6, 0.4e-3
# At 64,000 events/s it was 11 us, at 2,000 requests/s 0.25 ms; half of that is what no processor of today gets below.
LEAST_EVENT_S, LEAST_REQUEST_S = 5e-6, 0.1e-3
CALM = 0.6  # of a core: a process that has less than this to do is on time
TIGHT = 0.7
STREAM_EVENTS_PER_S = 100.0  # assumed of one user's stream, where nobody knows how fast the server is
WINDOW_S = 5.0  # the busiest one counts, not the mean: steps, bursts and traces have a rush


class Demand(NamedTuple):
    """Requests and stream events a second in the busiest time of a plan, and how many of them are certain."""

    requests_per_s: float
    events_per_s: float
    certain_requests_per_s: float
    certain_events_per_s: float

    @property
    def cores(self) -> float:
        """Processor time a second [s/s] that this takes of the client."""
        return self.requests_per_s * REQUEST_S + self.events_per_s * EVENT_S

    @property
    def least_cores(self) -> float:
        """What it takes at the very least, with cores worked to their limit."""
        return self.certain_requests_per_s * LEAST_REQUEST_S + self.certain_events_per_s * LEAST_EVENT_S


def demand(plan: LoadPlan) -> Demand:
    """One token is taken for one event, and every answer to be as long as it may; certain is only a length that ignore_eos forces.

    In a closed loop the server sets the pace: STREAM_EVENTS_PER_S is assumed of each user, and nothing is certain.
    """
    tokens = float(np.mean([item.max_tokens or plan.max_tokens for item in plan.prompts]))
    if plan.closed is not None:
        rate = plan.closed.concurrency / (tokens / STREAM_EVENTS_PER_S + plan.closed.think_s)
        return Demand(rate, rate * tokens, 0.0, 0.0)
    if plan.trace is not None and plan.trace.output_tokens:
        tokens = float(np.mean(plan.trace.output_tokens))
    planned = schedule(plan)
    turns = float(np.mean([1 + len(item.then) for item in plan.prompts]))
    first = busiest_rate(planned.times, min(WINDOW_S, planned.total_s))
    rate = first * turns
    return Demand(rate, rate * tokens, first, first * tokens if plan.ignore_eos else 0.0)


def busiest_rate(times: np.ndarray, window_s: float) -> float:
    """Most arrivals [1/s] in any time of `window_s`. `times` [s] ascending."""
    if len(times) == 0:
        return 0.0
    ahead = np.searchsorted(times, times + window_s, side="left") - np.arange(len(times))
    return float(ahead.max()) / window_s


def cores_here() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def with_workers(plan: LoadPlan, wanted: int | Literal["auto"], *, reserved: int = 0, cores: int | None = None) -> LoadPlan:
    """The plan with as many load processes as `wanted`. `auto`: as few as keep each below CALM of a core, at most what the cores allow.

    More than that would only take cores from each other and, on the server's machine, from the server.

    Args:
        reserved: cores that something else on this machine keeps busy, such as a model that is served here; one core is always left.
        cores: by default those of this machine.
    """
    if wanted == "auto":
        free = max(1, (cores or cores_here()) - reserved)
        wanted = min(free, max(1, math.ceil(demand(plan).cores / CALM)))
    return plan.model_copy(update={"workers": wanted})


def check_workers(plan: LoadPlan, cores: int | None) -> str | None:
    """A sentence where the plan's load processes are hardly enough for it, else None.

    Args:
        cores: of the machine on which all of them run; None: each has a core of its own somewhere.
    Raises:
        InputError: it cannot be sent so, not even with cores worked to their limit.
    """
    needs = demand(plan)
    at_work = plan.workers if cores is None else min(plan.workers, cores)
    calm, least = math.ceil(needs.cores / CALM), math.ceil(needs.least_cores)
    what = f"{needs.requests_per_s:,.0f} requests and up to {needs.events_per_s:,.0f} tokens a second"
    if needs.least_cores > at_work:
        raise InputError(
            f"Load: {what} cannot be sent by {_processes(plan.workers, cores)}: that takes about {calm:,}, and {least:,} at the very "
            f"least. {_way_out(calm, least, cores)}"
        )
    if needs.cores > TIGHT * at_work:
        return f"{what} are much for {_processes(plan.workers, cores)}, about {calm:,} are needed. {_way_out(calm, least, cores)}"
    return None


def _processes(workers: int, cores: int | None) -> str:
    on = "" if cores is None or cores >= workers else f" on {cores} cores"
    return f"{workers} load process{'es' if workers > 1 else ''}{on}"


def _way_out(calm: int, least: int, cores: int | None) -> str:
    if cores is None:
        return "Lower the rate, or give the Ray cluster more nodes or more load processes on each."
    if calm <= cores:
        return f"Take {calm} workers, or `auto`."
    machines = math.ceil(calm / cores)
    return f"Lower the rate, or send over a Ray cluster of {machines:,} machines such as this one with {cores} cores (--ray-address)."
