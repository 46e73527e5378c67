"""`ftbench capacity` against a server whose capacity is arithmetic: slots over service time."""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from fidelity.result import Check, Result
from fidelity.server import server

SLOTS, TTFT_S, ITL_S, TOKENS, RELATIVE = 8, 0.050, 0.010, 16, 0.05
SERVICE_S = TTFT_S + (TOKENS - 1) * ITL_S
START, PROBE_S = 17, 8.0  # a rate of which the answer is no power of two
SLACK_S = 0.1  # a queue that grows passes it within the run; one that does not grow never comes near with evenly spaced arrivals


def capacity(seconds: float) -> Result:
    """Evenly spaced arrivals: up to 8 / 0.2 s = 40 requests/s nobody waits, above it the queue grows without end."""
    true = SLOTS / SERVICE_S
    with server(ttft_s=TTFT_S, itl_s=ITL_S, tokens=TOKENS, slots=SLOTS) as known, TemporaryDirectory() as folder:
        out = Path(folder) / "capacity"
        command = [Path(sys.executable).with_name("ftbench"), "capacity", "--url", known.url, "--model", "m", "--arrivals", "constant"]
        command += [
            "--rate",
            START,
            "--duration",
            min(seconds, PROBE_S),
            "--warmup",
            1,
            "--max-tokens",
            TOKENS,
            "--slo-e2e",
            SERVICE_S + SLACK_S,
        ]
        command += ["--attainment", 0.95, "--searches", 1, "--tolerance", 0.03, "--out", out, "--json"]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        path = out / "capacity.json"
        told = json.loads(path.read_text()) if path.exists() else {}
    found = told.get("capacity")
    target = f"within {RELATIVE:.0%} of {true:g} requests/s"
    shown = f"{found:.2f} requests/s, {found / true - 1:+.1%}" if found else f"none: {(done.stderr or done.stdout).strip()[-300:]}"
    check = Check("capacity", shown, target, found is not None and abs(found / true - 1) <= RELATIVE)
    notes = [f"{len(told.get('probes', []))} probes"]
    return Result(f"capacity of {SLOTS} slots with {SERVICE_S:g} s of service", [check], notes, {"capacity": found, "true": true})
