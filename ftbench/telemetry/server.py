"""What the server said of itself over the measured window."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ftbench.telemetry.histogram import Histogram, mean, quantile, since, together
from ftbench.telemetry.log import Line, Window, around, within
from ftbench.telemetry.names import QUANTITIES
from ftbench.telemetry.page import Readings, decode

QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
IN_BUCKETS = "interpolated in the server's histogram buckets"
TOKENS_OFF = 0.01
FEW_HITS = 0.001
STALE_NS = 10_000_000_000

By = dict[str, list[tuple[int, Readings]]]  # a replica's readings, in the order of time [ns]


def server_summary(lines: list[Line], window: Window, records: pa.Table) -> tuple[dict[str, Any] | None, list[str]]:
    """(`server` of a load summary, notes). None where nobody looked; {"absent": word} where there was no page to be had.

    Gauges are means and maxima of the samples in the window; counters and histograms are differences between the samples around it, which
    reach beyond it by less than a sampling period at each end: `covers_s`. Tokens are compared over the whole run, warm-up and drain
    included, since a server counts a token when it is made and a client when its response is over.
    """
    told = [line for line in lines if line["kind"] == "server"]
    head = next((line for line in told if "server" in line), None)
    if head is None:
        absent = next((line["absent"] for line in told if "absent" in line), None)
        return ({"absent": absent} if absent else None), []
    samples = [line for line in told if "pages" in line]
    inside, edges = within(samples, window), around(samples, window)
    summary: dict[str, Any] = {"kind": head["server"], "url": head["url"], "samples": len(inside), "covers_s": _span_s(edges)}
    of_window, of_run = _by_replica(edges), _by_replica(samples)
    summary["replicas"] = len(of_window)
    for name, quantity in QUANTITIES.items():
        if quantity.kind == "gauge" and name != "replicas":
            summary[name] = _gauge(inside, name, quantity.over)
        elif quantity.kind == "histogram":
            summary[name] = _described(_histogram(of_window, name))
    summary["queue_time"] = summary["queue_time"] or _little(summary, records, window)
    counts = {name: _increase(of_window, name) for name, quantity in QUANTITIES.items() if quantity.kind == "counter"}
    hits, queries = counts.pop("prefix_hits"), counts.pop("prefix_queries")
    summary.update(counts)
    summary["output_tokens_per_s"] = (
        counts["output_tokens"] / summary["covers_s"] if counts["output_tokens"] and summary["covers_s"] else None
    )
    summary["prefix_hit_rate"] = hits / queries if hits is not None and queries else None
    summary["tokens"] = _tokens(of_run, records)
    return summary, _notes(summary, of_run)


def _by_replica(samples: list[Line]) -> By:
    by: By = {}
    for line in samples:
        for who, page in line["pages"].items():
            by.setdefault(who, []).append((line["t_ns"], decode(page)))
    return by


def _span_s(samples: list[Line]) -> float | None:
    return (samples[-1]["t_ns"] - samples[0]["t_ns"]) / 1e9 if len(samples) > 1 else None


def _gauge(samples: list[Line], name: str, over: str) -> dict[str, float] | None:
    """Of several replicas the one that does not answer in time stands with its last value, for as long as it may live."""
    last: dict[str, tuple[int, float]] = {}
    totals = []
    for line in samples:
        last |= {who: (line["t_ns"], page[name]) for who, page in line["pages"].items() if name in page}
        last = {who: (t_ns, value) for who, (t_ns, value) in last.items() if line["t_ns"] - t_ns < STALE_NS}
        if last:
            totals.append(sum(value for _, value in last.values()) / (len(last) if over == "mean" else 1))
    return {"mean": float(np.mean(totals)), "max": float(max(totals))} if totals else None


def _increase(by: By, name: str) -> float | None:
    """Growth of a counter over its readings, replica by replica. A reading below the one before is of a server that began again at 0.

    Source: increase() of Prometheus, without its extrapolation.
    """
    parts = []
    for readings in by.values():
        values = [page[name] for _, page in readings if name in page]
        if len(values) > 1:
            parts.append(sum(b - a if b >= a else b for a, b in zip(values, values[1:], strict=False)))
    return float(sum(parts)) if parts else None


def _histogram(by: By, name: str) -> Histogram | None:
    parts = []
    for readings in by.values():
        values = [page[name] for _, page in readings if name in page]
        parts += [since(b, a) for a, b in zip(values, values[1:], strict=False) if b.count != a.count]
    return together(parts) if parts else None


def _described(histogram: Histogram | None) -> dict[str, Any] | None:
    if histogram is None or histogram.count <= 0:
        return None
    quantiles = {name: quantile(histogram, q) for name, q in QUANTILES.items()}
    return {"n": int(histogram.count), "mean": mean(histogram), **quantiles, "basis": IN_BUCKETS}


def _little(summary: dict[str, Any], records: pa.Table, window: Window) -> dict[str, Any] | None:
    """A server that counts who waits but not how long: mean waiting over arrival rate. Source: Little 1961."""
    if summary["waiting"] is None:
        return None
    sent = pc.and_(pc.equal(records["phase"], "measured"), pc.is_valid(records["sent_s"]))
    n = pc.sum(sent).as_py() or 0
    if not n:
        return None
    nothing = dict.fromkeys(QUANTILES)
    return {
        "n": n,
        "mean": summary["waiting"]["mean"] * window.seconds / n,
        **nothing,
        "basis": "Little's law from the mean number waiting",
    }


def _tokens(of_run: By, records: pa.Table) -> dict[str, float | int | None]:
    def client(name: str) -> int:
        return pc.sum(records[name]).as_py() or 0

    return {
        "server_output": _increase(of_run, "output_tokens"),
        "client_output": client("output_tokens"),
        "server_prompt": _increase(of_run, "prompt_tokens"),
        "client_prompt": client("prompt_tokens"),
        "client_failed": len(records) - (pc.sum(pc.equal(records["status"], "ok")).as_py() or 0),
    }


def _notes(summary: dict[str, Any], of_run: By) -> list[str]:
    notes = []
    if summary["prefix_hit_rate"] and summary["prefix_hit_rate"] > FEW_HITS:
        notes.append(
            f"the server found {summary['prefix_hit_rate']:.1%} of the prompt tokens in its prefix cache: where the prompts were not meant "
            "to share beginnings, the time to the first token is flattered"
        )
    server, client = summary["tokens"]["server_output"], summary["tokens"]["client_output"]
    if server is not None and client and abs(server - client) > TOKENS_OFF * client:
        failed = summary["tokens"]["client_failed"]
        why = (
            f"the rest may be of the {failed} requests that failed, or of somebody else's"
            if server > client and failed
            else "somebody else used the server meanwhile, or it does more than is asked"
            if server > client
            else "another server answered as well, or one of the two counts wrongly"
        )
        notes.append(f"over the whole run the server counted {server:.0f} output tokens and the client {client}: {why}")
    told = max((int(page.get("replicas", 1)) for readings in of_run.values() for _, page in readings), default=1)
    if any(others[0][0] > one[-1][0] for one in of_run.values() for others in of_run.values()):
        notes.append("a replica of the server was replaced during the run")
    elif len(of_run) < told:
        notes.append(f"of {told} replicas only {len(of_run)} answered for /metrics, so the server's numbers are of these alone")
    return notes
