"""The closed loop as Locust knows it: users who wait for their answers, their number set by a LoadTestShape. For locustfiles only.

A closed loop asks less of a slow server than of a fast one, so it hides queueing: every record and report of it says `closed`.
"""

import random
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from locust import LoadTestShape, events, task
from locust.exception import StopUser

from ftbench.load.body import Body
from ftbench.load.locust_user import FtbenchUser, run_once
from ftbench.load.plan import LoadPlan
from ftbench.load.session import LAST_ANSWERS_S, OnDone, Session, session, settle

FOLLOW_S = 0.05


class ClosedRun:
    """What the users and the shape of one process share. `started` is set at the start instant; `present` says how many users there are."""

    def __init__(self, present: Callable[[], int]) -> None:
        self.present = present
        self.started = Event()
        self.session: Session | None = None
        self.start_ns = 0

    def drive(self, plan: LoadPlan, body: Body, folder: Path, worker: int, start: Callable[[], int], on_done: OnDone) -> None:
        """From the first socket to the last answer; the users do the asking meanwhile."""
        with session(plan, folder, worker, body, on_done) as run:
            self.numbers, self.conversations = count(worker, plan.workers), count(worker, plan.workers)
            self.random = random.Random(plan.seed * plan.workers + worker)
            for conversation in range(worker, len(plan.prompts), plan.workers):
                run.bodies.of(conversation)
            self.session = run
            while self.present() < self.users():  # Locust looks at the shape once a second
                gevent.sleep(FOLLOW_S)
            settle()
            self.start_ns = start()
            run.start(self.start_ns, plan.warmup_s, plan.warmup_s + plan.duration_s)
            gevent.sleep(max(0.0, (self.start_ns - time.monotonic_ns()) / 1e9))
            self.started.set()
            run.stopped.wait(max(0.0, (run.end_ns - time.monotonic_ns()) / 1e9))
            aborted_ns = time.monotonic_ns() + int(LAST_ANSWERS_S * 1e9)
            while run.in_flight and not (run.stopped.is_set() and time.monotonic_ns() > aborted_ns):
                gevent.sleep(FOLLOW_S)
            run.stopped.set()

    def users(self) -> int:
        """How many of the plan's users this process has now."""
        if self.session is None:
            return 0
        plan, worker = self.session.plan, self.session.worker
        at_s = (time.monotonic_ns() - self.start_ns) / 1e9 - plan.warmup_s if self.start_ns else 0.0
        wanted = concurrency_at(plan, at_s)
        return len(range(worker, wanted, plan.workers))


def concurrency_at(plan: LoadPlan, at_s: float) -> int:
    """Users of the whole plan at `at_s` of the measured time; before it as at its beginning, behind the last stage as in the last."""
    stages = plan.closed.stages
    if stages is None:
        return plan.closed.concurrency
    end_s = 0.0
    for stage in stages:
        end_s += stage.duration_s
        if at_s < end_s:
            return stage.concurrency
    return stages[-1].concurrency


class ClosedLoopUser(FtbenchUser):
    """Asks, waits for the answer, thinks, and asks again. Which prompt comes next is the whole process's business, not the user's."""

    abstract = True

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self._next_ns: int | None = None

    def wait_time(self) -> float:
        return max(0.0, (self._next_ns - time.monotonic_ns()) / 1e9)

    @task
    def ask(self) -> None:
        closed: ClosedRun = self.environment.ftbench
        closed.started.wait()
        run = closed.session
        due_ns = time.monotonic_ns() if self._next_ns is None else self._next_ns
        if due_ns >= run.end_ns or run.stopped.is_set():
            raise StopUser()
        conversation = next(closed.conversations)
        request = run.bodies.of(conversation)
        done_ns = run.converse(run.begin(request), closed.numbers, conversation, due_ns)
        self._next_ns = done_ns + int(_think_s(run.plan, closed.random) * 1e9)


class ClosedLoopShape(LoadTestShape):
    """As many users as the plan's `concurrency` or its stage says. Locust asks once a second."""

    abstract = True

    def tick(self) -> tuple[int, float]:
        closed: ClosedRun | None = getattr(self.runner.environment, "ftbench", None)
        users = closed.users() if closed is not None else 0
        return users, max(users, self.runner.user_count, 1)


def _think_s(plan: LoadPlan, rng: random.Random) -> float:
    mean_s = plan.closed.think_s
    return rng.expovariate(1 / mean_s) if mean_s and plan.closed.think == "exponential" else mean_s


@events.test_start.add_listener
def _begin(environment: Any, **_: Any) -> None:
    """Locust has started: the run begins beside its users."""
    (kind,) = (user for user in environment.user_classes if issubclass(user, ClosedLoopUser))
    user, closed = kind(environment), ClosedRun(lambda: environment.runner.user_count)
    environment.ftbench, environment.stop_timeout = closed, 3600  # a user whom the shape takes away has its answer first

    def drive(plan: LoadPlan, folder: Path, worker: int, start: Callable[[], int]) -> None:
        environment.stop_timeout = plan.timeout_s + LAST_ANSWERS_S
        closed.drive(plan, user.body, folder, worker, start, user.tell_locust)
        environment.stop_timeout = None

    gevent.spawn(run_once, environment, user.host or environment.host, drive, "closed")
