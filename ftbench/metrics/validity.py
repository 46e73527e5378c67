"""Whether the load generator, not the model, was the limit. Every broken rule has a sentence; none broken: the measurement stands."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pyarrow as pa

from ftbench.metrics import latency
from ftbench.metrics.failures import kept_back
from ftbench.metrics.in_flight import InFlight
from ftbench.metrics.run_info import RunInfo, WorkerInfo
from ftbench.metrics.summary import Limit
from ftbench.stats.quantile import quantile

FLOOR_S = 0.001  # a delay of the client below this is what a timer and a wake-up cost, whatever the server's own speed
FLOOR_IN_FLIGHT = 1.0  # a count that is sampled 50 times a second is never exact


def judge_validity(measured: pa.Table, under_way: InFlight, info: RunInfo, *, excused: bool) -> list[Limit]:
    """Each rule on the measurement with what was observed.

    Args:
        measured: the requests due in the window.
        under_way: all requests of the run, from sent to done.
        excused: it does not matter that the search for a steady state found none: the server was over capacity, the traffic changes by
            design, or the window itself was steady from its beginning.
    """
    limits, workers = info.validity, info.workers
    sent_s, scheduled_s = latency.column(measured, "sent_s"), latency.column(measured, "scheduled_s")
    return [
        _whole(len(measured), sent_s),
        *_ended_well(workers),
        _send_lag(sent_s - scheduled_s, limits.send_lag_p99_s),
        _late_sending(measured, limits.client_delay_share),
        _late_reading(measured, workers, limits.client_delay_share),
        *_rate(measured, info),
        _busiest(workers, limits.client_cpu),
        _stalls(workers, limits.stalled_share, info.measured_s),
        _clock(workers, limits.clock_step_s),
        _prompts(measured, limits.prompt_tokens_error),
        _little(under_way, info),
        *_warmup(info, excused),
    ]


def reasons_invalid(rules: list[Limit]) -> list[str]:
    return [rule.reason for rule in rules if rule.ok is False]


def _whole(n: int, sent_s: np.ndarray) -> Limit:
    sent = int((~np.isnan(sent_s)).sum())
    reason = "no request was due within the measured time; a longer duration or a higher rate is needed" if n == 0 else ""
    if n and not sent:
        reason = "not one request was sent"
    return Limit(name="requests", title="Requests sent", observed=sent, limit=None, unit="count", ok=not reason, reason=reason)


def _ended_well(workers: list[WorkerInfo]) -> Iterator[Limit]:
    lost = [f"load process {w.worker} was lost: {w.lost}" for w in workers if w.lost]
    cut = list(dict.fromkeys(w.aborted for w in workers if w.aborted))
    yield Limit(name="lost", title="Load processes lost", observed=len(lost), limit=0, unit="count", ok=not lost, reason="; ".join(lost))
    reason = f"the run was cut short: {'; '.join(cut)}" if cut else ""
    stopped = sum(w.aborted is not None for w in workers)
    yield Limit(
        name="aborted", title="Load processes that stopped early", observed=stopped, limit=0, unit="count", ok=not cut, reason=reason
    )


def _send_lag(lag: np.ndarray, limit: float) -> Limit:
    lag = lag[~np.isnan(lag)]
    p99 = quantile(lag, 0.99) if len(lag) else None
    return _rule(
        "send_lag_p99_s", "Send lag, p99", p99, limit, "s",
        lambda: f"send lag p99 {_ms(p99)} is over {_ms(limit)}: the client was late, more workers are needed",
    )  # fmt: skip


def _late_sending(measured: pa.Table, limit: float) -> Limit:
    """How much of the TTFT at p50 and at p99 goes away when it is counted from the sent time: the client's own delay and nothing else.

    An absolute limit alone would let a client whose 30 ms of delay stand in front of a TTFT of 5 ms report 35 ms.
    """
    due, sent = latency.ttft(measured), latency.ttft_from_sent(measured)
    due, sent = due[~np.isnan(due)], sent[~np.isnan(sent)]
    share, q, own, reported = 0.0, 0.5, 0.0, 0.0
    for at in (0.5, 0.99) if len(due) else ():
        whole = quantile(due, at)
        delay = whole - quantile(sent, at)
        if delay > FLOOR_S and delay / whole > share:
            share, q, own, reported = delay / whole, at, delay, whole
    return _rule(
        "send_delay_share", "Late sending, share of the TTFT", share if len(due) else None, limit, "share",
        lambda: f"{own * 1000:.1f} ms of the TTFT p{100 * q:.0f} of {reported * 1000:.1f} ms are the client's own delay in sending, "
        f"{share:.0%} where {limit:.0%} are allowed: more workers are needed",
    )  # fmt: skip


def _late_reading(measured: pa.Table, workers: list[WorkerInfo], limit: float) -> Limit:
    """How late the event loop wakes, and so reads and stamps, beside the TTFT at p50 and at p99."""
    ttft = latency.ttft(measured)
    ttft = ttft[~np.isnan(ttft)]
    late = {0.5: _highest(w.wake_late_p50_s for w in workers), 0.99: _highest(w.wake_late_p99_s for w in workers)}
    share, q, reported = 0.0, 0.5, 0.0
    for at, delay in late.items():
        if delay is not None and delay > FLOOR_S and len(ttft) and delay / (whole := quantile(ttft, at)) > share:
            share, q, reported = delay / whole, at, whole
    known = len(ttft) > 0 and any(delay is not None for delay in late.values())
    return _rule(
        "read_delay_share", "Late reading, share of the TTFT", share if known else None, limit, "share",
        lambda: f"the event loop of a load process woke {late[q] * 1000:.1f} ms late at p{100 * q:.0f}, {share:.0%} of the TTFT "
        f"p{100 * q:.0f} of {reported * 1000:.1f} ms where {limit:.0%} are allowed: answers were stamped late, more workers are needed",
    )  # fmt: skip


def _rate(measured: pa.Table, info: RunInfo) -> Iterator[Limit]:
    """No rate is asked for in a closed loop. What a declared cap kept back was not forgotten: it is a failure, not a slow client."""
    if info.loop == "closed":
        return
    arrivals = measured.filter(latency.first_turns(measured))
    counted = ~kept_back(arrivals, info)
    error = rate_error(latency.column(arrivals, "scheduled_s")[counted], latency.column(arrivals, "sent_s")[counted])
    limit = info.validity.achieved_rate_error
    yield _rule(
        "achieved_rate_error", "Sent rate against the scheduled one", error, limit, "share",
        lambda: f"the sent rate is {error:.1%} off the scheduled one, over {limit:.1%}",
    )  # fmt: skip


def _busiest(workers: list[WorkerInfo], limit: float) -> Limit:
    shares = {w.worker: w.cpu_share for w in workers if w.cpu_share is not None}
    over = [worker for worker, share in shares.items() if share > limit]
    most = max(shares.values(), default=None)
    return _rule(
        "client_cpu", "Processor of the busiest load process", most, limit, "share",
        lambda: f"load process {_listed(over)} used {most:.0%} of a core, over {limit:.0%}: more workers are needed",
    )  # fmt: skip


def _stalls(workers: list[WorkerInfo], limit: float, measured_s: float) -> Limit:
    worst = max(workers, key=lambda w: w.stalled_s, default=None)
    share = worst.stalled_s / measured_s if worst else None
    return _rule(
        "stalled_share", "Event loop stood still", share, limit, "share",
        lambda: f"load process {worst.worker} stood still {worst.stalls} times, {worst.stalled_s:.2f} s in all, "
        f"over {limit:.0%} of the measured time: the machine is too busy",
    )  # fmt: skip


def _clock(workers: list[WorkerInfo], limit: float) -> Limit:
    step = max((w.clock_step_s for w in workers), default=None)
    unsure = max((w.clock_uncertainty_s or 0.0 for w in workers), default=0.0)
    most = None if step is None else max(step, unsure)
    return _rule(
        "clock_step_s", "Jump of the clock", most, limit, "s",
        lambda: f"the machine's clock jumped by {step * 1000:.0f} ms, over {limit * 1000:.0f} ms: it was changed, or the machine slept"
        if step > limit
        else f"the load processes' start instants may differ by {unsure * 1000:.0f} ms, over {limit * 1000:.0f} ms",
    )  # fmt: skip


def _prompts(measured: pa.Table, limit: float) -> Limit:
    asked, counted = latency.column(measured, "asked_prompt_tokens"), latency.column(measured, "prompt_tokens")
    known = (asked > 0) & ~np.isnan(counted)  # NaN is not above 0
    off = np.abs(counted[known] / asked[known] - 1)
    error = float(np.median(off)) if len(off) else None
    return _rule(
        "prompt_tokens_error", "Prompt lengths against those meant", error, limit, "share",
        lambda: f"prompts were {error:.1%} off their meant length at the median, over {limit:.1%}: "
        f"{np.median(asked[known]):.0f} tokens were meant, the server counted {np.median(counted[known]):.0f}; is it the same tokenizer?",
    )  # fmt: skip


def _little(under_way: InFlight, info: RunInfo) -> Limit:
    """Requests in flight as counted while the run went on, against what the records' times say: L = lambda W, over one window.

    A gap means that the times are not those of the requests that were in flight: lost records, or stamps that were taken late.
    """
    counts = [w.mean_in_flight for w in info.workers]
    limit = info.validity.littles_law
    if not counts or any(count is None for count in counts):
        return _rule("littles_law", "Little's law, residual", None, limit, "share", str)
    counted = sum(counts)
    by_times = float(under_way.means(np.array([info.warmup_s, info.warmup_s + info.measured_s]))[0])
    residual = max(0.0, abs(counted - by_times) - FLOOR_IN_FLIGHT) / max(counted, by_times, FLOOR_IN_FLIGHT)
    return _rule(
        "littles_law", "Little's law, residual", residual, limit, "share",
        lambda: f"{counted:.1f} requests were in flight at the mean as counted, {by_times:.1f} by the records' times: {residual:.1%} "
        f"apart, over {limit:.1%}, so the time stamps are not to be trusted",
    )  # fmt: skip


def _warmup(info: RunInfo, excused: bool) -> Iterator[Limit]:
    if info.warmup_found is None:
        return
    ok = info.warmup_found or excused
    reason = (
        "" if ok else f"the automatic warm-up found no steady state within {info.warmup_s:.4g} s: give a longer warm-up, or a longer run"
    )
    yield Limit(
        name="warmup",
        title="Warm-up reached a steady state",
        observed=float(info.warmup_found),
        limit=None,
        unit="count",
        ok=ok,
        reason=reason,
    )


def _rule(name: str, title: str, observed: float | None, limit: float, unit: str, reason: Callable[[], str]) -> Limit:
    ok = None if observed is None else bool(observed <= limit)  # numpy's own False is not False
    return Limit(name=name, title=title, observed=observed, limit=limit, unit=unit, ok=ok, reason=reason() if ok is False else "")


def _ms(seconds: float) -> str:
    """Milliseconds; a small limit that was broken must not read "0 ms is over 0 ms"."""
    return f"{seconds * 1000:,.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.2g} ms"


def _highest(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _listed(numbers: list[int]) -> str:
    return " and ".join(map(str, numbers))


def rate_error(scheduled_s: np.ndarray, sent_s: np.ndarray) -> float:
    """Relative gap between the rate that the schedule asked for and the rate that was sent.

    Compared over each one's own span, so that a request sent a millisecond behind the end of a short window is not a lost one; what was
    never sent is missing from the sent rate. 0 where there are fewer than two to compare.
    """
    sent = np.sort(sent_s[~np.isnan(sent_s)])
    if len(scheduled_s) < 2:
        return 0.0
    if len(sent) < 2 or sent[-1] == sent[0]:
        return 1.0
    asked = (len(scheduled_s) - 1) / (scheduled_s.max() - scheduled_s.min())
    unsent = len(scheduled_s) - len(sent)
    span = max(sent[-1] - sent[0], scheduled_s.max() - scheduled_s.min()) if unsent else sent[-1] - sent[0]
    return abs((len(sent) - 1) / span - asked) / asked
