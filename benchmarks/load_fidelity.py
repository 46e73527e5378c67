"""How true is the load client? Its figures beside the log of a server whose latency is known.

    python benchmarks/load_fidelity.py [--seconds 10] [--json FILE]

The server is compiled here (gcc) and writes down when each request came and when each answer went, on the same monotonic clock as the
client. Reported is what ftbench prints, from the *scheduled* time; true is the server's own answer time, which a perfect client would
print. So the client's send lag, its connections and the loopback are all counted against it. Exit code 1 when a target is missed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ftbench.gate.environment import environment
from ftbench.load import make_plan, run_load
from ftbench.load.records import read_runs
from ftbench.metrics.summarise import summarise
from ftbench.stats import quantile


class Scenario(NamedTuple):
    name: str
    rate: float
    ttft_s: float
    itl_s: float
    tokens: int
    per_chunk: int = 1


SCENARIOS = (
    Scenario("50 rps x 64 tokens, ITL 10 ms", 50, 0.050, 0.010, 64),
    Scenario("150 rps x 128 tokens, ITL 5 ms (19,000 events/s)", 150, 0.050, 0.005, 128),
    Scenario("4 tokens a chunk", 20, 0.050, 0.010, 64, per_chunk=4),
)
ABSOLUTE_S, RELATIVE, RATE_ERROR, CHUNK_RELATIVE = 0.001, 0.02, 0.005, 0.01


@contextmanager
def server(of: Scenario, folder: Path) -> Iterator[tuple[str, Path]]:
    """(URL, log) of a running server."""
    program, log = folder / "server", folder / "server.log"
    subprocess.run(["gcc", "-O2", "-o", program, Path(__file__).with_name("known_latency_server.c")], check=True)
    words = [int(of.ttft_s * 1e6), int(of.itl_s * 1e6), of.tokens, of.per_chunk, log]
    with subprocess.Popen([program, *map(str, words)], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1", log
        finally:
            process.kill()


def truth(log: Path, of: Scenario, from_ns: int, to_ns: int) -> dict[str, np.ndarray]:
    """TTFT, TPOT and E2E [s] of the requests that the server received in the measured window, by its own clock."""
    received, first, last, done = np.loadtxt(log, dtype=np.int64, ndmin=2).T
    inside = (received >= from_ns) & (received < to_ns)
    received, first, last, done = (column[inside] for column in (received, first, last, done))
    return {
        "ttft": (first - received) / 1e9,
        "tpot": (last - first) / 1e9 / (of.tokens - of.per_chunk),
        "e2e": (done - received) / 1e9,
    }


def measure(of: Scenario, seconds: float) -> dict:
    with tempfile.TemporaryDirectory() as name, server(of, Path(name)) as (url, log):
        plan = make_plan(
            url=url, model="m", rate=of.rate, duration_s=seconds, warmup_s=2, timeout_s=30, max_tokens=of.tokens,
            arrivals="poisson", prompts=[[{"role": "user", "content": "hello"}]],
        )  # fmt: skip
        ((info, records),) = read_runs(run_load(plan, Path(name) / "run"))
        start = info.t0_monotonic_ns + int(info.warmup_s * 1e9)
        true = truth(log, of, start, start + int(info.measured_s * 1e9))
        summary = summarise(records, info)
    figures, ok = {}, summary.valid
    for metric in ("ttft", "tpot", "e2e"):
        for q in ("p50", "p99"):
            reported, expected = getattr(getattr(summary, metric), f"{q}_s"), quantile(true[metric], int(q[1:]) / 100)
            allowed = CHUNK_RELATIVE * expected if of.per_chunk > 1 and metric == "tpot" else max(ABSOLUTE_S, RELATIVE * expected)
            within = abs(reported - expected) <= allowed
            figures[f"{metric} {q}"] = {"reported_ms": reported * 1e3, "true_ms": expected * 1e3, "within": within}
            ok &= within
    rate_error = abs(summary.achieved_rate * info.measured_s - summary.n) / summary.n
    cpu = summary.client_cpu * info.measured_s / (summary.n * (of.tokens / of.per_chunk))
    return {
        "scenario": of.name, "n": summary.n, "errors": summary.errors, "valid": summary.valid, "invalid_reasons": summary.invalid_reasons,
        "figures": figures, "rate_error": rate_error, "send_lag_p99_ms": summary.send_lag.p99_s * 1e3, "client_cpu_us_per_event": cpu * 1e6,
        "ok": bool(ok and rate_error <= RATE_ERROR),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10, help="measured time of each scenario")
    parser.add_argument("--json", type=Path, help="Write the figures with date and versions here")
    args = parser.parse_args()
    results = [measure(of, args.seconds) for of in SCENARIOS]
    for found in results:
        print(f"{found['scenario']}: {'ok' if found['ok'] else 'MISSED'}, {found['n']} requests, errors {found['errors'] or 'none'}")
        for name, figure in found["figures"].items():
            mark = "" if figure["within"] else "   <- missed"
            print(f"  {name:<9} reported {figure['reported_ms']:9.3f} ms, true {figure['true_ms']:9.3f} ms{mark}")
        print(
            f"  send lag p99 {found['send_lag_p99_ms']:.2f} ms, sent {found['rate_error']:.2%} off the schedule, "
            f"{found['client_cpu_us_per_event']:.1f} us of client CPU an event; "
            f"{'valid' if found['valid'] else 'INVALID: ' + '; '.join(found['invalid_reasons'])}"
        )
    if args.json:
        record = {"benchmark": "load_fidelity", "at": datetime.now(UTC).isoformat(timespec="seconds"), "results": results}
        args.json.write_text(json.dumps({**record, "environment": environment(Path())}, indent=1) + "\n")
    return 0 if all(found["ok"] for found in results) else 1


if __name__ == "__main__":
    sys.exit(main())
