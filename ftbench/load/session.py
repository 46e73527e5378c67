"""What an open and a closed loop share in one load process: sockets, encoded requests, the capture file, counts, and the status line."""

import gc
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import gevent
from gevent.event import Event
from gevent.pool import Group

from ftbench.load.body import Bodies, Body, next_turn
from ftbench.load.captures import Capture, append
from ftbench.load.client import Exchange, Pool, request_bytes
from ftbench.load.descriptors import as_many_as_allowed
from ftbench.load.files import STATUS_SIZE, captures_file, facts_file, put_json, status_file, stop_file
from ftbench.load.plan import LoadPlan
from ftbench.load.priority import first_in_line
from ftbench.load.reactor import reactor
from ftbench.load.reply import answer_text
from ftbench.load.sight import Histogram, failed, first_token_ns
from ftbench.load.target import find_target
from ftbench.load.watch import Watch

OnDone = Callable[[Capture], None]
JUDGED_FROM = 50  # answers; fewer say nothing about an error rate
LAST_ANSWERS_S = 5.0  # how long an aborted run waits for what is under way


class Session:
    """One load process between its first and its last request. Made by `session`."""

    def __init__(self, plan: LoadPlan, folder: Path, worker: int, body: Body, on_done: OnDone, file: BinaryIO) -> None:
        self.plan, self.folder, self.worker = plan, folder, worker
        self.target = find_target(plan)
        key = os.environ[plan.api_key_env] if plan.api_key_env else None
        self.bodies = Bodies(plan, body, lambda data: request_bytes(self.target, data, key))
        self.pool, self.reactor, self.group = Pool(self.target), reactor(), Group()
        self.sent = self.done = self.errors = self.in_flight = 0
        self.requested: Callable[[], int | None] = lambda: None
        self.stopped = Event()
        self.aborted: str | None = None
        self.end_ns = 0  # nothing that is due from here on is sent
        self.watch: Watch | None = None
        self._file, self._on_done = file, on_done
        self._ttft, self._e2e, self._lag = Histogram(), Histogram(), Histogram()

    def start(self, start_ns: int, warmup_s: float, total_s: float) -> None:
        """The clock runs from `start_ns`; the measured time is [warmup_s, total_s)."""
        self.end_ns = start_ns + int(total_s * 1e9)
        self.watch = Watch(start_ns, warmup_s, total_s, self.plan.validity.send_lag_p99_s, lambda: self.in_flight)
        self._teller = gevent.spawn(self._tell)

    def begin(self, request: bytes) -> Exchange:
        """Send now. Gives way to no other greenlet where a connection is open."""
        exchange = Exchange(self.pool, self.reactor, request)
        self.in_flight += 1
        self.sent += 1
        exchange.begin()
        return exchange

    def finish(self, exchange: Exchange, index: int, conversation: int, turn: int, due_ns: int) -> Capture:
        """Wait for the end of the response and write everything down."""
        try:
            exchange.finish(self.plan.timeout_s)
        finally:
            self.in_flight -= 1
        if exchange.exhausted:
            self.stop(f"the load process could open no further connection with {self.in_flight:,} in flight; more workers are needed")
        capture = Capture(
            index, conversation, turn, due_ns, exchange.sent_ns, exchange.done_ns, exchange.failure, exchange.stamps, exchange.blocks
        )
        self._keep(capture)
        return capture

    def drop(self, index: int, conversation: int, turn: int, due_ns: int, why: str) -> None:
        """Write down that a request was never sent."""
        self._keep(Capture(index, conversation, turn, due_ns, None, max(due_ns, time.monotonic_ns()), ("dropped", why), [], []))

    def converse(self, exchange: Exchange, numbers: Iterator[int], conversation: int, due_ns: int) -> int:
        """Finish the first turn, then ask the further ones of its item, each `think_s` after the answer before it.

        `numbers` gives the index of each request. Returns when the last one ended [ns].
        """
        capture = self.finish(exchange, next(numbers), conversation, 0, due_ns)
        item = self.bodies.opening(conversation)
        for turn, words in enumerate(item.then, 1):
            answer = answer_text(capture)
            due_ns = capture.done_ns + int(words.think_s * 1e9)
            if answer is None or due_ns >= self.end_ns or self.stopped.is_set():
                why = f"turn {turn - 1} failed" if answer is None else "due after the measured time"
                for left in range(turn, len(item.then) + 1):
                    self.drop(next(numbers), conversation, left, due_ns, why)
                break
            item = next_turn(item, answer, turn)
            request = self.bodies.later(item)
            gevent.sleep(max(0.0, (due_ns - time.monotonic_ns()) / 1e9))
            capture = self.finish(self.begin(request), next(numbers), conversation, turn, due_ns)
        return capture.done_ns

    def stop(self, why: str) -> None:
        self.aborted = self.aborted or why
        self.stopped.set()

    def close(self) -> None:
        """The last response has ended: the last word on how it went."""
        self.stopped.set()
        self.pool.close()  # first: where no further file can be opened, the facts could not be written either
        if self.watch is not None:
            self._teller.join()
            put_json(facts_file(self.folder, self.worker), self._facts())
            self.watch.close()
        self.reactor.close()

    def _facts(self) -> dict:
        return {**self.watch.facts(), "sent": self.sent, "priority": self.priority, "aborted": self.aborted}

    def _keep(self, capture: Capture) -> None:
        append(self._file, capture)
        self.done += 1
        bad = failed(capture)
        self.errors += bad
        if capture.sent_ns is not None:
            self._lag.add((capture.sent_ns - capture.due_ns) / 1e9)
        if not bad:
            self._e2e.add((capture.done_ns - capture.due_ns) / 1e9)
            if (first_ns := first_token_ns(capture)) is not None:
                self._ttft.add((first_ns - capture.due_ns) / 1e9)
        limit = self.plan.abort_error_rate
        if limit is not None and self.done >= JUDGED_FROM and self.errors > limit * self.done and not self.stopped.is_set():
            self.stop(f"{self.errors} of {self.done} requests had failed, over {limit:.0%}")
        self._on_done(capture)

    def _status(self) -> dict:
        return {
            "sent": self.sent,
            "done": self.done,
            "errors": self.errors,
            "in_flight": self.in_flight,
            "requested": self.requested(),
            **{f"ttft_{name}_s": self._ttft.quantile(q) for name, q in (("p50", 0.5), ("p99", 0.99))},
            **{f"e2e_{name}_s": self._e2e.quantile(q) for name, q in (("p50", 0.5), ("p99", 0.99))},
            "send_lag_p99_s": self._lag.quantile(0.99),
            "client_cpu": self.watch.cpu_so_far(),
            "clock_step_s": self.watch.clock_step_s,
            "aborted": self.aborted,
        }

    def _tell(self) -> None:
        parent = os.getppid()
        file = os.open(status_file(self.folder, self.worker), os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            while True:
                over = self.stopped.wait(1.0)
                # one write in place and no thread: another thread could hold the interpreter for milliseconds
                os.pwrite(file, json.dumps(self._status()).encode().ljust(STATUS_SIZE - 1) + b"\n", 0)
                if over:
                    return
                if stop_file(self.folder).exists():
                    self.stop(stop_file(self.folder).read_text(encoding="utf-8") or "stopped")
                if os.getppid() != parent:  # whoever started this run is dead, and nobody waits for its end
                    os._exit(1)
        finally:
            os.close(file)


@contextmanager
def session(plan: LoadPlan, folder: Path, worker: int, body: Body, on_done: OnDone) -> Iterator[Session]:
    """A session with everything at hand; its facts and its last status are in `folder` afterwards."""
    as_many_as_allowed()
    with captures_file(folder, worker).open("wb") as file, first_in_line() as priority:
        made = Session(plan, folder, worker, body, on_done, file)
        made.priority = priority
        try:
            yield made
        finally:
            made.close()


def settle() -> None:
    """What stands now is never looked at again by the garbage collector."""
    gc.collect()
    gc.freeze()
