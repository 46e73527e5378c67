"""One run's records become its summary."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ftbench.metrics import latency
from ftbench.metrics.goodput import attainment, goodput
from ftbench.metrics.run_info import RunInfo
from ftbench.metrics.saturation import is_saturated
from ftbench.metrics.summary import LoadSummary
from ftbench.metrics.validity import reasons_invalid


def summarise(records: pa.Table, info: RunInfo) -> LoadSummary:
    """All numbers of one run at one scale. `records` are all its rows, warm-up included.

    Latency, errors, goodput and attainment are of the requests that were *due* in the measured window, whenever they ended. Throughput
    (`requests_per_s`, `output_tokens_per_s`) is of the successful responses that were *completed* in the window, whichever phase they
    were sent in: what leaves a system in steady state in that time. TTFT, TPOT and E2E quantiles are of successful requests; failures have
    no latency, count against goodput and attainment, and stand in a note. `achieved_rate` is what was sent of the window's requests over
    the window; a Poisson schedule's own count differs from the rate by chance, and a note says by how much.
    """
    begin, end = info.warmup_s, info.warmup_s + info.measured_s
    measured = records.filter(pc.equal(records["phase"], "measured"))
    n = len(measured)
    ok = measured.filter(pc.equal(measured["status"], "ok"))
    failed = n - len(ok)
    sent_s, scheduled_s = latency.column(measured, "sent_s"), latency.column(measured, "scheduled_s")
    good = pc.sum(measured["good"]).as_py() or 0

    done_s = latency.column(records, "done_s")
    completed = (done_s >= begin) & (done_s < end) & pc.equal(records["status"], "ok").to_numpy(zero_copy_only=False)
    tokens = np.nan_to_num(latency.column(records, "output_tokens"))
    rejected = pc.fill_null(pc.equal(records["error_kind"], "rejected"), False).to_numpy(zero_copy_only=False)
    saturated = is_saturated(latency.column(records, "scheduled_s"), done_s, rejected, begin, end)

    reasons = reasons_invalid(scheduled_s, sent_s, info.measured_s, info.workers, info.validity)
    shares = [worker.cpu_share for worker in info.workers if worker.cpu_share is not None]
    return LoadSummary(
        scale=info.scale,
        arrivals=info.arrivals,
        requested_rate=info.requested_rate,
        achieved_rate=float((~np.isnan(sent_s)).sum() / info.measured_s),
        duration_s=info.measured_s,
        n=n,
        n_ok=len(ok),
        errors=_counted(measured["error_kind"]),
        ttft=latency.describe(latency.ttft(ok), failed=failed),
        ttft_from_sent=latency.describe(latency.ttft_from_sent(ok), failed=failed),
        tpot=latency.describe(latency.tpot(ok), failed=failed),
        e2e=latency.describe(latency.e2e(ok), failed=failed),
        send_lag=latency.describe(latency.send_lag(measured)),
        output_tokens_per_s=float(tokens[completed].sum() / info.measured_s),
        requests_per_s=float(completed.sum() / info.measured_s),
        prompt_tokens_mean=_mean(ok, "prompt_tokens"),
        output_tokens_mean=_mean(ok, "output_tokens"),
        received_bytes_mean=_mean(ok, "received_bytes"),
        token_count_source=" and ".join(sorted(_counted(ok["token_count_source"]))) or "none",
        goodput=goodput(good, info.measured_s),
        attainment=attainment(good, n),
        slo={name: value for name, value in info.slo.model_dump().items() if value is not None and name != "attainment"},
        saturated=saturated,
        client_cpu=max(shares, default=None),
        valid=not reasons,
        invalid_reasons=reasons,
        notes=_notes(n, info, saturated, measured),
        worker_info=[worker.model_dump() for worker in info.workers],
    )


def _notes(n: int, info: RunInfo, saturated: bool, measured: pa.Table) -> list[str]:
    notes = []
    expected = info.requested_rate * info.measured_s
    if n and abs(n - expected) > 0.02 * expected and abs(n - expected) >= 1:
        notes.append(f"the {info.arrivals} schedule holds {n} requests where {expected:.0f} are the mean of its rate")
    if saturated:
        notes.append(
            "saturated: requests came faster than they were served, so the latencies say how long the run was, not how fast the server is"
        )
    sources = _counted(measured["token_count_source"])
    if "chunks" in sources:
        notes.append(
            f"{sources['chunks']} responses had no usage: each visible chunk was taken for one token, so TPOT and tokens/s are of chunks"
        )
    return notes


def _counted(values: pa.ChunkedArray) -> dict[str, int]:
    counts = pc.value_counts(pc.drop_null(values)).to_pylist()
    return {entry["values"]: entry["counts"] for entry in sorted(counts, key=lambda entry: entry["values"])}


def _mean(records: pa.Table, name: str) -> float | None:
    mean = pc.mean(records[name]).as_py()
    return None if mean is None else float(mean)
