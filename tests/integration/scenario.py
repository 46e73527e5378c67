"""A small contract over a tiny random model: everything real but the answers' sense."""

import contextlib
import io
import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import NamedTuple

import psutil
import yaml

TAG = "FTBENCH_TEST_TAG"
LABELS = ["billing", "delivery", "other"]
# limits of the measurement for tests of something else: the test machine is not the measuring machine
PATIENT = {
    "send_lag_p99_s": 5,
    "client_delay_share": 1,
    "achieved_rate_error": 0.5,
    "client_cpu": 1,
    "stalled_share": 1,
    "littles_law": 1,
    "clock_step_s": 100,
}
NOTHING_BESIDE = {"storage_gb": 0, "egress_price_per_gb": 0, "monitoring_per_month": 0}  # what is not named has to be reviewed


def write_contract(folder: Path, model: Path, **changes) -> Path:
    """spec.yaml with its test sets in `folder`; `changes` replace whole sections."""
    folder.mkdir(parents=True, exist_ok=True)
    golden = [
        {"id": f"g{i}", "prompt": f"ticket {i}: where is parcel {i * 37}?", "label": LABELS[i % 3], "category": LABELS[i % 3]}
        for i in range(50)
    ]
    forms = [{"id": f"f{i}", "prompt": f"as JSON, ticket {i}", "tags": ["edge", "unicode"] if i % 3 == 0 else []} for i in range(50)]
    for name, cases in (("golden", golden), ("format", forms)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(c) + "\n" for c in cases), encoding="utf-8")
    (folder / "schema.json").write_text('{"type": "object"}')
    spec = {
        "name": "tiny contract",
        "model": {"path": str(model), "variant": "fp32"},
        "serving": {"max_concurrency": 4, "max_context": 256, "cpu_threads": 1},
        "load": {"rate": 5, "scales": [1, 2], "duration_s": 2, "min_requests": 10, "warmup_s": 0.5, "timeout_s": 20, "max_tokens": 4},
        "slo": {"ttft_s": 2, "e2e_s": 5, "attainment": 0.9},
        "validity": {"send_lag_p99_s": 5, "achieved_rate_error": 0.5},  # the test machine is not the measuring machine
        "cost": {"price_per_hour": 0.1, "peak_to_mean": 1, "budget_per_inference": 1, **NOTHING_BESIDE},
        "tests": {
            "accuracy": {"cases": "golden.jsonl", "labels": LABELS, "max_tokens": 4},
            "format_compliance": {"cases": "format.jsonl", "json_schema": "schema.json", "max_tokens": 8},
            "latency": {"p50_s": 5, "min_cases": 10, "p99_over_p50": 100},
            "inference_cost": {},
        },
        **changes,
    }
    path = folder / "spec.yaml"
    path.write_text(yaml.safe_dump(spec), encoding="utf-8")
    return path


def start(*words: str, cwd: Path) -> tuple[subprocess.Popen, str]:
    """`ftbench` with `words` in a session of its own, and the tag that all its descendants carry."""
    tag = uuid.uuid4().hex
    command = [sys.executable, "-c", "from ftbench.cli import main; main()", *words]
    process = subprocess.Popen(
        command, cwd=cwd, env={**os.environ, TAG: tag}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    return process, tag


def ended(process: subprocess.Popen, tag: str, *, timeout_s: float = 120) -> str:
    """What `process` (of `start`) still wrote to standard error by its end. One that does not end is a failed test and is ended here, with
    all its descendants."""
    try:
        return process.communicate(timeout=timeout_s)[1]
    except subprocess.TimeoutExpired:
        for child in _tagged(tag):
            with contextlib.suppress(psutil.Error):
                child.kill()
        raise AssertionError(f"no end within {timeout_s:g} s: {process.communicate()[1][-3000:]}") from None


def run(*words: str, cwd: Path, timeout_s: float = 300) -> subprocess.CompletedProcess:
    """`ftbench` with `words`, to its end."""
    command = [sys.executable, "-c", "from ftbench.cli import main; main()", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=timeout_s)


class Called(NamedTuple):
    """How a command in this process ended."""

    returncode: int
    stdout: str
    stderr: str


def call(*words: str, cwd: Path) -> Called:
    """`ftbench` with `words` in this process, which has imported everything already. For commands that start no Ray."""
    from ftbench.cli import main

    out, err = io.StringIO(), io.StringIO()
    old = sys.argv, Path.cwd()
    try:
        sys.argv = ["ftbench", *words]
        os.chdir(cwd)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
        code = 0
    except SystemExit as end:
        code = end.code
    finally:
        sys.argv = old[0]
        os.chdir(old[1])
    return Called(code, out.getvalue(), err.getvalue())


def survivors(tag: str) -> list[str]:
    """Command lines of live processes that carry `tag`."""
    found = []
    for process in _tagged(tag):
        with contextlib.suppress(psutil.Error, OSError):
            found.append(" ".join(process.cmdline())[:120])
    return found


def _tagged(tag: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(TAG) == tag and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found
