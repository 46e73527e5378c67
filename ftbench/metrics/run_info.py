"""What has to be known about a run, beside its records, to summarise them. It travels in the record file."""

from typing import Literal

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
    clock_step_s: float = 0.0  # largest jump of the wall clock against the monotonic one: a suspended machine, a changed clock
    mean_in_flight: float | None = None  # time average of requests sent and not ended over the measured window, as counted while it ran
    aborted: str | None = None  # why the run was cut short, where it was
    node: str | None = None  # on a cluster: which machine
    lost: str | None = None  # how it ended, where it did not end well


class RunInfo(BaseModel):
    """The measured window is [warmup_s, warmup_s + measured_s) after the start instant `t0_monotonic_ns`.

    `requested_rate` counts arrivals [1/s] and is None in a closed loop, whose `concurrency` is the most users at once. `slos` are further
    objectives that are counted beside `slo`. `prompt_note` says where the prompts came from and how they repeat.
    """

    model_config = ConfigDict(extra="forbid")

    scale: float
    arrivals: str
    requested_rate: float | None
    loop: Literal["open", "closed"] = "open"
    concurrency: int | None = None
    warmup_s: float
    measured_s: float
    timeout_s: float
    warmup_found: bool | None = None  # with an automatic warm-up: whether a steady state was found; None where it was declared
    slo: Slo
    slos: dict[str, Slo] = {}
    prompt_note: str = ""
    validity: Validity
    t0_monotonic_ns: int
    workers: list[WorkerInfo]
