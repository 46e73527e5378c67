"""ftbench and its peers, one after another against the server of known latency, in one run on one machine.

    python benchmarks/peers/run.py --install DIR --tokenizer DIR [--real-time] [--only-tool NAME] [--only NAME] [--out DIR]

--install makes a virtual environment for each peer below DIR (never in the project), or uses the ones that it made there before. Writes
peers-DATE.json and peers-DATE.md. A peer that cannot be installed or run has the reason in its row. Exit code 1 when one is ahead at the
ceiling.
"""

import argparse
import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # `peers` and `fidelity`

from ftbench.gate.environment import environment
from peers.ahead import overtaken_by
from peers.compare import compare
from peers.install import install, version_of
from peers.scenarios import SCENARIOS
from peers.table import page, table
from peers.tools import TOOLS

RESULTS = Path(__file__).parents[1] / "results"
ORDINARY = "Every tool ran as it is started by a user; ftbench's load process makes itself real-time (SCHED_RR) where that is allowed."
REAL_TIME = "Every tool and all of its processes ran as real-time processes (SCHED_RR) of one level, the server one level above."


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--install", type=Path, required=True, help="folder for the peers' environments, outside of the project")
    parser.add_argument("--tokenizer", type=Path, required=True, help="folder of a tokenizer, which the peers want")
    parser.add_argument("--real-time", action="store_true", help="run every tool as real-time processes (SCHED_RR), where allowed")
    parser.add_argument("--only", action="append", choices=SCENARIOS, help="this scenario; may be repeated")
    parser.add_argument("--only-tool", action="append", choices=TOOLS, help="this tool; may be repeated")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the two files go")
    args = parser.parse_args()
    root, tokenizer = args.install.resolve(), args.tokenizer.resolve()
    if args.real_time:
        try:  # above the tools that it watches
            os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(os.sched_get_priority_min(os.SCHED_RR) + 1))
        except OSError as error:
            parser.error(f"--real-time is not allowed here: {error}")
    tools = {name: TOOLS[name] for name in args.only_tool or TOOLS}
    problems = {name: install(tool, root) for name, tool in tools.items()}
    results: dict[str, dict] = {}
    for name in args.only or SCENARIOS:
        rows = results[name] = {}
        for tool, module in tools.items():
            began = time.monotonic()
            problem = problems[tool]
            rows[tool] = (
                {"failed": f"not installed: {problem}"}
                if problem
                else compare(module, SCENARIOS[name], root, tokenizer, first=args.real_time)
            )
            print(f"{name}, {tool}: {rows[tool].get('failed', 'done')} ({time.monotonic() - began:.0f} s)", flush=True)
        print("\n".join(table(name, rows)), flush=True)
    record = {
        "benchmark": "peers",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "scheduling": REAL_TIME if args.real_time else ORDINARY,
        "tools": {name: {"version": version_of(tool), "note": tool.NOTE} for name, tool in tools.items()},
        "results": results,
        "environment": environment(Path()),
    }
    args.out.mkdir(parents=True, exist_ok=True)
    stem = args.out / f"peers-{datetime.now(UTC):%Y-%m-%d}"
    stem.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    stem.with_suffix(".md").write_text(page(record), encoding="utf-8")
    print(f"{stem}.md")
    if "ftbench" not in results.get("ceiling", {}):
        return 0
    behind = overtaken_by(results["ceiling"])
    print("\n".join(behind) or "ahead of every peer at the ceiling", flush=True)
    return 1 if behind else 0


if __name__ == "__main__":
    sys.exit(main())
