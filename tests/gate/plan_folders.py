"""Run folders as a gate and a capacity search leave them, of a server that is simulated: its step times are known."""

import json
from pathlib import Path

import numpy as np
import yaml

from ftbench.cost.simulator import StepTimes, simulate
from ftbench.gate.plan_inputs import Inputs, read_inputs
from ftbench.gate.run_folder import resolved
from ftbench.load.arrivals import gamma, poisson
from ftbench.load.records import write_records
from ftbench.metrics.goodput import is_good
from ftbench.spec import Spec
from ftbench.spec.load import Slo
from tests.metrics.records import a_row, an_info

STEPS = StepTimes((1, 8, 16), (0.030, 0.044, 0.070), prefill_s_per_token=0.0002, overhead_s=0.004)
MAX_BATCH = 16
SLO = {"ttft_s": 0.5, "attainment": 0.95}
COST = {"price_per_hour": 0.1, "peak_to_mean": 1.0, "budget_per_inference": 0.001}
RATE, SECONDS, WARMUP = 2.0, 60.0, 5.0


def a_spec(*, cost=None, load=None, slo=None, **sections) -> Spec:
    """A managed model on this machine, of which one replica is served."""
    return Spec.model_validate(
        {
            "name": "Tickets",
            **({} if "endpoint" in sections else {"model": {"variant": "fp32"}}),
            "hardware": "local",
            "serving": {"max_concurrency": MAX_BATCH},
            "load": {"rate": RATE, "scales": [1, 3, 10], "duration_s": SECONDS, "warmup_s": WARMUP, **(load or {})},
            "slo": SLO if slo is None else slo,
            "cost": COST if cost is None else cost,
            "tests": {},
            **sections,
        }
    )


def a_run(path: Path, spec: Spec, rate: float, *, scale: float, seed: int = 1, replicas: int = 1, valid: bool = True) -> Path:
    """requests.parquet of Poisson (or the spec's gamma) traffic at `rate`, served by the simulator. `valid` False: it was sent late."""
    rng = np.random.default_rng(seed)
    length = WARMUP + SECONDS
    times = gamma(rate, length, rng, spec.load.cv) if spec.load.arrivals == "gamma" else poisson(rate, length, rng)
    prompts, outputs = rng.integers(20, 80, len(times)), rng.integers(4, 40, len(times))
    served = simulate(times, prompts, outputs, STEPS, replicas=replicas, max_batch=MAX_BATCH)
    late = 0.0 if valid else 1.0
    rows = []
    for k, at in enumerate(times.tolist()):
        first, done, tokens = float(served.first_token_s[k]), float(served.done_s[k]), int(outputs[k])
        row = a_row(
            at,
            index=k,
            scale=scale,
            phase="warmup" if at < WARMUP else "measured",
            sent_s=at + late,
            first_token_s=first + late,
            last_token_s=done + late,
            done_s=done + late,
            prompt_tokens=int(prompts[k]),
            output_tokens=tokens,
            gaps_s=[(done - first) / (tokens - 1)] * (tokens - 1),
        )
        rows.append({**row, "good": is_good(row, spec.slo)})
    arrivals = f"gamma, CV {spec.load.cv:g}" if spec.load.arrivals == "gamma" else "poisson"
    about = {"arrivals": arrivals, "requested_rate": rate, "warmup_s": WARMUP, "measured_s": SECONDS, "timeout_s": 60, "slo": spec.slo}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_records(path, rows, t0_monotonic_ns=1, runs=[an_info(scale=scale, **about)])
    return path


def a_run_folder(folder: Path, spec: Spec, **changes) -> Path:
    """What a gate leaves, as far as a plan reads it: records of every scale, the spec, the machine."""
    from ftbench.load.records import join_records

    parts = [
        a_run(folder / "load" / f"{scale:g}x" / "requests.parquet", spec, spec.load.rate * scale, scale=scale, **changes)
        for scale in spec.load.scales
    ]
    join_records(parts, folder / "requests.parquet")
    (folder / "spec.yaml").write_text(resolved(spec))
    machine = {"cpu": "A processor", "cores": 2, "memory_gb": 24.0, "gpus": []}
    (folder / "environment.json").write_text(json.dumps(machine))
    return folder


def a_search(folder: Path, spec: Spec, *, capacity=7.0, interval=(6.0, 8.0), state="found", rates=(4.0,), confidence=0.95) -> Path:
    """What a capacity search leaves."""
    probes = []
    for number, rate in enumerate(rates, 1):
        name = f"probe-{number:02d}-{rate:g}-{number}"
        a_run(folder / name / "requests.parquet", spec, rate, scale=rate / spec.load.rate)
        row = {"number": number, "search": 1, "rate": rate, "seeds": [1], "folders": [name], "n": 300, "good": 300, "attainment": 1.0}
        row |= {"interval": [0.98, 1.0], "verdict": "kept", "decided": True, "why": "", "saturated": False, "valid": True}
        row |= {"invalid_reasons": [], "achieved_rate": rate, "ttft_p99_s": 0.1, "tpot_p99_s": 0.01, "e2e_p99_s": 1.0}
        probes.append(row)
    found = {"schema": "ftbench.capacity/1", "state": state, "target": spec.slo.attainment, "arrivals": "poisson", "settings": {}}
    found |= {"slo": spec.slo.model_dump(exclude={"attainment"}, exclude_none=True), "probes": probes, "method": "regression"}
    if state == "found":
        found |= {"capacity": capacity, "interval": interval, "confidence": confidence, "highest_kept": interval[0]}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "capacity.json").write_text(json.dumps(found))
    return folder


def a_spec_file(path: Path, spec: Spec) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(resolved(spec))
    return path


def inputs_of(folder: Path, **options) -> Inputs:
    return read_inputs(folder, **options)


def with_slo(spec: Spec, **limits) -> Spec:
    return spec.but(slo=Slo(**limits))


def changed(path: Path, section: str, **values) -> None:
    """Some values of a section of a YAML file, exchanged."""
    data = yaml.safe_load(path.read_text())
    data[section].update(values)
    path.write_text(yaml.safe_dump(data))
