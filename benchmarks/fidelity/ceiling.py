"""The ceiling: as many events as one load process can read, and a verdict that says when it could not read them in time."""

from fidelity.result import Check, Result, at_least, at_most
from fidelity.run import run
from fidelity.server import server
from ftbench.stats import quantile

STREAMS, TTFT_S, ITL_S, TOKENS = 256, 0.005, 0.001, 128
CPU_US, EVENTS_PER_S = 9.0, 100_000
ABSOLUTE_S, RELATIVE = 0.001, 0.02


def ceiling(seconds: float) -> Result:
    """A closed loop of 256 users, for whom the server would write 248,000 events/s."""
    with server(ttft_s=TTFT_S, itl_s=ITL_S, tokens=TOKENS) as known:
        found = run(known.url, closed={"concurrency": STREAMS}, duration_s=seconds, max_tokens=TOKENS)
        truth = known.stop()
    events = truth.events(*found.window_ns)
    cpu = found.cpu_us_per_event(events)
    inside = truth.between(*found.window_ns)
    reported, expected = found.summary.ttft and found.summary.ttft.p50_s, quantile(inside.ttft_s(), 0.5)
    off = None if reported is None else abs(reported - expected)
    right = off is not None and off <= max(ABSOLUTE_S, RELATIVE * expected)
    shown = "no TTFT" if reported is None else f"TTFT p50 {reported * 1e3:.2f} ms, true {expected * 1e3:.2f} ms"
    checks = [
        at_most("client CPU per event", cpu, CPU_US, "us"),
        at_least("events read by one worker", events / found.info.measured_s, EVENTS_PER_S, "events/s"),
        Check("verdict", f"{shown}; {found.verdict()}", "INVALID unless that TTFT is right", right or not found.summary.valid),
    ]
    figures = {"client_cpu_us_per_event": cpu, "events_per_s": events / found.info.measured_s}
    return Result("ceiling: 256 streams, TTFT 5 ms, ITL 1 ms, 128 tokens", checks, [found.words(), *truth.notes()], figures)
