"""The captures of all workers become one record file: in an open loop exactly one row for each planned request."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from ftbench.load.captures import Capture, read_captures
from ftbench.load.files import captures_file, facts_file
from ftbench.load.numbering import first_indices, place_of
from ftbench.load.plan import LoadPlan, Schedule, describe_arrivals, schedule
from ftbench.load.records import RecordWriter
from ftbench.load.recount import recount_with
from ftbench.load.row import dropped_row, row
from ftbench.load.window import Window, find_window, has_to_be_found
from ftbench.metrics.run_info import RunInfo, WorkerInfo

OnBytes = Callable[[int, int], None]

NEVER_SENT = "never sent, or still under way when the run was stopped"


def collect(
    plan: LoadPlan, folder: Path, start_ns: int, out: Path, *, lost: dict[int, str] | None = None, progress: OnBytes | None = None
) -> Path:
    """Write `out` from the captures in `folder` and remove them. What it needs in memory does not grow with what was captured.

    A planned request of an open loop that its worker never captured is a row too: dropped, with the reason in `lost` (worker to sentence).

    Args:
        progress: called now and then with (bytes read, bytes to read).
    Raises:
        InputError: plan.tokenizer cannot be read. The captures are still there.
    """
    workers = [_facts(folder, worker, (lost or {}).get(worker)) for worker in range(plan.workers)]
    planned = None if plan.closed else schedule(plan)
    end_s = planned.total_s if planned else plan.warmup_s + plan.duration_s
    recount = recount_with(plan.tokenizer) if plan.tokenizer else None
    reading = _Reading(folder, plan.workers, passes=2 if has_to_be_found(plan) else 1, progress=progress)
    window = find_window(plan, Window(plan.warmup_s, end_s), (capture for _, capture in reading.all()), start_ns)
    with RecordWriter(out) as writer:
        first = first_indices(plan, len(planned.times) + 1) if planned else np.zeros(1, dtype=np.int64)
        seen = np.zeros(first[-1], dtype=bool)
        for worker, capture in reading.all():
            scheduled_s = (capture.due_ns - start_ns) / 1e9
            if planned:
                seen[capture.index] = True
                if capture.turn == 0:
                    scheduled_s = float(planned.times[capture.conversation])  # without the rounding to whole nanoseconds
            writer.add(row(plan, capture, scheduled_s, worker, start_ns, window, recount))
        for index in np.flatnonzero(~seen).tolist():
            conversation, turn = place_of(first, index)
            worker = workers[conversation % plan.workers]
            why = worker.lost or (f"the run was cut short: {worker.aborted}" if worker.aborted else NEVER_SENT)
            due_s = float(planned.times[conversation])
            writer.add(dropped_row(plan, index, conversation, turn, due_s, worker.worker, window, why))
        writer.finish(start_ns, [_describe(plan, planned, window, start_ns, workers)])
    for worker in range(plan.workers):
        captures_file(folder, worker).unlink(missing_ok=True)
    return out


class _Reading:
    """The captures of all workers, read as often as `passes` says, and how far that has come."""

    def __init__(self, folder: Path, workers: int, *, passes: int, progress: OnBytes | None) -> None:
        self._paths = [captures_file(folder, worker) for worker in range(workers)]
        self._total = passes * sum(path.stat().st_size for path in self._paths if path.exists())
        self._progress = progress
        self._done = 0

    def all(self) -> Iterator[tuple[int, Capture]]:
        """(worker, capture), worker after worker."""
        for worker, path in enumerate(self._paths):
            before = self._done
            for n, capture in enumerate(read_captures(path)):
                self._done += sum(map(len, capture.blocks)) + 12 * len(capture.blocks)
                if self._progress and n % 200 == 0:
                    self._progress(self._done, self._total)
                yield worker, capture
            self._done = before + (path.stat().st_size if path.exists() else 0)
        if self._progress:
            self._progress(self._done, self._total)


def _facts(folder: Path, worker: int, lost: str | None) -> WorkerInfo:
    path = facts_file(folder, worker)
    facts = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known = {name: value for name, value in facts.items() if name in WorkerInfo.model_fields}
    return WorkerInfo(**{**known, "worker": worker, "lost": lost})


def _describe(plan: LoadPlan, planned: Schedule | None, window: Window, start_ns: int, workers: list[WorkerInfo]) -> RunInfo:
    return RunInfo(
        scale=plan.scale,
        arrivals=describe_arrivals(plan, planned) if planned else _describe_closed(plan),
        changes=plan.arrivals in ("ramp", "steps", "replay") if planned else bool(plan.closed.stages),
        period_s=plan.bursts.period_s if plan.bursts else None,
        requested_rate=planned.rate if planned else None,
        loop="open" if planned else "closed",
        concurrency=None if planned else plan.closed.concurrency,
        in_flight_cap=plan.in_flight_cap,
        warmup_s=window.begin_s,
        measured_s=round(window.end_s - window.begin_s, 9),
        timeout_s=plan.timeout_s,
        warmup_found=window.found,
        slo=plan.slo,
        slos=plan.slos,
        prompt_note=plan.prompt_note,
        forced=plan.ignore_eos,
        validity=plan.validity,
        t0_monotonic_ns=start_ns,
        # counted over the declared window, so it cannot be laid beside the requests of another one
        workers=[w if window.begin_s == plan.warmup_s else w.model_copy(update={"mean_in_flight": None}) for w in workers],
    )


def _describe_closed(plan: LoadPlan) -> str:
    closed = plan.closed
    users = " to ".join(str(stage.concurrency) for stage in closed.stages) if closed.stages else str(closed.concurrency)
    pause = f", {closed.think} think time {closed.think_s:g} s" if closed.think_s else ""
    return f"closed loop, {users} users{pause}"
