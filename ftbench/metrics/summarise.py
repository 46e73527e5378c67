"""One run's records become its summary."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ftbench.metrics import latency
from ftbench.metrics.beginning import begins_as_it_goes_on
from ftbench.metrics.failures import counted, describe_failures, kept_back
from ftbench.metrics.gaps import describe_gaps
from ftbench.metrics.goodput import attainment, count_good, goodput, limits
from ftbench.metrics.in_flight import InFlight
from ftbench.metrics.run_info import RunInfo
from ftbench.metrics.stationarity import Flow, changes_by_design, judge
from ftbench.metrics.summary import LoadSummary, Phase
from ftbench.metrics.timeline import slices
from ftbench.metrics.validity import judge_validity, reasons_invalid

CLOSED = (
    "closed loop: each user waits for the answer before asking again, so a slow server is asked less and its queue does not show; "
    "these latencies say nothing about traffic that comes at a rate of its own"
)


def summarise(records: pa.Table, info: RunInfo, *, telemetry: Mapping[str, Any] | None = None) -> LoadSummary:
    """All numbers of one run at one scale. `records` are all its rows, warm-up included.

    Latency, errors, goodput and attainment are of the requests that were *due* in the measured window, whenever they ended. Throughput
    (`requests_per_s`, `output_tokens_per_s`) is of the successful responses that were *completed* in the window, whichever phase they
    were sent in: what leaves a system in steady state in that time. TTFT, TPOT, ITL and E2E quantiles are of successful requests; failures
    have no latency, count against goodput and attainment, and stand in a note. `achieved_rate` is what was sent of the window's arrivals
    over the window; a Poisson schedule's own count differs from the rate by chance, and a note says by how much.

    Args:
        telemetry: {"server", "hosts", "energy", "notes"}, as telemetry.summarise_telemetry gives it; any may be missing.
    """
    begin, end = info.warmup_s, info.warmup_s + info.measured_s
    measured = records.filter(pc.equal(records["phase"], "measured"))
    ok = measured.filter(pc.equal(measured["status"], "ok"))
    n, failed = len(measured), len(measured) - len(ok)
    good = pc.sum(measured["good"]).as_py() or 0
    sent = ~np.isnan(latency.column(measured, "sent_s"))
    arrivals = latency.first_turns(measured).to_numpy()

    done_s = latency.column(records, "done_s")
    completed = (done_s >= begin) & (done_s < end) & pc.equal(records["status"], "ok").to_numpy()
    tokens = np.nan_to_num(latency.column(records, "output_tokens"))
    under_way = InFlight(latency.column(records, "sent_s"), done_s)

    state = judge(_flow(records, info), info)
    no_warmup_left = bool(state.steady) and begins_as_it_goes_on(latency.column(ok, "scheduled_s"), latency.e2e(ok))
    excused = state.saturated or changes_by_design(info) or no_warmup_left
    rules = judge_validity(measured, under_way, info, excused=excused)
    itl, itl_kind = describe_gaps(ok)
    shares = [worker.cpu_share for worker in info.workers if worker.cpu_share is not None]
    told = telemetry or {}
    return LoadSummary(
        scale=info.scale,
        loop=info.loop,
        concurrency=info.concurrency,
        arrivals=info.arrivals,
        prompt_note=info.prompt_note,
        requested_rate=info.requested_rate,
        achieved_rate=float((sent & arrivals).sum() / info.measured_s),
        sent_per_s=float(sent.sum() / info.measured_s),
        duration_s=info.measured_s,
        phases=_phases(records, n, done_s, info),
        n=n,
        n_ok=len(ok),
        **describe_failures(measured),
        ttft=latency.describe(latency.ttft(ok), failed=failed),
        ttft_from_sent=latency.describe(latency.ttft_from_sent(ok), failed=failed),
        tpot=latency.describe(latency.tpot(ok), failed=failed),
        itl=itl,
        itl_kind=itl_kind,
        e2e=latency.describe(latency.e2e(ok), failed=failed),
        send_lag=latency.describe(latency.send_lag(measured)),
        output_tokens_per_s=float(tokens[completed].sum() / info.measured_s),
        requests_per_s=float(completed.sum() / info.measured_s),
        prompt_tokens_mean=_mean(ok, "prompt_tokens"),
        output_tokens_mean=_mean(ok, "output_tokens"),
        received_bytes_mean=_mean(ok, "received_bytes"),
        token_count_source=" and ".join(sorted(counted(ok["token_count_source"]))) or "none",
        goodput=goodput(good, info.measured_s),
        attainment=attainment(good, n),
        slo=limits(info.slo),
        slos={name: count_good(measured, slo, info.measured_s) for name, slo in info.slos.items()},
        timeline=slices(records, measured, under_way, begin, end),
        steady=state.steady,
        saturated=state.saturated,
        client_cpu=max(shares, default=None),
        valid=all(rule.ok is not False for rule in rules),
        invalid_reasons=reasons_invalid(rules),
        validity=rules,
        aborted=list(dict.fromkeys(worker.aborted for worker in info.workers if worker.aborted)),
        notes=[*_notes(int(arrivals.sum()), info, measured), *state.notes, *told.get("notes", [])],
        worker_info=[worker.model_dump() for worker in info.workers],
        server=told.get("server"),
        hosts=told.get("hosts") or [],
        energy=told.get("energy"),
    )


def _flow(records: pa.Table, info: RunInfo) -> Flow:
    """Requests of conversations included: each is one that the server has to serve. A later turn that was never sent is none."""
    sent_s, done_s = latency.column(records, "sent_s"), latency.column(records, "done_s")
    kind = pc.fill_null(records["error_kind"], "")
    at_cap = kept_back(records, info) & latency.first_turns(records).to_numpy()
    return Flow(
        scheduled_s=latency.column(records, "scheduled_s"),
        sent_s=sent_s,
        done_s=done_s,
        refused=pc.equal(kind, "rejected").to_numpy() | at_cap,
        timed_out=pc.equal(kind, "timeout").to_numpy(),
    )


def _phases(records: pa.Table, n: int, done_s: np.ndarray, info: RunInfo) -> dict[str, Phase]:
    """Warm-up and measured by when a request was due; the drain is what ended behind the window, and how long that took."""
    end = info.warmup_s + info.measured_s
    late = done_s[done_s >= end]
    warmup = pc.sum(pc.equal(records["phase"], "warmup")).as_py() or 0
    return {
        "warmup": Phase(n=warmup, duration_s=info.warmup_s),
        "measured": Phase(n=n, duration_s=info.measured_s),
        "drain": Phase(n=len(late), duration_s=float(late.max() - end) if len(late) else 0.0),
    }


def _notes(arrivals: int, info: RunInfo, measured: pa.Table) -> list[str]:
    notes = [CLOSED] if info.loop == "closed" else []
    if info.requested_rate is not None:
        expected = info.requested_rate * info.measured_s
        if arrivals and abs(arrivals - expected) > 0.02 * expected and abs(arrivals - expected) >= 1:
            notes.append(f"the {info.arrivals} schedule holds {arrivals} requests where {expected:.0f} are the mean of its rate")
    ended = pc.sum(pc.equal(measured["finish_reason"], "stop")).as_py() or 0
    if info.forced and ended:
        notes.append(f"{ended} outputs ended by themselves though ignore_eos was asked for: this server does not force their length")
    sources = counted(measured["token_count_source"])
    if "chunks" in sources:
        notes.append(
            f"{sources['chunks']} responses had no usage: each visible chunk was taken for one token, so TPOT and tokens/s are of chunks"
        )
    return notes


def _mean(records: pa.Table, name: str) -> float | None:
    mean = pc.mean(records[name]).as_py()
    return None if mean is None else float(mean)
