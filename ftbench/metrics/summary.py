"""The summary of one load run at one scale: one element of `load` in report.json, and all of summary.json."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class Latency(BaseModel):
    """Quantiles [s] of one latency over the measured requests that have it; None where there are none.

    `ci` maps "p50" to its two-sided order-statistic interval [low, high] at `ci_confidence`; a bound that the sample is too small to give
    is None. `notes` holds a word for each quantile that the sample is too small to certify.
    """

    model_config = ConfigDict(extra="forbid")

    n: int
    mean_s: float | None
    p50_s: float | None
    p90_s: float | None
    p95_s: float | None
    p99_s: float | None
    max_s: float | None
    ci: dict[str, tuple[float | None, float | None]]
    ci_confidence: float = 0.95
    notes: list[str] = []


class LoadSummary(BaseModel):
    """Rates are per second of the measured window; latencies run from the scheduled time unless the name says `from_sent`."""

    model_config = ConfigDict(extra="forbid")

    scale: float
    basis: str = "measured"
    arrivals: str
    requested_rate: float
    achieved_rate: float
    duration_s: float
    n: int
    n_ok: int
    errors: dict[str, int]
    ttft: Latency
    ttft_from_sent: Latency
    tpot: Latency
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
    saturated: bool
    client_cpu: float | None
    valid: bool
    invalid_reasons: list[str]
    notes: list[str] = []
    worker_info: list[dict[str, Any]] = []
