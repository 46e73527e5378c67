"""A server that stands still: what an ideal open-loop client would have measured, which cannot omit the requests that had to wait."""

import numpy as np

from fidelity.result import Check, Result, near
from fidelity.run import run
from fidelity.server import server
from ftbench.metrics import latency
from ftbench.stats import quantile

RATE, TTFT_S, ITL_S, TOKENS, FREEZE_S, RELATIVE = 20, 0.050, 0.010, 16, 3.0, 0.03


def ideal(due_s: np.ndarray, after_s: float, freeze: tuple[float, float]) -> np.ndarray:
    """Latency [s], shape of `due_s`, of an event due `after_s` after the receipt of a request that was sent when due.

    A server that stands still over [begin, end) receives at `end` what came meanwhile, and writes at `end` what was due meanwhile.
    """
    begin, end = freeze

    def thawed(times: np.ndarray) -> np.ndarray:
        return np.where((times >= begin) & (times < end), end, times)

    return thawed(thawed(due_s) + after_s) - due_s


def freeze(seconds: float) -> Result:
    seconds = max(seconds, 20.0)  # so that the freeze is more than 5 % and less than half of it
    with server(ttft_s=TTFT_S, itl_s=ITL_S, tokens=TOKENS, freeze_at_s=6, freeze_s=FREEZE_S) as known:
        found = run(known.url, rate=RATE, duration_s=seconds, max_tokens=TOKENS)
        truth = known.stop()
    if truth.freeze is None:
        raise RuntimeError("the server never stood still")
    still = tuple((instant - found.info.t0_monotonic_ns) / 1e9 for instant in truth.freeze)
    due_s = latency.column(found.records, "scheduled_s")
    due_s = due_s[due_s >= found.info.warmup_s]
    checks = []
    for metric, after_s in (("ttft", TTFT_S), ("e2e", TTFT_S + (TOKENS - 1) * ITL_S)):
        expected = ideal(due_s, after_s, still)
        for name, q in (("p95", 0.95), ("p99", 0.99)):
            true = quantile(expected, q)
            checks.append(near(f"{metric} {name}", getattr(getattr(found.summary, metric), f"{name}_s"), true, RELATIVE * true))
    checks.append(Check("errors", str(found.summary.errors or "none"), "none", not found.summary.errors))
    notes = [f"the server stood still for {still[1] - still[0]:.3f} s; {found.words()}"]
    return Result(f"{FREEZE_S:g} s freeze at {RATE} rps", checks, notes)
