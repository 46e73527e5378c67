"""What has to be known about a run, beside its records, to summarise them. It travels in the record file."""

from pydantic import BaseModel, ConfigDict

from ftbench.spec.model import Slo, Validity


class WorkerInfo(BaseModel):
    """One load process. `cpu_share` of one core over the measured window; stalls of its event loop in the same window, in seconds."""

    model_config = ConfigDict(extra="forbid")

    worker: int
    sent: int | None = None
    priority: str | None = None  # "real-time" or "normal": its place in the scheduler's queue
    cpu_share: float | None = None
    stalls: int = 0
    stalled_s: float = 0.0
    longest_stall_s: float = 0.0
    lost: str | None = None  # how it ended, where it did not end well


class RunInfo(BaseModel):
    """The measured window is [warmup_s, warmup_s + measured_s) after the start instant `t0_monotonic_ns`."""

    model_config = ConfigDict(extra="forbid")

    scale: float
    arrivals: str
    requested_rate: float
    warmup_s: float
    measured_s: float
    timeout_s: float
    slo: Slo
    validity: Validity
    t0_monotonic_ns: int
    workers: list[WorkerInfo]
