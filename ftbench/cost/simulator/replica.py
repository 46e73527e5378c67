"""One replica, from event to event: between an arrival and a departure nothing changes, so any number of steps is one jump."""

from collections import deque
from collections.abc import Generator
from heapq import heappop, heappush
from math import ceil, inf
from typing import NamedTuple


class Work(NamedTuple):
    """What all replicas of a fleet share: plain lists, since a numpy scalar costs ten times as much in a loop. n requests, R replicas."""

    arrivals: list[float]  # (n + 1,) [s], the last one inf
    prompts: list[int]
    outputs: list[int]
    step_s: list[float]  # by sequences in the step, 0 to max_batch
    prefill_s: float  # per prompt token
    prefill_step_s: float  # per step that prefills
    max_batch: int
    room: float  # requests that may be in a replica, waiting ones included
    budget: int | None  # tokens that one step may process
    load: list[int]  # (R,) requests in each replica
    first_s: list[float]  # (n,) what is asked for: inf until it is known
    done_s: list[float]


def replica(me: int, work: Work) -> Generator[float, int, None]:
    """A coroutine: send i >= 0 to hand it request i at its arrival, ~i to let it live until then; it yields when its next event is [s].

    Before a request is handed over it must have lived until that request's arrival. An event is the boundary between two steps at which a
    sequence leaves or joins. The boundary k >= 1 steps after event `step` lies at base + k * took: `base` is the instant of the event
    plus what the prompts of its joiners add to the first step. Of what happens at one instant arrivals come first.
    """
    arrivals, prompts, outputs, step_s, prefill_s, prefill_step_s, max_batch, room, budget, load, first_s, done_s = work
    n = len(outputs) or 1
    waiting: deque[int] = deque()
    leaving: list[int] = []  # heap of (step at whose end it leaves) * n + request: those that decode
    filling: deque[list[int]] = deque()  # with a budget: [request, prompt tokens left] of those in the batch that do not decode yet
    joined: list[int] = []
    batch, step, base, took = 0, 0, 0.0, 1.0
    ahead, due = 0, inf  # the next event: so many steps after the last, at that time
    while True:
        i = yield due
        if i >= 0:
            if load[me] >= room:
                continue
            load[me] += 1
            waiting.append(i)
            if batch == 0:
                ahead, due = 0, arrivals[i]
            elif batch < max_batch:
                k = ceil((arrivals[i] - base) / took)
                if k < ahead:
                    ahead = k if k > 1 else 1
                    due = base + ahead * took
            continue
        until = arrivals[~i]
        while due < until:
            step += ahead
            over = (step + 1) * n
            while leaving and leaving[0] < over:
                done_s[heappop(leaving) % n] = due
                batch -= 1
                load[me] -= 1
            if budget is None:
                fresh = 0
                while waiting and batch < max_batch:
                    j = waiting.popleft()
                    batch += 1
                    fresh += prompts[j]
                    heappush(leaving, (step + outputs[j]) * n + j)
                    joined.append(j)
                running, cut = batch, False
            else:
                running, left = len(leaving), budget - len(leaving)
                fresh = left
                while left > 0:
                    if not filling:
                        if not waiting or batch >= max_batch:
                            break
                        filling.append([waiting[0], prompts[waiting.popleft()]])
                        batch += 1
                    running += 1
                    j, rest = filling[0]
                    if rest > left:
                        filling[0][1] = rest - left
                        left = 0
                        break
                    left -= rest
                    filling.popleft()
                    heappush(leaving, (step + outputs[j]) * n + j)
                    joined.append(j)
                fresh -= left
                cut = bool(filling) or (bool(waiting) and batch < max_batch)
            if batch == 0:
                due = inf
                break
            took = step_s[running]
            base = due + fresh * prefill_s + prefill_step_s if fresh else due
            for j in joined:
                first_s[j] = base + took
            joined.clear()
            ahead = 1 if cut else leaving[0] // n - step
            due = base + ahead * took
