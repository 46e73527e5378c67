"""What has to be known about a run, beside its records, to summarise them. It travels in the record file."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from ftbench.spec.load import Slo, Validity


class WorkerInfo(BaseModel):
    """One load process. `cpu_share` of one core over the measured window; stalls of its event loop in the same window, in seconds."""

    model_config = ConfigDict(extra="forbid")

    worker: int
    sent: int | None = None
    priority: str | None = None  # "real-time" or "normal": its place in the scheduler's queue
    cpu_share: float | None = None
    wake_late_p50_s: float | None = None  # by how much its event loop woke late over the measured window: a socket is read as late as that
    wake_late_p99_s: float | None = None
    stalls: int = 0
    stalled_s: float = 0.0
    longest_stall_s: float = 0.0
    clock_step_s: float = 0.0  # largest jump of the wall clock against the monotonic one: a suspended machine, a changed clock
    mean_in_flight: float | None = None  # time average of requests sent and not ended over the measured window, as counted while it ran
    aborted: str | None = None  # why the run was cut short, where it was
    node: str | None = None  # on a cluster: which machine
    clock_uncertainty_s: float | None = None  # on a cluster: by how much its start instant may have been another than the others'
    lost: str | None = None  # how it ended, where it did not end well


class RunInfo(BaseModel):
    """The measured window is [warmup_s, warmup_s + measured_s) after the start instant `t0_monotonic_ns`.

    `requested_rate` counts arrivals [1/s] and is None in a closed loop, whose `concurrency` is the most users at once. `slos` are further
    objectives that are counted beside `slo`. `prompt_note` says where the prompts came from and how they repeat. `changes`: whether the
    traffic changes by design (a ramp, steps, a trace, stages of a closed loop), so that it has no steady state; None where nobody said it,
    and then the name of the arrivals does. `period_s` is that of bursts.
    """

    model_config = ConfigDict(extra="forbid")

    scale: float
    arrivals: str
    changes: bool | None = None
    period_s: float | None = None
    requested_rate: float | None
    loop: Literal["open", "closed"] = "open"
    concurrency: int | None = None
    in_flight_cap: int | None = None  # of an open loop, where one was declared: a request due beyond it was dropped
    warmup_s: float
    measured_s: float
    timeout_s: float
    warmup_found: bool | None = None  # with an automatic warm-up: whether a steady state was found; None where it was declared
    slo: Slo
    slos: dict[str, Slo] = {}
    prompt_note: str = ""
    forced: bool = False  # every output was asked to have its full length (ignore_eos)
    validity: Validity
    t0_monotonic_ns: int
    workers: list[WorkerInfo]
