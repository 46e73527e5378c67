"""Is the capacity that the simulator predicts the one that `ftbench capacity` finds? On a server that batches with known step times.

    python benchmarks/simulator_capacity.py --out DIR [--json FILE]

The step times are fitted on one run of one replica under Poisson arrivals, through HTTP and the load generator. Predicted, then measured:
the capacity of one replica under bursts (gamma, CV 2) and of two replicas. Aim: within 15 %. Exit code 1 when one is missed.
"""

import argparse
import json
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
from batching_server import DEFAULTS
from simulator_prediction import columns, write_prompts

from ftbench.cost.simulator import StepTimes, fit_step_times, saturation_rate, simulated_capacity
from ftbench.cost.simulator.reproduction import reproduction
from ftbench.cost.simulator.requests import requests_of
from ftbench.gate.environment import environment
from ftbench.load.arrivals import gamma, poisson
from ftbench.spec.load import Slo

SLO = Slo(ttft_s=0.5, attainment=0.95)
FIT_RATE, SECONDS, AIM = 12.0, 40, 0.15
CASES = {"bursts": (1, 2.0), "two replicas": (2, None), "two replicas, bursts": (2, 2.0)}


@contextmanager
def server(replicas: int):
    command = [sys.executable, Path(__file__).with_name("batching_server.py"), json.dumps({"replicas": replicas})]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        finally:
            process.terminate()


def ftbench(*words: object) -> int:
    command = [Path(sys.executable).with_name("ftbench"), *words, "--api", "completions", "--reuse", "as-is", "--overwrite"]
    if words[0] == "capacity":
        command.remove("--overwrite")
    return subprocess.run([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def p99_errors(folder: Path, steps: StepTimes, replicas: int) -> list[float]:
    """Simulated / measured - 1 of the p99 TTFT of each run of the search, each with the very arrivals and lengths that it had."""
    fleet = {"replicas": replicas, "max_batch": DEFAULTS["max_batch"]}
    rows = [requests_of(columns(path)) for path in sorted(folder.glob("probe-*/requests.parquet"))]
    return [reproduction(run, steps, **fleet).figures["ttft_p99_s"].error for run in rows]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder that keeps the runs")
    parser.add_argument("--only", choices=CASES, action="append")
    parser.add_argument("--json", type=Path, help="write the figures with date and versions here")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    prompts = args.out / "prompts.jsonl"
    write_prompts(prompts)
    if not (args.out / "fit" / "requests.parquet").exists():
        with server(1) as url:
            ftbench("load", "--url", url, "--prompts", prompts, "--rate", FIT_RATE, "--duration", SECONDS, "--out", args.out / "fit")
    rows = columns(args.out / "fit" / "requests.parquet")
    found = fit_step_times(rows, max_batch=DEFAULTS["max_batch"])
    sizes = tuple(range(1, DEFAULTS["max_batch"] + 1))
    known = StepTimes(sizes, tuple(DEFAULTS["first_s"] + DEFAULTS["more_s"] * (b - 1) for b in sizes), DEFAULTS["prefill_s"])
    print(f"{'batch':>12s} " + " ".join(f"{b:7d}" for b in sizes), "prefill")
    for name, steps in (("known", known), ("fitted", found.steps)):
        print(
            f"{name:>12s} " + " ".join(f"{steps.at(b) * 1e3:7.2f}" for b in sizes), f"{steps.prefill_s_per_token * 1e3:.3f} ms", flush=True
        )
    fitted = {name: figure._asdict() for name, figure in found.reproduction.figures.items()}
    print("reproduced:", ", ".join(f"{name} {figure['error']:+.1%}" for name, figure in fitted.items()))
    shown, missed = [], []
    p, o = (np.array([value for value in rows[k] if value == value]) for k in ("prompt_tokens", "output_tokens"))
    for name, (replicas, cv) in CASES.items():
        if args.only and name not in args.only:
            continue
        arrivals = poisson if cv is None else partial(gamma, cv=cv)
        predicted = simulated_capacity(
            found.steps,
            SLO,
            arrivals=arrivals,
            prompt_tokens=p,
            output_tokens=o,
            replicas=replicas,
            max_batch=DEFAULTS["max_batch"],
            seeds=5,
        )
        limit = saturation_rate(found.steps, p.mean(), o.mean(), replicas=replicas, max_batch=DEFAULTS["max_batch"])
        folder = args.out / name.replace(",", "").replace(" ", "-")
        if not (folder / "capacity.json").exists():
            with server(replicas) as url:
                ftbench(
                    *("capacity", "--url", url, "--prompts", prompts, "--slo-ttft", SLO.ttft_s, "--attainment", SLO.attainment),
                    *(("--cv", cv) if cv else ()),
                    *("--rate", f"{0.7 * limit:.3g}", "--to", f"{1.2 * limit:.3g}", "--duration", 40, "--searches", 1, "--repeats", 1),
                    *("--tolerance", 0.06, "--out", folder),
                )
        measured = json.loads((folder / "capacity.json").read_text())
        error = predicted.rate / measured["capacity"] - 1 if measured["capacity"] else float("nan")
        print(
            f"{name}: measured {measured['capacity']} {measured['interval']} in {len(measured['probes'])} probes, predicted "
            f"{predicted.rate:.2f} ({predicted.low:.2f} to {predicted.high:.2f}), saturation {limit:.2f}, error {error:+.1%}",
            flush=True,
        )
        errors = sorted(p99_errors(folder, found.steps, replicas))
        print(
            f"  p99 TTFT of its {len(errors)} probes: off by {errors[0]:+.1%} to {errors[-1]:+.1%}, median {errors[len(errors) // 2]:+.1%}"
        )
        shown.append(
            {
                "case": name,
                "measured": measured["capacity"],
                "interval": measured["interval"],
                "predicted": predicted._asdict(),
                "error": error,
                "p99_ttft_errors": errors,
            }
        )
        if not abs(error) <= AIM:
            missed.append(name)
    print(f"missed by more than {AIM:.0%}: {', '.join(missed)}" if missed else f"every capacity within {AIM:.0%}")
    if args.json:
        record = {"benchmark": "simulator_capacity", "at": datetime.now(UTC).isoformat(timespec="seconds"), "slo": SLO.model_dump()}
        record |= {"server": DEFAULTS, "reproduction": fitted, "cases": shown, "environment": environment(Path())}
        args.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
