"""Real Locust processes against a server of known delays."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pyarrow.compute as pc
import pytest

from ftbench.errors import InputError, InvalidMeasurement
from ftbench.load import run_load
from ftbench.load.plan import schedule
from ftbench.load.records import SCHEMA, read_records, read_runs
from ftbench.metrics import latency
from ftbench.metrics.summarise import summarise
from ftbench.shipped import shipped
from tests.load.conftest import a_plan

OPEN_LOOP = shipped("locustfiles") / "open_loop.py"


def run(plan, folder, **more):
    ((info, records),) = read_runs(run_load(plan, folder, **more))
    return summarise(records, info), records


def processes_about(folder: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if any(str(folder) in part for part in process.info["cmdline"] or []) and process.pid != os.getpid():
            found.append(process)
    return found


def a_long_run(url: str, folder: Path) -> subprocess.Popen:
    """A process that has run_load under way in `folder`."""
    (folder / "plan.json").write_text(a_plan(url, duration_s=60).model_dump_json())
    script = (
        "import sys; from pathlib import Path; from ftbench.load import run_load; from ftbench.load.plan import read_plan\n"
        "folder = Path(sys.argv[1]); run_load(read_plan(folder / 'plan.json'), folder, lambda *at: print('going', flush=True))"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout.readline() == "going\n"
    return process


def test_known_delays_are_reported_and_every_request_has_one_row(endpoint, tmp_path):
    told = []
    plan = a_plan(endpoint(ttft=0.05, itl=0.01, tokens=16), rate=20, duration_s=3, warmup_s=1, slo={"ttft_s": 1.0}, scale=3)
    summary, records = run(plan, tmp_path, progress=told.append)
    assert records.schema.equals(SCHEMA) and records["index"].to_pylist() == list(range(80))
    assert summary.n == 60 and summary.errors == {} and summary.scale == 3
    assert np.allclose(latency.column(records, "scheduled_s"), schedule(plan).times)
    # wide bounds: this also runs on machines that are shared
    assert 0.050 <= summary.ttft.p50_s <= 0.15
    assert 0.0095 <= summary.tpot.p50_s <= 0.02
    assert 0.200 <= summary.e2e.p50_s <= 0.4
    assert summary.send_lag.p50_s < 0.05 and summary.client_cpu < 0.5
    assert summary.requests_per_s == pytest.approx(20, rel=0.1) and summary.output_tokens_per_s == pytest.approx(320, rel=0.1)
    assert (summary.prompt_tokens_mean, summary.output_tokens_mean, summary.token_count_source) == (7, 16, "usage")
    last = told[-1]
    assert len(told) >= 3 and last.total_s == 4 and last.elapsed_s >= 4
    assert (last.sent, last.done, last.errors, last.in_flight) == (80, 80, 0, 0)
    assert processes_about(tmp_path) == []


def test_every_kind_of_failure_is_counted_exactly_and_a_hang_ends_at_its_timeout(endpoint, tmp_path):
    faults = ["500", "reset", "truncated", "garbage", "hang", "429", "empty", "error_event", "reset_at_once", "404"]
    url = endpoint(faults=faults, every=4, tokens=8)
    summary, records = run(a_plan(url, rate=40, duration_s=2, timeout_s=1.5), tmp_path)
    assert summary.errors == {
        "http_5xx": 4,  # half of them inside a stream that began with 200
        "reset": 4,
        "truncated": 2,
        "malformed": 2,
        "timeout": 2,
        "rejected": 2,
        "empty": 2,
        "http_4xx": 2,
    }
    assert (summary.n, summary.n_ok) == (80, 60) and summary.attainment == 60 / 80 and summary.goodput == 30
    late = records.filter(pc.equal(records["error_kind"], "timeout"))
    assert (latency.column(late, "done_s") - latency.column(late, "sent_s")) == pytest.approx([1.5, 1.5], abs=0.6)
    assert all(records.filter(pc.equal(records["status"], "error"))["error_sample"].to_pylist())
    assert "20 of 80 requests failed" in " ".join(summary.e2e.notes)


def test_a_freeze_of_three_seconds_is_seen_as_an_ideal_open_loop_client_sees_it(endpoint, tmp_path):
    plan = a_plan(endpoint(ttft=0.02, itl=0.002, tokens=4, freeze_at=1.9, freeze_s=3.0), rate=20, duration_s=6)
    summary, _ = run(plan, tmp_path)
    due = schedule(plan).times
    thaw = due[due >= 1.9][0] + 3.0
    ideal = np.sort(np.where((due >= 1.9) & (due < thaw), thaw - due, 0) + 0.02)
    assert summary.n_ok == 120
    assert summary.ttft.p95_s == pytest.approx(ideal[113], rel=0.1)  # 2.7 s; measured from the sent time of a closed loop: 0.02 s
    assert summary.ttft.p99_s == pytest.approx(ideal[118], rel=0.1)
    assert summary.send_lag.p50_s < 0.1  # it was the server


def test_four_tokens_a_chunk_give_the_same_tpot_as_one(endpoint, tmp_path):
    summary, records = run(a_plan(endpoint(itl=0.01, tokens=32, per_chunk=4), rate=10, duration_s=2), tmp_path)
    assert set(records["first_chunk_tokens"].to_pylist()) == {4}
    assert 0.0095 <= summary.tpot.p50_s <= 0.015  # dividing by n - 1 says 0.0090


def test_two_workers_send_one_schedule_between_them(endpoint, tmp_path):
    plan = a_plan(endpoint(), rate=40, duration_s=2, arrivals="poisson", workers=2, seed=5)
    summary, records = run(plan, tmp_path)
    assert records["index"].to_pylist() == list(range(len(schedule(plan).times)))
    assert records["worker"].to_pylist() == [k % 2 for k in range(len(records))]
    assert summary.send_lag.p50_s < 0.2 and len(summary.worker_info) == 2 and summary.errors == {}


def test_a_killed_worker_leaves_dropped_requests_and_an_invalid_measurement_not_missing_rows(endpoint, tmp_path):
    def kill_one(*_at):
        for process in processes_about(tmp_path):
            if process.cmdline()[-1] == "1":
                process.kill()

    summary, records = run(a_plan(endpoint(), rate=20, duration_s=3, workers=2), tmp_path, progress=kill_one)
    dropped = records.filter(pc.equal(records["error_kind"], "dropped"))
    assert len(records) == 60 and set(dropped["worker"].to_pylist()) == {1} and 10 <= len(dropped) <= 30
    assert summary.errors == {"dropped": len(dropped)} and not summary.valid
    assert "load process 1 was lost: its process ended with signal 9" in summary.invalid_reasons


def test_ctrl_c_leaves_no_process_behind(endpoint, tmp_path):
    process = a_long_run(endpoint(), tmp_path)
    assert processes_about(tmp_path / "load")
    process.send_signal(signal.SIGINT)
    process.wait(10)
    process.stdout.close()
    assert processes_about(tmp_path) == []


def test_workers_end_by_themselves_when_the_one_that_started_them_is_killed(endpoint, tmp_path):
    process = a_long_run(endpoint(), tmp_path)
    process.kill()
    process.wait()
    process.stdout.close()
    gone_by = time.monotonic() + 5
    while processes_about(tmp_path) and time.monotonic() < gone_by:
        time.sleep(0.1)
    assert processes_about(tmp_path) == []


def test_a_users_copy_of_the_locustfile_is_run_and_its_process_holds_no_ray_and_no_torch(endpoint, tmp_path):
    changed = OPEN_LOOP.read_text().replace("        return super()", "        write_modules()\n        return super()")
    report = tmp_path / "modules.json"
    changed += f"\n\ndef write_modules():\n    import json, sys\n    open({str(report)!r}, 'w').write(json.dumps(sorted(sys.modules)))\n"
    (tmp_path / "mine.py").write_text(changed)
    summary, _ = run(a_plan(endpoint(), duration_s=0.5), tmp_path / "out", locustfile=tmp_path / "mine.py")
    modules = json.loads(report.read_text())
    assert summary.n_ok == 10 and "locust" in modules and not {"ray", "torch", "grpc"} & set(modules)


def test_a_locustfile_that_does_not_load_is_told_with_its_own_words(tmp_path):
    (tmp_path / "mine.py").write_text("import no_such_module\n")
    with pytest.raises(InvalidMeasurement, match="no_such_module"):
        run_load(a_plan("http://127.0.0.1:1/v1"), tmp_path / "out", locustfile=tmp_path / "mine.py")


def test_nobody_listening_is_a_run_of_connect_errors_not_a_crash(tmp_path):
    summary, _ = run(a_plan("http://127.0.0.1:9/v1", duration_s=0.5), tmp_path)
    assert summary.errors == {"connect": 10} and summary.attainment == 0 and summary.ttft.n == 0 and summary.ttft.p50_s is None


def test_an_api_key_variable_that_is_not_set_is_refused_before_anything_starts(tmp_path):
    with pytest.raises(InputError, match="FTBENCH_NO_SUCH_KEY"):
        run_load(a_plan("http://127.0.0.1:9/v1", api_key_env="FTBENCH_NO_SUCH_KEY"), tmp_path)


def test_tls_streams_are_read_and_an_unknown_authority_is_a_connect_error(endpoint, tmp_path):
    pem = str(Path(__file__).with_name("localhost.pem"))
    url = endpoint(tls=pem)
    trusted, _ = run(a_plan(url, duration_s=1, ca_file=pem), tmp_path / "a")
    assert (trusted.n_ok, trusted.errors) == (20, {}) and 0.004 <= trusted.tpot.p50_s <= 0.02
    unknown, records = run(a_plan(url, duration_s=0.5), tmp_path / "b")
    assert unknown.errors == {"connect": 10} and "CERTIFICATE_VERIFY_FAILED" in records["error_sample"][0].as_py()


def test_plain_locust_writes_the_same_files(endpoint, tmp_path):
    command = [sys.executable, "-m", "locust", "-f", str(OPEN_LOOP), "--headless", "-u", "5", "--host", endpoint(), "--ft-model", "m"]
    options = ["--ft-rate", "20", "--ft-duration", "1", "--ft-warmup", "0", "--ft-arrivals", "constant", "--ft-out", str(tmp_path)]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(read_records(tmp_path / "requests.parquet")) == 20  # -u 5 does not send the schedule five times
    assert json.loads((tmp_path / "summary.json").read_text())["n_ok"] == 20


def test_plain_locust_without_a_model_is_bad_input(tmp_path):
    command = [sys.executable, "-m", "locust", "-f", str(OPEN_LOOP), "--headless", "--host", "http://127.0.0.1:9/v1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert done.returncode == 2 and "Load: model:" in done.stderr and "Traceback" not in done.stderr
