"""Records become latencies: one array a quantity, seconds, shape (rows,), NaN in the rows that do not have it."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ftbench.metrics.summary import Latency
from ftbench.stats.quantile import quantile, quantile_interval, samples_to_certify

QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}
CI_CONFIDENCE = 0.95


def column(records: pa.Table, name: str) -> np.ndarray:
    """A numeric column as floats, null as NaN."""
    return records[name].cast(pa.float64()).to_numpy()


def first_turns(records: pa.Table) -> pa.ChunkedArray:
    """Which rows are arrivals of the schedule, and not a later turn of a conversation."""
    return pc.equal(pc.fill_null(records["turn"], 0), 0)


def ttft(records: pa.Table) -> np.ndarray:
    """First non-empty token, from the scheduled time."""
    return column(records, "first_token_s") - column(records, "scheduled_s")


def ttft_from_sent(records: pa.Table) -> np.ndarray:
    """First non-empty token, from the sent time: without the load generator's own delay."""
    return column(records, "first_token_s") - column(records, "sent_s")


def e2e(records: pa.Table) -> np.ndarray:
    """Last byte, or the failure, from the scheduled time."""
    return column(records, "done_s") - column(records, "scheduled_s")


def send_lag(records: pa.Table) -> np.ndarray:
    """Sent, from the scheduled time: the load generator's own delay."""
    return column(records, "sent_s") - column(records, "scheduled_s")


def tpot(records: pa.Table) -> np.ndarray:
    """(last token - first token) / (output tokens - tokens in the first chunk); NaN where the divisor is not above 0."""
    span = column(records, "last_token_s") - column(records, "first_token_s")
    tokens = column(records, "output_tokens") - column(records, "first_chunk_tokens")
    return np.divide(span, tokens, out=np.full(len(span), np.nan), where=tokens > 0)


def describe(values: np.ndarray, *, failed: int = 0) -> Latency:
    """Quantiles of the values that are not NaN, each an order statistic with its interval.

    Args:
        failed: requests that got no answer. They have no latency and are in no quantile; a note says from which quantile on there would be
            no bound if they were counted as never answered.
    """
    values = values[~np.isnan(values)]
    n = len(values)
    if n == 0:
        return nothing(failed_note(0, failed))
    uncertified = {name: needed for name, q in QUANTILES.items() if n < (needed := samples_to_certify(q))}
    return Latency(
        n=n,
        mean_s=float(values.mean()),
        **{f"{name}_s": quantile(values, q) for name, q in QUANTILES.items()},
        max_s=float(values.max()),
        ci={name: quantile_interval(values, q, confidence=CI_CONFIDENCE) for name, q in QUANTILES.items()},
        ci_confidence=CI_CONFIDENCE,
        uncertified=uncertified,
        notes=[*too_few(uncertified, f"{n} requests"), *failed_note(n, failed)],
    )


def nothing(notes: list[str]) -> Latency:
    """Of no value at all."""
    none = dict.fromkeys(("mean_s", *(f"{name}_s" for name in QUANTILES), "max_s"))
    return Latency(n=0, **none, ci={}, ci_confidence=CI_CONFIDENCE, notes=notes)


def too_few(uncertified: dict[str, int], sample: str) -> list[str]:
    """A sentence for each quantile that is not certified, but for p99.9: it rarely is, and `uncertified` says so."""
    return [f"{name} from {sample} is not certified: {needed} are needed" for name, needed in uncertified.items() if name != "p999"]


def failed_note(n: int, failed: int) -> list[str]:
    """What `failed` requests beside `n` with a value mean for the quantiles."""
    if not failed:
        return []
    share = 100 * n / (n + failed)
    return [f"{failed} of {n + failed} requests failed and are left out; counted as never answered, nothing above p{share:.4g} has a bound"]
