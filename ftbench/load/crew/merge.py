"""What the workers say of themselves, as one picture of the run. A first sight: the records alone decide what is reported."""

from collections.abc import Iterable, Mapping

from ftbench.load.live import Live
from ftbench.spec.load import Validity

SOON_S = 0.5  # a rate over less is noise
JUDGED_FROM = 100  # requests due; a rate over fewer says nothing


def merge(
    statuses: Mapping[int, Mapping],
    elapsed_s: float,
    total_s: float,
    limits: Validity,
    *,
    doubts: Iterable[str] = (),
    lost: Mapping[int, str] = {},
) -> Live:
    """Counts are sums. A p50 is the median of the workers' medians, weighted by their answers, and a p99 the highest of theirs: neither is
    the quantile of all requests, but both are close where the workers share one schedule. `client_cpu` is the busiest worker's.

    Args:
        statuses: by worker; any key may be missing or None; `age_s` is how long ago it was written.
        doubts: known before; `lost`: worker to sentence.
    """
    all_of = list(statuses.values())
    sent, requested = total(all_of, "sent"), total(all_of, "requested")
    has_rate = any(of.get("requested") is not None for of in all_of)
    live = Live(
        elapsed_s,
        total_s,
        sent=sent,
        done=total(all_of, "done"),
        errors=total(all_of, "errors"),
        in_flight=total(all_of, "in_flight"),
        requested_rate=rate(all_of, "requested", elapsed_s, total_s) if has_rate else None,
        achieved_rate=rate(all_of, "sent", elapsed_s, total_s) if has_rate else None,
        **{name: middle(all_of, name) for name in ("ttft_p50_s", "e2e_p50_s")},
        **{name: highest(all_of, name) for name in ("ttft_p99_s", "e2e_p99_s", "send_lag_p99_s", "client_cpu")},
    )
    missing = 1 - sent / requested if has_rate and requested >= JUDGED_FROM else 0.0
    step_s = highest(all_of, "clock_step_s")
    found = [f"load process {worker} was lost: {how}" for worker, how in (lost or {}).items()]
    if live.send_lag_p99_s is not None and live.send_lag_p99_s > limits.send_lag_p99_s:
        found.append(f"send lag p99 {live.send_lag_p99_s * 1000:.0f} ms so far, over {limits.send_lag_p99_s * 1000:.0f} ms")
    if missing > limits.achieved_rate_error:
        found.append(f"{missing:.1%} of the requests due so far were not sent, over {limits.achieved_rate_error:.1%}")
    if live.client_cpu is not None and live.client_cpu > limits.client_cpu:
        found.append(f"a load process used {live.client_cpu:.0%} of a core so far, over {limits.client_cpu:.0%}")
    if step_s is not None and step_s > limits.clock_step_s:
        found.append(f"the machine's clock jumped by {step_s * 1000:.0f} ms, over {limits.clock_step_s * 1000:.0f} ms")
    return live._replace(doubts=(*doubts, *found))


def total(statuses: Iterable[Mapping], name: str) -> int:
    return sum(of.get(name) or 0 for of in statuses)


def rate(statuses: Iterable[Mapping], name: str, elapsed_s: float, total_s: float) -> float | None:
    """Sum of the workers' rates [1/s], each up to the time when it was told; None before the first second."""
    times = [(of.get(name) or 0, min(elapsed_s - of.get("age_s", 0.0), total_s)) for of in statuses]
    return sum(count / until for count, until in times if until > 0) if max(until for _, until in times) > SOON_S else None


def highest(statuses: Iterable[Mapping], name: str) -> float | None:
    return max((of[name] for of in statuses if of.get(name) is not None), default=None)


def middle(statuses: Iterable[Mapping], name: str) -> float | None:
    """Median of the workers' values, each counted as often as it has answers."""
    known = sorted((of[name], of.get("done") or 1) for of in statuses if of.get(name) is not None)
    half, so_far = sum(weight for _, weight in known) / 2, 0
    for value, weight in known:
        so_far += weight
        if so_far >= half:
            return value
    return None
