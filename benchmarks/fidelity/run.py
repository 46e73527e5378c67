"""One ftbench run against the server of known latency."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pyarrow as pa

from ftbench.load import make_plan, run_load
from ftbench.load.records import read_runs
from ftbench.metrics.run_info import RunInfo
from ftbench.metrics.summarise import summarise
from ftbench.metrics.summary import LoadSummary

PROMPTS = [[{"role": "user", "content": "hello"}]]


class Run(NamedTuple):
    """`window_ns`: the measured window on the monotonic clock."""

    info: RunInfo
    records: pa.Table
    summary: LoadSummary
    window_ns: tuple[int, int]

    def verdict(self) -> str:
        return "valid" if self.summary.valid else "INVALID: " + "; ".join(self.summary.invalid_reasons)

    def cpu_us_per_event(self, events: float) -> float:
        """Processor time [µs] of all load processes over the measured window for each of `events`."""
        shares = [worker.cpu_share for worker in self.info.workers]
        return sum(shares) * self.info.measured_s / events * 1e6

    def words(self) -> str:
        summary, priorities = self.summary, sorted({worker.priority or "unknown" for worker in self.info.workers})
        lag = summary.send_lag.p99_s
        return (
            f"{summary.n} requests, errors {summary.errors or 'none'}, send lag p99 {'-' if lag is None else f'{lag * 1e3:.2f} ms'}, "
            f"client {' and '.join(priorities)}; {self.verdict()}"
        )


def run(url: str, **plan: Any) -> Run:
    """Load as `plan` says (fields of LoadPlan), with a warm-up of 2 s unless it says otherwise."""
    with TemporaryDirectory() as folder:
        made = make_plan(**{"url": url, "model": "m", "prompts": PROMPTS, "warmup_s": 2, "timeout_s": 30, **plan})
        ((info, records),) = read_runs(run_load(made, Path(folder) / "run"))
    start = info.t0_monotonic_ns + int(info.warmup_s * 1e9)
    return Run(info, records, summarise(records, info), (start, start + int(info.measured_s * 1e9)))
