"""The other nodes of a cluster, and replicas of a real Serve app behind a real HAProxy."""

import json
import sys
import time
import urllib.request

import pytest

from ftbench.processes import no_survivors
from ftbench.serving.cluster import cluster
from ftbench.serving.service import service
from ftbench.spec import read_spec
from ftbench.telemetry import observe, summarise_telemetry
from ftbench.telemetry.log import read_log
from ftbench.telemetry.nodes import Nodes, other_nodes
from tests.integration.scenario import write_contract
from tests.metrics.records import a_row, a_table, an_info


def test_without_a_cluster_there_are_no_other_nodes():
    assert other_nodes() == []


@pytest.fixture(scope="module")
def served(tmp_path_factory, tiny_model_folder):
    serving = {"replicas": 2, "cpu_threads": 1, "max_concurrency": 1, "max_queue": 8, "max_context": 256}
    spec = read_spec(write_contract(tmp_path_factory.mktemp("service"), tiny_model_folder, serving=serving))
    with no_survivors(), cluster(logical_cpus=2), service(spec, lambda _: None) as up:
        yield up


def ask(url: str, model: str) -> int:
    body = {"model": model, "messages": [{"role": "user", "content": "hello"}], "max_tokens": 16, "ignore_eos": True}
    request = urllib.request.Request(f"{url}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["usage"]["completion_tokens"]


@pytest.mark.slow
def test_both_replicas_of_a_real_service_are_counted(served, tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    with observe(served.url, tmp_path, managed=True, period_s=0.5) as path:
        t0_ns = time.monotonic_ns()
        with ThreadPoolExecutor(6) as pool:
            counts = list(pool.map(lambda _: ask(served.url, served.model), range(24)))
        elapsed_s = (time.monotonic_ns() - t0_ns) / 1e9
    table = a_table([a_row(0.0, output_tokens=n, done_s=elapsed_s / 2) for n in counts])
    found = summarise_telemetry(path, an_info(t0_monotonic_ns=t0_ns, warmup_s=0, measured_s=elapsed_s), table)
    server = found["server"]
    assert server["replicas"] == 2
    assert server["tokens"]["server_output"] == server["tokens"]["client_output"] == sum(counts)
    assert server["queue_time"]["n"] == 24 and server["queue_time"]["mean"] > 0  # six at once for two places
    assert not [note for note in found["notes"] if "replica" in note]


@pytest.mark.slow
def test_actor_on_a_node_samples_there_on_our_clock_and_goes_away(served):
    import ray

    own = ray.get_runtime_context().get_node_id()
    began_ns = time.monotonic_ns()
    nodes = Nodes([own], 0.1)
    time.sleep(0.5)
    lines = nodes.fetch()
    lines += nodes.fetch(end=True)
    ended_ns = time.monotonic_ns()
    nodes.close()
    assert nodes.lost == {}
    assert {line["node"] for line in lines} == {f"node {own[:8]}"}
    assert [line["kind"] for line in lines][0] == "node" and lines[-1]["kind"] == "sampler"
    stamps = [line["t_ns"] for line in lines if line["kind"] == "host"]
    assert len(stamps) >= 3 and stamps == sorted(stamps)
    assert began_ns - 50e6 < stamps[0] and stamps[-1] < ended_ns + 50e6
    assert other_nodes() == []  # this cluster has one node, which is sampled without an actor


@pytest.mark.slow
def test_node_that_is_not_there_is_left_out_and_said(served, monkeypatch, tmp_path):
    monkeypatch.setattr(sys.modules["ftbench.telemetry.observe"], "other_nodes", lambda: ["a" * 56, "f" * 56])
    monkeypatch.setattr("ftbench.telemetry.nodes.ASK_S", 2.0)
    with observe(served.url, tmp_path, managed=True, period_s=0.5) as path:
        time.sleep(1.0)
    lost = [line for line in read_log(path) if line["kind"] == "lost"]
    assert sorted(line["node"] for line in lost) == ["node aaaaaaaa", "node ffffffff"]
    found = summarise_telemetry(path, an_info(t0_monotonic_ns=time.monotonic_ns()), a_table([a_row(0.0)]))
    assert any("node aaaaaaaa could not be sampled" in note for note in found["notes"])
