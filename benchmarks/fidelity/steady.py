"""A steady rate: TTFT, TPOT and E2E as the server's log has them, nothing sent late, nothing sent less."""

from typing import NamedTuple

from fidelity.result import Check, Result, at_most, near
from fidelity.run import run
from fidelity.server import server
from ftbench.stats import quantile

ABSOLUTE_S, RELATIVE, RATE_ERROR, CHUNK_RELATIVE = 0.001, 0.02, 0.005, 0.01


class Steady(NamedTuple):
    name: str
    rate: float
    ttft_s: float
    itl_s: float
    tokens: int
    per_chunk: int = 1


SLOW = Steady("50 rps x 64 tokens, ITL 10 ms", 50, 0.050, 0.010, 64)
FAST = Steady("150 rps x 128 tokens, ITL 5 ms (19,000 events/s)", 150, 0.050, 0.005, 128)
CHUNKS = Steady("4 tokens a chunk", 20, 0.050, 0.010, 64, per_chunk=4)


def steady(of: Steady, seconds: float) -> Result:
    """From the *scheduled* time; so the client's send lag, its connections and the loopback are all counted against it."""
    with server(ttft_s=of.ttft_s, itl_s=of.itl_s, tokens=of.tokens, per_chunk=of.per_chunk) as known:
        found = run(known.url, rate=of.rate, duration_s=seconds, max_tokens=of.tokens)
        whole = known.stop()
    truth, summary, checks = whole.between(*found.window_ns), found.summary, []
    true = {"ttft": truth.ttft_s(), "tpot": truth.tpot_s(of.tokens, of.per_chunk), "e2e": truth.e2e_s()}
    for metric, values in true.items():
        for name, q in (("p50", 0.5), ("p99", 0.99)):
            expected = quantile(values, q)
            allowed = CHUNK_RELATIVE * expected if of.per_chunk > 1 and metric == "tpot" else max(ABSOLUTE_S, RELATIVE * expected)
            checks.append(near(f"{metric} {name}", getattr(getattr(summary, metric), f"{name}_s"), expected, allowed))
    off = abs(summary.achieved_rate * found.info.measured_s - summary.n) / summary.n
    checks.append(at_most("sent off the schedule", off * 100, RATE_ERROR * 100, "%"))
    checks.append(Check("verdict", found.verdict(), "valid", summary.valid))
    cpu = found.cpu_us_per_event(whole.events(*found.window_ns))
    figures = {"client_cpu_us_per_event": cpu, "n": summary.n, "errors": summary.errors, "server_late_p99_ms": whole.late_p99_s() * 1e3}
    return Result(of.name, checks, [f"{found.words()}; {cpu:.1f} us of client CPU an event", *whole.notes()], figures)
