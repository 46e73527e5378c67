"""The captures of all workers become one record file with exactly one row for each scheduled request."""

import json
from pathlib import Path

import numpy as np

from ftbench.load.arrivals import share
from ftbench.load.captures import read_captures
from ftbench.load.files import captures_file, facts_file
from ftbench.load.plan import LoadPlan, describe_arrivals, schedule
from ftbench.load.records import write_records
from ftbench.load.row import dropped_row, row
from ftbench.metrics.run_info import RunInfo, WorkerInfo


def collect(plan: LoadPlan, folder: Path, start_ns: int, out: Path, *, lost: dict[int, str] | None = None) -> Path:
    """Write `out` from the captures in `folder` and remove them.

    A request that its worker never captured is a row too: dropped, with the reason in `lost` (worker to sentence).
    """
    lost = lost or {}
    planned = schedule(plan)
    rows: dict[int, dict] = {}
    workers: list[WorkerInfo] = []
    for worker in range(plan.workers):
        for capture in read_captures(captures_file(folder, worker)):
            rows[capture.index] = row(plan, capture, float(planned.times[capture.index]), worker, start_ns)
        for index in share(np.arange(len(planned.times)), worker, plan.workers).tolist():
            if index not in rows:
                why = lost.get(worker, "never sent, or still under way when the run was stopped")
                rows[index] = dropped_row(plan, index, float(planned.times[index]), worker, why)
        path = facts_file(folder, worker)
        facts = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        workers.append(WorkerInfo(worker=worker, lost=lost.get(worker), **facts))
    info = RunInfo(
        scale=plan.scale,
        arrivals=describe_arrivals(plan, planned),
        requested_rate=planned.rate,
        warmup_s=planned.warmup_s,
        measured_s=planned.measured_s,
        timeout_s=plan.timeout_s,
        slo=plan.slo,
        validity=plan.validity,
        t0_monotonic_ns=start_ns,
        workers=workers,
    )
    write_records(out, [rows[index] for index in sorted(rows)], t0_monotonic_ns=start_ns, runs=[info])
    for worker in range(plan.workers):
        captures_file(folder, worker).unlink(missing_ok=True)
    return out
