"""How true is the load client? Its figures beside the log of a server whose latency is known.

    python benchmarks/load_fidelity.py [--seconds 15] [--only ceiling --only freeze] [--json FILE]

The server is compiled here (gcc) and writes down when each request came and when each answer went, on the same monotonic clock as the
client. Reported is what ftbench prints, from the *scheduled* time; true is the server's own answer time, which a perfect client would
print. So the client's send lag, its connections and the loopback are all counted against it. Exit code 1 when a target is missed.
"""

import argparse
import json
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from fidelity.capacity import capacity
from fidelity.ceiling import ceiling
from fidelity.faults import faults
from fidelity.freeze import freeze
from fidelity.memory import memory
from fidelity.result import Check, Result
from fidelity.steady import CHUNKS, FAST, SLOW, steady
from fidelity.workers import workers

from ftbench.gate.environment import environment

SCENARIOS: dict[str, Callable[[float], Result]] = {
    "slow": lambda seconds: steady(SLOW, seconds),
    "fast": lambda seconds: steady(FAST, seconds),
    "chunks": lambda seconds: steady(CHUNKS, seconds),
    "ceiling": ceiling,
    "freeze": freeze,
    "faults": faults,
    "workers": workers,
    "capacity": capacity,
    "memory": lambda _: memory(),
}


def told(name: str, seconds: float) -> Result:
    """The scenario's result; what went wrong with it is a missed target, and the others go on."""
    try:
        return SCENARIOS[name](seconds)
    except Exception as error:
        traceback.print_exc()
        return Result(name, [Check("the scenario itself", f"{type(error).__name__}: {error}", "comes to its end", False)])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=15, help="measured time of each scenario")
    parser.add_argument("--only", action="append", choices=SCENARIOS, help="this scenario; may be repeated")
    parser.add_argument("--json", type=Path, help="write the figures with date and versions here")
    args = parser.parse_args()
    results = []
    for name in args.only or SCENARIOS:
        results.append(told(name, args.seconds))
        print("\n".join(results[-1].lines()), flush=True)
    missed = [result.scenario for result in results if not result.ok]
    print(f"missed: {'; '.join(missed)}" if missed else "every target met")
    if args.json:
        shown = [{**result._asdict(), "checks": [check._asdict() for check in result.checks], "ok": result.ok} for result in results]
        record = {"benchmark": "load_fidelity", "at": datetime.now(UTC).isoformat(timespec="seconds"), "results": shown}
        args.json.write_text(json.dumps({**record, "environment": environment(Path())}, indent=1) + "\n", encoding="utf-8")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
