"""A server of known capacity without a network: what `run_load` would leave behind for it, computed instead of waited for."""

from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from ftbench.gate.series import Subject
from ftbench.load import LoadPlan, make_plan
from ftbench.load.live import Live
from ftbench.load.plan import describe_arrivals, schedule
from ftbench.load.records import write_records
from ftbench.metrics.goodput import is_good
from tests.metrics.records import a_row, an_info
from tests.stats.queues import responses

SLOTS, SERVICE_S, TTFT_S = 8, 0.2, 0.05


def a_subject(**changes: Any) -> Subject:
    """SLOTS answers at once, SERVICE_S each, the first token after TTFT_S."""
    fields = {"arrivals": "constant", "rate": 8, "duration_s": 20, "slo": {"ttft_s": 0.2}, "model": "queue", "url": "http://queue/v1"}
    plan = make_plan(prompts=[[{"role": "user", "content": "Hello"}]], **{**fields, **changes})
    return Subject(plan, None, {"server": "queue", "slo": plan.slo.model_dump()})


def a_run_load(driven: list[LoadPlan], *, sent_late_above: float = np.inf, before: Callable[[], None] = lambda: None):
    """A stand-in for `run_load`. Above that rate [1/s] the client, not the server, is late."""

    def run_load(plan: LoadPlan, folder: Path, progress: Callable[[Live], None], **crew: Any) -> Path:
        before()
        driven.append(plan)
        planned = schedule(plan)
        waits = responses(planned.times, np.full(len(planned.times), SERVICE_S), SLOTS) - SERVICE_S
        late = 1.0 if plan.rate > sent_late_above else 0.0
        rows = []
        for k, (at, wait) in enumerate(zip(planned.times.tolist(), (waits + late).tolist(), strict=True)):
            times = {"sent_s": at + late, "first_token_s": at + wait + TTFT_S, "done_s": at + wait + SERVICE_S}
            phase = "warmup" if at < planned.warmup_s else "measured"
            row = a_row(at, index=k, scale=plan.scale, phase=phase, last_token_s=times["done_s"], **times)
            rows.append({**row, "good": is_good(row, plan.slo)})
        info = an_info(
            scale=plan.scale,
            arrivals=describe_arrivals(plan, planned),
            requested_rate=planned.rate,
            warmup_s=planned.warmup_s,
            measured_s=planned.measured_s,
            slo=plan.slo,
        )
        folder.mkdir(parents=True, exist_ok=True)
        write_records(folder / "requests.parquet", rows, t0_monotonic_ns=1, runs=[info])
        progress(Live(planned.total_s, planned.total_s, len(rows), len(rows)))
        return folder / "requests.parquet"

    return run_load


def up(subject: Subject):
    """What `of_options` gives for a server that is there."""
    return nullcontext(subject)


@contextmanager
def no_telemetry(url: str, folder: Path, **settings: Any):
    yield folder / "telemetry.jsonl"
