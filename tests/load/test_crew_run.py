"""Real Locust processes as a crew: what one run does with several of them."""

import json
import socket
import threading
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from ftbench.errors import InputError
from ftbench.load import run_load
from ftbench.load.plan import schedule
from ftbench.load.records import read_runs
from ftbench.metrics import latency
from ftbench.metrics.summarise import summarise
from tests.load.conftest import a_plan
from tests.load.test_run import processes_about


def run(plan, folder, **more):
    ((info, records),) = read_runs(run_load(plan, folder, **more))
    return summarise(records, info), records


def test_two_workers_measure_what_one_does(endpoint, tmp_path):
    plan = a_plan(endpoint(ttft=0.05, itl=0.01, tokens=8), rate=40, duration_s=2, arrivals="poisson", seed=11)
    times = schedule(plan).times
    found = {}
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        summary, records = run(plan.model_copy(update={"workers": workers}), folder)
        assert records["index"].to_pylist() == list(range(len(times))) and summary.errors == {}
        assert records["worker"].to_pylist() == [k % workers for k in range(len(times))] and len(summary.worker_info) == workers
        assert np.array_equal(latency.column(records, "scheduled_s"), times)
        found[workers] = summary
    one, two = found[1], found[2]
    assert two.tpot.p50_s == pytest.approx(one.tpot.p50_s, rel=0.1)
    assert two.ttft.p50_s == pytest.approx(one.ttft.p50_s, rel=0.3) and two.e2e.p50_s == pytest.approx(one.e2e.p50_s, rel=0.3)
    assert two.requests_per_s == pytest.approx(one.requests_per_s, rel=0.02)


def test_a_worker_that_ends_the_run_for_its_failures_ends_it_for_all(endpoint, tmp_path):
    # every other request fails, and the two workers take turns: one sees failures only, the other none
    plan = a_plan(endpoint(faults=["500"], every=2), rate=40, duration_s=60, workers=2, abort_error_rate=0.7)
    told = []
    summary, records = run(plan, tmp_path, progress=told.append)
    assert told[-1].elapsed_s < 30 and len(records) == len(schedule(plan).times)
    first, second = (worker["aborted"] for worker in summary.worker_info)
    assert "had failed, over 70%" in first and second == f"load process 0 ended the run: {first}"
    assert set(summary.errors) == {"http_5xx", "dropped"} and summary.errors["dropped"] > 1000 and not summary.valid
    assert any("had failed, over 70%" in reason for reason in summary.invalid_reasons)


def test_a_folder_in_which_a_run_is_under_way_is_refused_and_the_run_goes_on(endpoint, tmp_path):
    plan = a_plan(endpoint(), duration_s=3)
    refused = []

    def clash(_live) -> None:
        if not refused:
            with pytest.raises(InputError, match="Another load run is under way in") as error:
                run_load(plan, tmp_path)
            refused.append(error)

    summary, _ = run(plan, tmp_path, progress=clash)
    assert refused and summary.n_ok == 60
    again, _ = run(plan.model_copy(update={"duration_s": 0.5}), tmp_path)
    assert again.n_ok == 10


def test_locusts_own_page_shows_the_run_while_it_lasts_and_is_gone_with_it(endpoint, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    seen, pages = [], []

    def visit() -> None:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/stats/requests", timeout=5) as answer:
            seen.append(json.load(answer))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            pages.append(answer.read())

    def look(live) -> None:
        if 2 <= live.elapsed_s < 4:
            visitor = threading.Thread(target=visit)
            visitor.start()
            visitor.join(10)

    plan = a_plan(endpoint(), rate=20, duration_s=4)
    summary, records = run(plan, tmp_path, progress=look, web_ui_port=port)
    assert len(records) == 80 and summary.errors == {}
    assert seen[-1]["state"] == "running" and b"ocust" in pages[-1]
    assert 20 <= next(of for of in seen[-1]["stats"] if of["name"] != "Aggregated")["num_requests"] <= 80
    assert processes_about(tmp_path) == []
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2)


def test_locusts_page_for_two_workers_or_on_a_taken_port_is_bad_input(tmp_path):
    plan = a_plan("http://127.0.0.1:9/v1")
    with pytest.raises(InputError, match="shows one load process, and this run has 2"):
        run_load(plan.model_copy(update={"workers": 2}), tmp_path, web_ui_port=8089)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match="is not free for Locust's page"):
            run_load(plan, tmp_path, web_ui_port=taken.getsockname()[1])
    with pytest.raises(InputError, match="Port 0 of"):
        run_load(plan, tmp_path, web_ui_port=0)


def test_a_rate_that_no_process_can_send_is_refused_before_one_is_started(tmp_path):
    with pytest.raises(InputError, match="cannot be sent by 1 load process"):
        run_load(a_plan("http://127.0.0.1:9/v1", rate=100_000, duration_s=1), tmp_path)
    assert not list(Path(tmp_path).rglob("locust-*.log"))
