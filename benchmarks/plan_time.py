"""How long `ftbench plan RUN` takes, as a person waits for it: a process of its own, from a run that lies there.

    python benchmarks/plan_time.py [RUN] [--rounds 3] [--json FILE]

Without RUN it makes one with the simulator: 1x, 3x and 10x of 10 requests/s for 60 s, 8,400 requests. Target: under 5 s at the median. Exit
code 1 when it is missed.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ftbench.gate.environment import environment
from ftbench.load.records import read_records
from tests.gate.plan_folders import a_run_folder, a_spec

TARGET_S = 5.0


def seconds(run: Path, out: Path) -> float:
    """One plan, all three files written."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", "from ftbench.cli import main; main()", "plan", str(run), "--out", str(out)], capture_output=True, text=True
    )
    elapsed = time.perf_counter() - started
    if not (out / "plan.html").exists():
        raise SystemExit(f"the plan failed: {done.stderr}")
    return elapsed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="Write the figures with date and versions here")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = args.run or a_run_folder(
            Path(folder) / "run", a_spec(load={"rate": 10.0}, serving={"replicas": 4, "max_concurrency": 16}), replicas=4
        )
        rows = len(read_records(run / "requests.parquet"))
        took = [seconds(run, Path(folder) / f"plan-{k}") for k in range(args.rounds)]
    median = statistics.median(took)
    print(f"ftbench plan of a run of {rows:,} requests: {median:.2f} s (median of {args.rounds}; {', '.join(f'{t:.2f}' for t in took)})")
    print(f"target: under {TARGET_S:g} s: {'met' if median < TARGET_S else 'MISSED'}")
    if args.json:
        found = {"what": "plan from an existing run", "requests": rows, "seconds": took, "median_s": median, "target_s": TARGET_S}
        about = {"date": datetime.now(UTC).isoformat(timespec="seconds"), "environment": environment(Path())}
        args.json.write_text(json.dumps({**found, **about}, indent=1) + "\n", encoding="utf-8")
    return 0 if median < TARGET_S else 1


if __name__ == "__main__":
    sys.exit(main())
