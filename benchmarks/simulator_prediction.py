"""How well does the simulator predict runs that it was not fitted on? One run of a real replica gives the step times; another rate, bursts
and a second replica are predicted and then measured.

    python benchmarks/simulator_prediction.py --records DIR [--seconds 100] [--only one|two] [--json FILE]

Replicas have one thread each, so that two of them are twice one as far as the machine's cores and memory allow. Runs whose records lie in
DIR already are not driven again. `again` is another draw of the traffic that was fitted on: what it misses by is chance and the
machine. Each prediction is shown twice: as it is, and with the speed of the machine in that run taken from its TPOT, which leaves the
queueing alone. Aim: every predicted p99 TTFT within 15 % as it is. Exit code 1 where one is not.
"""

import argparse
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from math import exp, log
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ftbench.cost.simulator import StepTimes, attainment, fit_step_times
from ftbench.cost.simulator.reproduction import replay, reproduction
from ftbench.cost.simulator.requests import Requests, requests_of
from ftbench.gate.environment import environment
from ftbench.load.records import read_records
from ftbench.processes import no_survivors
from ftbench.serving.cluster import cluster
from ftbench.serving.service import service
from ftbench.spec.checks import Tests
from ftbench.spec.load import Load, Slo
from ftbench.spec.model import Spec
from ftbench.spec.target import Model, Serving

MAX_BATCH = 8
AIM = 0.15
PROMPTS = 500
WORDS = ("lamp", "order", "parcel", "broken", "invoice", "please", "refund", "shade", "bulb", "when", "where", "account", "again", "cable")


class Run(NamedTuple):
    name: str
    replicas: int
    rate: float
    cv: float | None  # None: Poisson


RUNS = (
    Run("fit", 1, 1.2, None),
    Run("rate", 1, 1.7, None),
    Run("bursts", 1, 1.2, 2.0),
    Run("again", 1, 1.2, None),
    Run("two", 2, 2.4, None),
    Run("two-bursts", 2, 2.4, 2.0),
)
SLO = Slo(ttft_s=1.5, e2e_s=5.0)


def spec(replicas: int) -> Spec:
    serving = Serving(replicas=replicas, max_concurrency=MAX_BATCH, max_context=512, cpu_threads=1)
    return Spec(name="prediction", model=Model(variant="fp32"), serving=serving, load=Load(rate=1), slo=Slo(), tests=Tests())


def write_prompts(path: Path) -> None:
    """Prompts of 4 to 24 words and outputs of 4 to 48 tokens, 12 at the mean."""
    rng = np.random.default_rng(7)
    with path.open("w", encoding="utf-8") as file:
        for i in range(PROMPTS):
            words = " ".join(rng.choice(WORDS, rng.integers(4, 25)))
            tokens = int(np.clip(rng.geometric(1 / 9) + 3, 4, 48))
            file.write(json.dumps({"prompt": f"Ticket {i}: {words}", "max_tokens": tokens}) + "\n")


def drive(run: Run, seed: int, url: str, seconds: float, folder: Path) -> None:
    arrivals = ["--arrivals", "poisson"] if run.cv is None else ["--cv", str(run.cv)]
    command = [Path(sys.executable).with_name("ftbench"), "load", "--url", url, "--api", "completions", "--ignore-eos", *arrivals]
    command += ["--rate", str(run.rate), "--duration", str(seconds), "--warmup", "5", "--seed", str(seed), "--reuse", "as-is"]
    command += ["--prompts", folder / "prompts.jsonl", "--out", folder / run.name]
    subprocess.run([str(part) for part in command], check=False, stdout=subprocess.DEVNULL)  # an invalid measurement is looked at below
    (folder / run.name / "load_average.json").write_text(json.dumps(os.getloadavg()))


def measure(folder: Path, seconds: float, only: str | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "prompts.jsonl").exists():
        write_prompts(folder / "prompts.jsonl")
    with no_survivors(), cluster():  # once: Serve's proxy takes its settings from the first cluster of a process
        for replicas in (1, 2):
            missing = [run for run in RUNS if run.replicas == replicas and not (folder / run.name / "requests.parquet").exists()]
            if missing and only in (None, ("one", "two")[replicas - 1]):
                with service(spec(replicas), lambda _: None) as served:
                    for run in missing:
                        print(f"driving {run.name}: {run.replicas} replica(s), {run.rate} requests/s, CV {run.cv or 1:g}", flush=True)
                        drive(run, 11 + RUNS.index(run), served.url, seconds, folder)


def columns(path: Path) -> dict[str, np.ndarray]:
    table = read_records(path)
    return {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}


def at_its_speed(requests: Requests, steps: StepTimes, replicas: int) -> tuple[StepTimes, float]:
    """(`steps` so much slower or faster that the mean TPOT is that of the run, the factor): what a machine that others use, too, did."""
    low, high = log(0.25), log(4.0)
    while high - low > 1e-3:
        middle = (low + high) / 2
        found = reproduction(requests, steps.scaled(exp(middle)), replicas=replicas, max_batch=MAX_BATCH)
        low, high = (middle, high) if found.figures["tpot_mean_s"].error < 0 else (low, middle)
    return steps.scaled(exp(low)), exp(low)


def shares(requests: Requests, run: Run, steps: StepTimes) -> tuple[float, float]:
    """(measured, predicted) share of the requests that kept SLO."""
    _, outcome = replay(requests, steps, replicas=run.replicas, max_batch=MAX_BATCH)
    measured = type(outcome)(requests.ttft_s, requests.tpot_s, requests.e2e_s)
    mine = requests.counted
    return tuple(attainment(type(outcome)(*(values[mine] for values in one)), SLO) for one in (measured, outcome))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=Path, required=True, help="folder that keeps the runs")
    parser.add_argument("--seconds", type=float, default=100, help="measured time of each run")
    parser.add_argument("--only", choices=("one", "two"), help="drive only the runs with that many replicas")
    parser.add_argument("--json", type=Path, help="write the figures with date and versions here")
    args = parser.parse_args()
    measure(args.records, args.seconds, args.only)
    found = fit_step_times(columns(args.records / "fit" / "requests.parquet"), max_batch=MAX_BATCH)
    print(f"fitted, batch {found.batch_seen[0]} to {found.batch_seen[1]} seen: {found.steps}", *found.notes, sep="\n")
    shown, missed = [], []
    for run in RUNS:
        path = args.records / run.name
        if not (path / "requests.parquet").exists():
            continue
        requests = requests_of(columns(path / "requests.parquet"))
        result = reproduction(requests, found.steps, replicas=run.replicas, max_batch=MAX_BATCH)
        steps, factor = at_its_speed(requests, found.steps, run.replicas)
        corrected = reproduction(requests, steps, replicas=run.replicas, max_batch=MAX_BATCH)
        measured, predicted = shares(requests, run, found.steps)
        predicted_at_speed = shares(requests, run, steps)[1]
        summary = json.loads((path / "summary.json").read_text())
        kind = "reproduced" if run.name == "fit" else "predicted"
        print(f"\n{run.name} ({kind}): {run.replicas} replica(s), {run.rate} requests/s, CV {run.cv or 1:g}, {result.requests} requests")
        print(f"  {'':22s} measured  simulated    error   with all steps x {factor:.2f}, as its TPOT says")
        for name, figure in result.figures.items():
            plain, better = f"{figure.simulated:10.4f} {figure.error:+8.1%}", corrected.figures[name]
            print(f"  {name:20s} {figure.measured:10.4f} {plain}  {better.simulated:10.4f} {better.error:+8.1%}")
        print(f"  {'share within the SLO':20s} {measured:10.4f} {predicted:10.4f} {'':8s}  {predicted_at_speed:10.4f}")
        if run.name != "fit" and abs(result.figures["ttft_p99_s"].error) > AIM:
            missed.append(run.name)
        figures = {name: figure._asdict() for name, figure in result.figures.items()}
        shown.append(
            {
                **run._asdict(),
                "kind": kind,
                "requests": result.requests,
                "figures": figures,
                "within_slo": {"measured": measured, "simulated": predicted, "at_its_speed": predicted_at_speed},
                "speed_factor": factor,
                "errors_at_its_speed": {name: figure.error for name, figure in corrected.figures.items()},
                "valid": summary["valid"],
                "invalid_reasons": summary["invalid_reasons"],
                "saturated": summary["saturated"],
                "load_average": json.loads((path / "load_average.json").read_text()),
            }
        )
    print(f"\np99 TTFT off by more than {AIM:.0%}: {', '.join(missed)}" if missed else f"\nevery p99 TTFT within {AIM:.0%}")
    if args.json:
        curve = {"batch": found.steps.batch, "seconds": found.steps.seconds}
        rest = {
            "prefill_s_per_token": found.steps.prefill_s_per_token,
            "prefill_s_per_step": found.steps.prefill_s_per_step,
            "overhead_s": found.steps.overhead_s,
            "batch_seen": found.batch_seen,
        }
        record = {"benchmark": "simulator_prediction", "at": datetime.now(UTC).isoformat(timespec="seconds"), "basis": "modelled"}
        record |= {
            "max_batch": MAX_BATCH,
            "slo": SLO.model_dump(),
            "steps": curve | rest,
            "runs": shown,
            "environment": environment(Path()),
        }
        args.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
