"""How fast is the simulator? Requests simulated per second of processor time, and whether ten times as many take ten times as long.

    python benchmarks/simulator.py [--requests 200000] [--json FILE]

Poisson arrivals, prompts of 500 tokens, outputs geometric with mean 128, batches of 64; 20.3 to 37.3 ms a step. Targets: 100,000 requests
per second of processor time in each case; ten times the requests in at most 13 times the time. Exit code 1 when one is missed.
"""

import argparse
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from ftbench.cost.simulator import StepTimes, saturation_rate, simulate
from ftbench.gate.environment import environment

STEPS = StepTimes((1, 64), (0.02027, 0.03728), 1e-5, 0.005)
MAX_BATCH, PROMPT, OUTPUT = 64, 500, 128
TARGET, LINEAR, TURNS = 100_000, 13.0, 3  # more than 10 times: 200,000 requests do not fit in the processor's cache
ROUTED = (("least", 1), ("least", 3), ("least", 10), ("random", 10))


def seconds(n: int, replicas: int, load: float, routing: str) -> float:
    """Processor time of one simulation of `n` requests [s]."""
    rng = np.random.default_rng(1)
    rate = load * saturation_rate(STEPS, PROMPT, OUTPUT, replicas=replicas, max_batch=MAX_BATCH)
    arrivals, outputs = np.cumsum(rng.exponential(1 / rate, n)), rng.geometric(1 / OUTPUT, n)
    prompts = np.full(n, PROMPT)
    begin = time.process_time()
    simulate(arrivals, prompts, outputs, STEPS, replicas=replicas, max_batch=MAX_BATCH, routing=routing)
    return time.process_time() - begin


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=200_000, help="in the larger of the two runs of each case")
    parser.add_argument("--json", type=Path, help="write the figures with date and versions here")
    args = parser.parse_args()
    few, many = args.requests // 10, args.requests
    seconds(few, 1, 0.5, "least")  # warm
    cases = []
    print(f"{'routing':8s} {'replicas':>8s} {'load':>5s} {'requests/s of CPU':>18s} {'time for 10x':>13s}")
    for routing, replicas in ROUTED:
        for load in (0.5, 0.8, 0.95):
            turns = [(seconds(few, replicas, load, routing), seconds(many, replicas, load, routing)) for _ in range(TURNS)]
            small, large = (min(column) for column in zip(*turns, strict=True))  # what else the machine did is no part of it
            case = {"routing": routing, "replicas": replicas, "load": load, "per_s": many / large, "ratio": large / small}
            cases.append(case)
            print(f"{routing:8s} {replicas:8d} {load:5.2f} {case['per_s']:18,.0f} {case['ratio']:12.1f}x", flush=True)
    ok = all(case["per_s"] >= TARGET and case["ratio"] <= LINEAR for case in cases)
    print("targets met" if ok else "TARGETS MISSED", f"({TARGET:,} requests/s; ten times the requests within {LINEAR:g} times the time)")
    if args.json:
        record = {"benchmark": "simulator", "at": datetime.now(UTC).isoformat(timespec="seconds"), "requests": many, "cases": cases}
        args.json.write_text(json.dumps({**record, "environment": environment(Path())}, indent=1) + "\n", encoding="utf-8")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
