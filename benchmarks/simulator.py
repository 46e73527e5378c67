"""How fast is the simulator? Requests simulated per second of processor time, and whether ten times as many take ten times as long.

    python benchmarks/simulator.py [--requests 100000] [--json FILE]

Poisson arrivals, prompts of 500 tokens, outputs geometric with mean 128, batches of 64; 20.3 to 37.3 ms a step. Targets: 100,000 requests
per second of processor time in each case; ten times the requests in at most 12 times the time. Exit code 1 when one is missed.
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
LOADS = (0.5, 0.8, 0.95)
TARGET, LINEAR, TURNS = 100_000, 12.0, 3
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
    parser.add_argument("--requests", type=int, default=100_000, help="of each case; ten times as many in the test of linearity")
    parser.add_argument("--json", type=Path, help="write the figures with date and versions here")
    args = parser.parse_args()
    n = args.requests
    seconds(n // 10, 1, 0.5, "least")  # warm
    speeds, growths = [], []
    for routing, replicas in ROUTED:
        for load in LOADS:
            per_s = n / min(seconds(n, replicas, load, routing) for _ in range(TURNS))  # what else the machine did is no part of it
            speeds.append({"routing": routing, "replicas": replicas, "load": load, "per_s": per_s})
            print(f"{routing:8s} {replicas:3d} replicas at {load:.0%} of saturation: {per_s:10,.0f} requests/s of CPU", flush=True)
    for replicas in (1, 10):
        turns = [(seconds(n, replicas, 0.8, "least"), seconds(10 * n, replicas, 0.8, "least")) for _ in range(TURNS)]
        few, many = (min(column) for column in zip(*turns, strict=True))
        growths.append({"replicas": replicas, "requests": [n, 10 * n], "ratio": many / few})
        print(f"{replicas} replicas: {10 * n:,} requests take {many / few:.1f} times as long as {n:,}", flush=True)
    ok = all(speed["per_s"] >= TARGET for speed in speeds) and all(growth["ratio"] <= LINEAR for growth in growths)
    print("targets met" if ok else "TARGETS MISSED", f"({TARGET:,} requests/s; ten times the requests within {LINEAR:g} times the time)")
    if args.json:
        record = {
            "benchmark": "simulator",
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "requests": n,
            "speed": speeds,
            "growth": growths,
        }
        args.json.write_text(json.dumps({**record, "environment": environment(Path())}, indent=1) + "\n", encoding="utf-8")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
