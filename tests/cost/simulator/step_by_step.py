"""The simulator's semantics written as plainly as possible: every step is taken, one after another. Slow, and easy to believe."""

from collections import deque
from math import inf
from typing import NamedTuple

from ftbench.cost.simulator.step_time import StepTimes


class Stepped(NamedTuple):
    """Lists over the requests; inf where one was rejected. `tokens_s`: the times of all its tokens."""

    first_s: list[float]
    done_s: list[float]
    replica: list[int]
    tokens_s: list[list[float]]


class _Replica:
    def __init__(self) -> None:
        self.waiting: deque[int] = deque()
        self.slots: list[dict] = []  # in the order of joining: request, prompt tokens left, tokens left
        self.working: list[dict] = []  # those of the slots that get a token, or a piece of prompt, in the step under way
        self.ends = inf

    def load(self) -> int:
        return len(self.waiting) + len(self.slots)

    def start(self, now: float, prompts, outputs, steps: StepTimes, max_batch: int, budget: int | None) -> None:
        left = inf if budget is None else budget
        decoding = [slot for slot in self.slots if slot["prompt"] == 0]
        left -= len(decoding)
        work, prefilled = list(decoding), 0
        filling = [slot for slot in self.slots if slot["prompt"] > 0]
        while left > 0:
            if not filling:
                if not self.waiting or len(self.slots) >= max_batch:
                    break
                i = self.waiting.popleft()
                slot = {"request": i, "prompt": prompts[i], "left": outputs[i], "first": True}
                self.slots.append(slot)
                filling.append(slot)
            slot = filling.pop(0)
            piece = min(slot["prompt"], left)
            slot["prompt"] -= piece
            left -= piece
            prefilled += piece
            work.append(slot)
        self.working = work
        prefill = steps.prefill_s_per_step + steps.prefill_s_per_token * prefilled if prefilled else 0.0
        self.ends = now + steps.at(len(work)) + prefill if work else inf

    def end(self, first, done, tokens) -> None:
        for slot in self.working:
            if slot["prompt"] > 0:
                continue
            if slot["first"]:
                first[slot["request"]], slot["first"] = self.ends, False
            slot["left"] -= 1
            tokens[slot["request"]].append(self.ends)
            if slot["left"] == 0:
                done[slot["request"]] = self.ends
                self.slots.remove(slot)


def step_by_step(arrivals, prompts, outputs, steps: StepTimes, chosen, *, replicas, max_batch, max_queue, budget):
    """`chosen` is the replica of each request, or None for the least loaded one."""
    n = len(arrivals)
    first, done, went, tokens = [inf] * n, [inf] * n, [], [[] for _ in range(n)]
    fleet = [_Replica() for _ in range(replicas)]
    i = 0
    while True:
        soonest = min(fleet, key=lambda one: one.ends)
        if i < n and arrivals[i] <= soonest.ends:
            now = arrivals[i]
            while i < n and arrivals[i] == now:
                loads = [one.load() for one in fleet]
                me = loads.index(min(loads)) if chosen is None else chosen[i]
                went.append(me)
                if max_queue is None or loads[me] < max_batch + max_queue:
                    fleet[me].waiting.append(i)
                i += 1
            for one in fleet:
                if one.ends == inf and one.waiting:
                    one.start(now, prompts, outputs, steps, max_batch, budget)
        elif soonest.ends < inf:
            now = soonest.ends
            soonest.end(first, done, tokens)
            soonest.start(now, prompts, outputs, steps, max_batch, budget)
        else:
            first, done = ([t + steps.overhead_s for t in times] for times in (first, done))
            return Stepped(first, done, went, [[t + steps.overhead_s for t in times] for times in tokens])
