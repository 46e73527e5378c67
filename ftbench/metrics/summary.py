"""The summary of one load run at one scale: one element of `load` in report.json, and all of summary.json."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Latency(BaseModel):
    """Quantiles [s] of one latency over the measured requests that have it; None where there are none. "p999" is the 99.9th percentile.

    `ci` maps "p50" to its two-sided interval [low, high] at `ci_confidence`; a bound that the sample is too small to give is None.
    `uncertified` maps each quantile that the sample is too small for to the number of values that it needs; `notes` says it in words.
    """

    model_config = ConfigDict(extra="forbid")

    n: int
    mean_s: float | None
    p50_s: float | None
    p90_s: float | None
    p95_s: float | None
    p99_s: float | None
    p999_s: float | None = None
    max_s: float | None
    ci: dict[str, tuple[float | None, float | None]]
    ci_confidence: float = 0.95
    uncertified: dict[str, int] = {}
    notes: list[str] = []


class SloCount(BaseModel):
    """How many of the measured requests met every limit of one objective. `target` is the share that is promised; None of none."""

    model_config = ConfigDict(extra="forbid")

    limits: dict[str, float]
    target: float
    good: int
    goodput: float
    attainment: float | None
    met: bool | None


class Slice(BaseModel):
    """A piece of the measured window, in seconds after the run's start instant as in the records.

    `n` and the latencies are of the requests due in it, `failed` those of them that failed; `completions_per_s` are successful responses
    that ended in it; `in_flight` is the time average of requests sent and not ended. A quantile that `answered` requests are too few to
    certify is None.
    """

    model_config = ConfigDict(extra="forbid")

    from_s: float
    to_s: float
    n: int
    answered: int
    failed: int
    arrivals_per_s: float
    completions_per_s: float
    in_flight: float
    ttft_p50_s: float | None
    ttft_p99_s: float | None
    e2e_p50_s: float | None
    e2e_p99_s: float | None


class Phase(BaseModel):
    """Requests and time of the warm-up, the measured window, or the drain behind it (the responses that ended there)."""

    model_config = ConfigDict(extra="forbid")

    n: int
    duration_s: float


class Limit(BaseModel):
    """One rule on the measurement. `ok` is None where nothing was observed that could be judged; `reason` is a sentence where it is False.

    `unit` is "s", "share" or "count"; `limit` is None for a rule that has none, such as a run that may not have been cut short.
    """

    model_config = ConfigDict(extra="forbid")

    name: str
    title: str
    observed: float | None
    limit: float | None
    unit: str
    ok: bool | None
    reason: str = ""


class LoadSummary(BaseModel):
    """Rates are per second of the measured window; latencies run from the scheduled time unless the name says `from_sent`.

    `requested_rate` and `achieved_rate` count arrivals (first turns); `sent_per_s` counts every request. In a closed loop there is no rate
    that was asked for, and `concurrency` is the most users at once. `itl` is called `itl_kind`: the gaps are between tokens only where each
    event carried one. `steady` is False where latencies drift or the queue grows, None where it cannot be said; `saturated` where requests
    came faster than they were served. `server`, `hosts` and `energy` are what was sampled beside the run; see docs/telemetry.md.
    """

    model_config = ConfigDict(extra="forbid")

    scale: float
    basis: str = "measured"
    loop: Literal["open", "closed"] = "open"
    concurrency: int | None = None
    arrivals: str
    prompt_note: str = ""
    requested_rate: float | None
    achieved_rate: float
    sent_per_s: float | None = None
    duration_s: float
    phases: dict[str, Phase] = {}
    n: int
    n_ok: int
    errors: dict[str, int]
    error_shares: dict[str, float] = {}
    error_samples: dict[str, str] = {}
    retry_after_max_s: float | None = None
    ttft: Latency
    ttft_from_sent: Latency
    tpot: Latency
    itl: Latency | None = None
    itl_kind: Literal["ITL", "ICL"] | None = None
    e2e: Latency
    send_lag: Latency
    output_tokens_per_s: float
    requests_per_s: float
    prompt_tokens_mean: float | None
    output_tokens_mean: float | None
    received_bytes_mean: float | None
    token_count_source: str
    goodput: float
    attainment: float | None
    slo: dict[str, float]
    slos: dict[str, SloCount] = {}
    timeline: list[Slice] = []
    steady: bool | None = None
    saturated: bool
    client_cpu: float | None
    valid: bool
    invalid_reasons: list[str]
    validity: list[Limit] = []
    aborted: list[str] = []
    notes: list[str] = []
    worker_info: list[dict[str, Any]] = []
    server: dict[str, Any] | None = None
    hosts: list[dict[str, Any]] = []
    energy: dict[str, Any] | None = None
