"""One tool in one scenario: what it says, beside what the server's log has."""

import os
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from fidelity.freeze import ideal
from fidelity.server import Truth, server

from ftbench.stats import quantile
from peers.install import environment_of
from peers.scenarios import Scenario
from peers.tools.ask import Ask, Told
from peers.watched import Watched, watched

START_S = 90.0  # a tool may take long to import what it needs
SETTLE_S = 1.0  # of the log's window, at both ends


def compare(tool: ModuleType, scenario: Scenario, root: Path, tokenizer: Path, *, first: bool) -> dict[str, Any]:
    """Figures in milliseconds, microseconds of processor time an event, and events/s; or {"failed": why}."""
    options = {"ttft_s": scenario.ttft_s, "itl_s": scenario.itl_s, "tokens": scenario.tokens, "per_chunk": scenario.per_chunk}
    with tempfile.TemporaryDirectory() as name, server(**options, **scenario.more) as known:
        requests = scenario.tool_requests.get(tool.NAME) or scenario.requests
        ask = Ask(
            known.url.removesuffix("/v1"), environment_of(tool, root), tokenizer, Path(name), scenario.tokens, scenario.seconds, requests,
            scenario.rate, scenario.arrivals, scenario.concurrency, scenario.closed_as,
        )  # fmt: skip
        more = tool.environment(ask) if hasattr(tool, "environment") else {}
        environment = {**os.environ, "HF_HUB_OFFLINE": "1", **more}
        ran = watched(tool.command(ask), Path(name), environment, scenario.seconds + START_S, first=first)
        truth = known.stop()
        try:
            told = tool.told(Path(name))
        except (OSError, ValueError, KeyError) as error:
            ended = "was ended after its time" if ran.code is None else f"ended with exit code {ran.code}"
            return {"failed": f"{ended}; {type(error).__name__}: {error}", "output_tail": ran.output[-1500:]}
    return figures(scenario, told, truth, ran)


def figures(scenario: Scenario, told: Told, truth: Truth, ran: Watched) -> dict[str, Any]:
    whole = truth.between(0, 2**63 - 1)
    begin, end = whole.received.min() + SETTLE_S * 1e9, whole.received.max() - SETTLE_S / 2 * 1e9
    events = whole.events(begin, end)
    ttft = ideal_ttft(scenario, truth) if truth.freeze else whole.ttft_s()
    true = {"ttft": {name: quantile(ttft, q) for name, q in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}}
    true["tpot"] = {"p50": quantile(whole.tpot_s(scenario.tokens, scenario.per_chunk), 0.5)}
    true["itl"] = {name: truth.gap_quantile_s(q) for name, q in (("p50", 0.5), ("p99", 0.99))}
    return {
        "n": told.n,
        "failed_requests": told.failed,
        "true_ms": {metric: _ms(values) for metric, values in true.items()},
        "told_ms": {metric: _ms(getattr(told, metric)) for metric in ("ttft", "tpot", "itl")},
        "itl_is": told.itl_is,
        "verdict": told.verdict,
        "requests_per_s": float(((whole.received >= begin) & (whole.received < end)).sum() / (end - begin) * 1e9),
        "events_per_s": events / (end - begin) * 1e9,
        "cpu_us_per_event": ran.cpu_between(begin, end) / events * 1e6,
        "server_late_p99_ms": truth.late_p99_s() * 1e3,
    }


def ideal_ttft(scenario: Scenario, truth: Truth) -> np.ndarray:
    """TTFT [s] of an ideal client that sends at even distances, at times that the freeze falls among as it did: shape (requests,)."""
    begin, end = (instant / 1e9 for instant in truth.freeze)
    first = truth.received.min() / 1e9
    due = first + np.arange(scenario.requests) / scenario.rate
    return ideal(due, scenario.ttft_s, (begin, end))


def _ms(values: dict[str, float | None]) -> dict[str, float | None]:
    return {name: None if value is None else value * 1e3 for name, value in values.items()}
