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
    plan = a_plan(endpoint(ttft=0.05, itl=0.01, tokens=16), rate=20, duration_s=2, warmup_s=0.5, slo={"ttft_s": 1.0}, scale=3)
    summary, records = run(plan, tmp_path, progress=told.append)
    assert records.schema.equals(SCHEMA) and records["index"].to_pylist() == list(range(50))
    assert summary.n == 40 and summary.errors == {} and summary.scale == 3
    assert np.allclose(latency.column(records, "scheduled_s"), schedule(plan).times)
    # wide bounds: this also runs on machines that are shared
    assert 0.050 <= summary.ttft.p50_s <= 0.15
    assert 0.0095 <= summary.tpot.p50_s <= 0.02
    assert 0.200 <= summary.e2e.p50_s <= 0.4
    assert summary.send_lag.p50_s < 0.05 and summary.client_cpu < 0.5
    assert summary.requests_per_s == pytest.approx(20, rel=0.1) and summary.output_tokens_per_s == pytest.approx(320, rel=0.1)
    assert (summary.prompt_tokens_mean, summary.output_tokens_mean, summary.token_count_source) == (7, 16, "usage")
    last = told[-1]
    assert len(told) >= 2 and last.total_s == 2.5 and last.elapsed_s >= 2.5
    assert (last.sent, last.done, last.errors, last.in_flight) == (50, 50, 0, 0)
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
    summary, records = run(a_plan(endpoint(itl=0.01, tokens=32, per_chunk=4), rate=20, duration_s=1), tmp_path)
    assert set(records["first_chunk_tokens"].to_pylist()) == {4}
    assert 0.0095 <= summary.tpot.p50_s <= 0.015  # dividing by n - 1 says 0.0090


def test_a_killed_worker_leaves_dropped_requests_and_an_invalid_measurement_not_missing_rows(endpoint, tmp_path):
    def kill_one(*_at):
        for process in processes_about(tmp_path):
            if process.cmdline()[-1] == "1":
                process.kill()

    summary, records = run(a_plan(endpoint(), rate=30, duration_s=2, workers=2), tmp_path, progress=kill_one)
    dropped = records.filter(pc.equal(records["error_kind"], "dropped"))
    assert len(records) == 60 and set(dropped["worker"].to_pylist()) == {1} and 5 <= len(dropped) <= 30
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


def test_a_users_copy_of_the_locustfile_is_run_and_its_process_holds_nothing_heavy(endpoint, tmp_path):
    changed = OPEN_LOOP.read_text().replace("        return super()", "        write_modules()\n        return super()")
    report = tmp_path / "modules.json"
    changed += f"\n\ndef write_modules():\n    import json, sys\n    open({str(report)!r}, 'w').write(json.dumps(sorted(sys.modules)))\n"
    (tmp_path / "mine.py").write_text(changed)
    summary, _ = run(a_plan(endpoint(), duration_s=0.5), tmp_path / "out", locustfile=tmp_path / "mine.py")
    modules = json.loads(report.read_text())
    heavy = {"ray", "torch", "grpc", "tokenizers", "transformers", "scipy", "pyarrow", "pandas"}  # nor is anything tokenised there
    assert summary.n_ok == 10 and "locust" in modules and not heavy & set(modules)


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
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert done.returncode == (0 if summary["valid"] else 3), done.stderr
    assert len(read_records(tmp_path / "requests.parquet")) == 20  # -u 5 does not send the schedule five times
    assert summary["n_ok"] == 20


def test_plain_locust_ends_an_invalid_measurement_with_its_own_exit_code(tmp_path):
    command = [sys.executable, "-m", "locust", "-f", str(OPEN_LOOP), "--headless", "--host", "http://127.0.0.1:9/v1", "--ft-model", "m"]
    options = ["--ft-rate", "0.001", "--ft-duration", "0.1", "--ft-warmup", "0", "--ft-out", str(tmp_path)]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=60)
    assert done.returncode == 3 and "INVALID: no request was due within the measured time" in done.stderr


def test_plain_locust_without_a_model_is_bad_input(tmp_path):
    command = [sys.executable, "-m", "locust", "-f", str(OPEN_LOOP), "--headless", "--host", "http://127.0.0.1:9/v1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert done.returncode == 2 and "Load: model:" in done.stderr and "Traceback" not in done.stderr


def a_talk(*turns: str, think_s: float = 0.1) -> dict:
    return {"messages": [{"role": "user", "content": turns[0]}], "then": [{"content": t, "think_s": think_s} for t in turns[1:]]}


def bodies_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_turns_of_a_conversation_wait_for_their_answers_and_carry_them(endpoint, tmp_path):
    url = endpoint(tokens=2, bodies=str(tmp_path / "bodies"))
    plan = a_plan(url, rate=5, duration_s=2, prompts=[a_talk("one", "two", "three")])
    summary, records = run(plan, tmp_path)
    rows = records.to_pylist()
    assert [row["index"] for row in rows] == list(range(30)) and summary.errors == {}
    assert [(row["conversation"], row["turn"]) for row in rows] == [divmod(k, 3) for k in range(30)]
    for before, after in zip(rows, rows[1:], strict=False):
        if after["turn"]:
            assert after["scheduled_s"] == pytest.approx(before["done_s"] + 0.1, abs=1e-6)
    sent = bodies_of(tmp_path / "bodies")
    last = next(body["messages"] for body in sent if len(body["messages"]) == 5)
    assert [message["content"] for message in last][1::2] == ["word word ", "word word "]
    inside = [row for row in rows if row["scheduled_s"] < 2]
    assert {row["phase"] for row in inside} == {"measured"} and summary.n == len(inside)  # what is due later is no failure


def test_turns_behind_a_failed_one_are_dropped_not_forgotten(endpoint, tmp_path):
    url = endpoint(tokens=2, faults=["500"], every=1)
    summary, records = run(a_plan(url, rate=10, duration_s=1, prompts=[a_talk("one", "two", "three", think_s=0.0)]), tmp_path)
    assert len(records) == 30 and summary.errors == {"http_5xx": 10, "dropped": 20} and summary.attainment == 0


def test_a_declared_cap_drops_requests_as_failures_and_no_cap_drops_none(endpoint, tmp_path):
    plan = a_plan(endpoint(ttft=0.5, tokens=1), rate=40, duration_s=1)
    capped, records = run(plan.model_copy(update={"in_flight_cap": 4}), tmp_path / "a")
    dropped = records.filter(pc.equal(records["error_kind"], "dropped"))
    assert len(records) == 40 and 20 <= capped.errors["dropped"] == len(dropped) <= 36
    assert set(dropped["sent_s"].to_pylist()) == {None} and "more than 4 in flight" in dropped["error_sample"][0].as_py()
    free, _ = run(plan, tmp_path / "b")
    assert free.errors == {} and free.n_ok == 40


def test_a_closed_loop_keeps_as_many_users_as_it_says_and_thinks(endpoint, tmp_path):
    url = endpoint(ttft=0.1, tokens=1)
    plan = a_plan(url, rate=None, arrivals="poisson", duration_s=3, warmup_s=1, workers=2, closed={"concurrency": 3, "think_s": 0.2})
    summary, records = run(plan, tmp_path)
    rows = records.to_pylist()
    assert (summary.loop, summary.concurrency, summary.requested_rate) == ("closed", 3, None) and summary.errors == {}
    assert len({row["index"] for row in rows}) == len(rows) and {row["index"] % 2 == row["worker"] for row in rows} == {True}
    edges = sorted([(row["sent_s"], 1) for row in rows] + [(row["done_s"], -1) for row in rows])
    assert max(np.cumsum([step for _, step in edges])) == 3  # never more at once
    assert 20 <= summary.n <= 30  # 3 users, 3 s, 0.3 s a round
    assert max(row["scheduled_s"] for row in rows) < 4


def test_stages_of_a_closed_loop_follow_one_another(endpoint, tmp_path):
    stages = [{"duration_s": 2, "concurrency": 1}, {"duration_s": 3, "concurrency": 4}]
    plan = a_plan(endpoint(ttft=0.1, tokens=1), rate=None, arrivals="poisson", duration_s=5, closed={"concurrency": 4, "stages": stages})
    _, records = run(plan, tmp_path)
    due = latency.column(records, "scheduled_s")
    calm, busy = (due < 2).sum() / 2, (due > 3.2).sum() / 1.8  # Locust looks at the shape once a second
    assert 6 <= calm <= 11 and 3 * calm <= busy <= 5 * calm


def test_text_completions_are_sent_to_their_own_path_and_read(endpoint, tmp_path):
    url = endpoint(tokens=4, bodies=str(tmp_path / "bodies"))
    summary, records = run(a_plan(url, duration_s=1, api="completions", prompts=[{"prompt": "Once upon"}]), tmp_path)
    assert summary.errors == {} and set(records["output_tokens"].to_pylist()) == {4}
    sent = bodies_of(tmp_path / "bodies")
    assert sent[0]["prompt"] == "Once upon" and sent[1]["prompt"] == "[00000001] Once upon"


def test_a_rejection_keeps_its_retry_after_and_is_not_sent_again(endpoint, tmp_path):
    url = endpoint(faults=["429"], every=2, retry_after=7)
    summary, records = run(a_plan(url, duration_s=1), tmp_path)
    assert len(records) == 20 and summary.errors == {"rejected": 10}
    assert {row["retry_after_s"] for row in records.to_pylist() if row["error_kind"] == "rejected"} == {7.0}


@pytest.mark.parametrize(
    ("name", "options", "rows"),
    [
        ("closed_loop", ["--ft-concurrency", "2", "--ft-think", "0.1"], range(8, 40)),
        ("replay", ["--ft-trace", "trace.csv", "--ft-speed", "2"], range(9, 12)),
    ],
)
def test_plain_locust_runs_the_other_loops_as_well(name, options, rows, endpoint, tmp_path):
    (tmp_path / "trace.csv").write_text("timestamp_s\n" + "\n".join(str(k / 5) for k in range(20)))
    command = [sys.executable, "-m", "locust", "-f", str(OPEN_LOOP.with_name(f"{name}.py")), "--headless", "--host", endpoint()]
    command += ["--ft-model", "m", "--ft-duration", "1", "--ft-warmup", "0", "--ft-out", str(tmp_path), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert done.returncode == (0 if summary["valid"] else 3), done.stderr
    assert len(read_records(tmp_path / "requests.parquet")) in rows and summary["errors"] == {}
