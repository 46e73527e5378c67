"""Which requests kept every promise, and how many of them there were a second."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ftbench.metrics import latency
from ftbench.metrics.summary import SloCount
from ftbench.spec.load import Slo


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


def are_good(records: pa.Table, slo: Slo) -> np.ndarray:
    """is_good of every row, shape (rows,)."""
    good = pc.equal(records["status"], "ok").to_numpy(zero_copy_only=False).copy()
    tpot = np.nan_to_num(latency.tpot(records), nan=0.0)
    for values, limit in ((latency.ttft(records), slo.ttft_s), (latency.e2e(records), slo.e2e_s), (tpot, slo.tpot_s)):
        if limit is not None:
            good &= values <= limit  # NaN is not
    return good


def count_good(records: pa.Table, slo: Slo, measured_s: float) -> SloCount:
    """One objective over `records`, the requests due in a window of `measured_s`."""
    good = int(are_good(records, slo).sum())
    share = attainment(good, len(records))
    met = None if share is None else share >= slo.attainment
    return SloCount(limits=limits(slo), target=slo.attainment, good=good, goodput=goodput(good, measured_s), attainment=share, met=met)


def limits(slo: Slo) -> dict[str, float]:
    """The thresholds that `slo` has, by name; the share that it promises is none of them."""
    return slo.model_dump(exclude={"attainment"}, exclude_none=True)


def attainment(good: int, scheduled: int) -> float | None:
    """Share of the scheduled requests that were good: errors, timeouts and drops stay in the denominator. None of none."""
    return good / scheduled if scheduled else None


def goodput(good: int, measured_s: float) -> float:
    """Good requests [1/s]: those scheduled in the measured window that turned out good, over the length of the window."""
    return good / measured_s
