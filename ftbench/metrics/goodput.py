"""Which requests kept every promise, and how many of them there were a second."""

from collections.abc import Mapping
from typing import Any

from ftbench.spec.model import Slo


def is_good(row: Mapping[str, Any], slo: Slo) -> bool:
    """Whether the request of one record answered, and met every threshold that `slo` has. Latencies run from the scheduled time.

    An error is never good. One token has no time between tokens, so it meets any TPOT.
    """
    if row["status"] != "ok":
        return False
    tokens = row["output_tokens"] - row["first_chunk_tokens"]
    kept = [
        (row["first_token_s"] - row["scheduled_s"], slo.ttft_s),
        (row["done_s"] - row["scheduled_s"], slo.e2e_s),
        ((row["last_token_s"] - row["first_token_s"]) / tokens if tokens > 0 else 0.0, slo.tpot_s),
    ]
    return all(limit is None or value <= limit for value, limit in kept)


def attainment(good: int, scheduled: int) -> float | None:
    """Share of the scheduled requests that were good: errors, timeouts and drops stay in the denominator. None of none."""
    return good / scheduled if scheduled else None


def goodput(good: int, measured_s: float) -> float:
    """Good requests [1/s]: those scheduled in the measured window that turned out good, over the length of the window."""
    return good / measured_s
