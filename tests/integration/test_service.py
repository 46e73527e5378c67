"""Two replicas behind Serve and HAProxy, with the official client."""

import json
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import openai
import psutil
import pytest

from ftbench.processes import marked
from ftbench.telemetry import observe, summarise_telemetry
from tests.integration.scenario import call, write_contract
from tests.metrics.records import a_row, a_table, an_info
from tests.outside import Beside, beside

pytestmark = pytest.mark.slow


class Served(NamedTuple):
    """tests.integration.served: two replicas with one place and a queue of five each."""

    url: str
    model: str
    script: Beside


@pytest.fixture(scope="module")
def served(tmp_path_factory, tiny_model_folder):
    folder = tmp_path_factory.mktemp("service")
    serving = {"replicas": 2, "cpu_threads": 1, "max_concurrency": 1, "max_queue": 5, "max_context": 256}
    spec = write_contract(folder, tiny_model_folder, serving=serving)
    with beside("tests.integration.served", spec, folder=folder) as script:
        yield Served(**script.said, script=script)


@pytest.fixture
def client(served):
    return openai.OpenAI(base_url=served.url, api_key="none", max_retries=0)


def ask(client, served, **how):
    extra = {"extra_body": {"ignore_eos": True}}
    return client.chat.completions.create(
        **{"model": served.model, "messages": [{"role": "user", "content": "hello"}], "max_tokens": 8, "temperature": 0, **extra, **how}
    )


def pids(url: str, n: int = 40) -> set[int]:
    def one(_: int) -> int:
        with urllib.request.urlopen(f"{url}/models", timeout=10) as answer:
            return json.load(answer)["data"][0]["ftbench"]["pid"]

    with ThreadPoolExecutor(8) as pool:
        return set(pool.map(one, range(n)))


def test_both_replicas_answer_behind_one_url(served):
    assert len(pids(served.url)) == 2


def test_streaming_through_haproxy_is_the_same_text_token_by_token(client, served):
    whole = ask(client, served)
    chunks = list(ask(client, served, stream=True, stream_options={"include_usage": True}))
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == whole.choices[0].message.content
    assert chunks[-1].usage.completion_tokens == 8


def test_nothing_of_http_listens_on_a_public_address(served):
    mark = served.script.mark

    open_to_all = [
        (p.name(), c.laddr)
        for p in marked(mark)
        if "haproxy" in p.name() or "ServeReplica" in " ".join(p.cmdline()) or "ProxyActor" in " ".join(p.cmdline())
        for c in p.net_connections("inet")
        if c.status == psutil.CONN_LISTEN and c.laddr.ip in ("0.0.0.0", "192.168.0.0") and c.laddr.port < 20000
    ]
    assert open_to_all == []
    haproxies = [p for p in marked(mark) if "haproxy" in p.name()]
    assert haproxies
    assert {c.laddr.ip for p in haproxies for c in p.net_connections("inet") if c.status == psutil.CONN_LISTEN} == {"127.0.0.1"}


def test_no_port_of_a_run_can_be_shared_by_another_run_on_the_machine(served):
    """Two runs behind one port each get the other's requests, and the report of one holds the answers of the other's model."""
    serving = ("haproxy", "ServeReplica", "ProxyActor")
    listening = {
        c.laddr
        for p in marked(served.script.mark)
        if any(word in p.name() or word in " ".join(p.cmdline()) for word in serving)
        for c in p.net_connections("inet")
        if c.status == psutil.CONN_LISTEN and c.laddr.ip == "127.0.0.1"
    }
    assert len(listening) >= 5  # two replicas, the proxy that stands in for them, HAProxy's own
    assert 8500 not in {address.port for address in listening}  # Serve's default for all clusters of a machine
    for address in listening:
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            other.bind(address)
            other.listen()


def test_request_that_strays_from_another_run_gets_no_answer_of_this_model(served):
    """A replica's port may have been another run's a moment ago, whose HAProxy still sends there."""
    own = urllib.parse.urlsplit(served.url)
    assert own.path.count("/") == 2  # /<this run>/v1
    replicas = [
        f"http://127.0.0.1:{c.laddr.port}"
        for p in marked(served.script.mark)
        if "ServeReplica" in " ".join(p.cmdline())
        for c in p.net_connections("inet")
        if c.status == psutil.CONN_LISTEN and 30000 <= c.laddr.port <= 31000  # Serve's range of replicas' HTTP ports
    ]
    assert len(replicas) == 2
    for base in (f"http://{own.netloc}", *replicas):
        with urllib.request.urlopen(f"{base}{own.path}/models", timeout=10) as answer:
            assert answer.status == 200
        for other in ("/v1", "/ftbench-00000000/v1"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"{base}{other}/models", timeout=10)
            assert refused.value.code == 404


def test_full_replicas_answer_429_with_retry_after(client, served):
    def one(_: int) -> str:
        try:
            return ask(client, served, max_tokens=200).choices[0].finish_reason
        except openai.RateLimitError as error:
            return error.response.headers["retry-after"]

    with ThreadPoolExecutor(24) as pool:
        outcomes = list(pool.map(one, range(24)))
    assert set(outcomes) == {"length", "1"}


def cancelled(url: str) -> float:
    """Requests that ended as cancelled, over both replicas; each answers for itself only."""
    by_replica: dict[str, float] = {}
    seen: set[str] = set()
    while len(seen) < 2:
        with urllib.request.urlopen(url.removesuffix("/v1") + "/metrics", timeout=10) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith("ftbench_num_requests_running{"):
                    seen.add(line.split('replica="')[1].split('"')[0])
                if line.startswith("ftbench_requests_finished_total{") and 'outcome="cancelled"' in line:
                    by_replica[line.split('replica="')[1].split('"')[0]] = float(line.rsplit(" ", 1)[1])
    return sum(by_replica.values())


def test_client_that_leaves_through_haproxy_frees_its_slot(client, served):
    before = cancelled(served.url)
    for _ in range(6):  # more than the places of both replicas
        stream = ask(client, served, stream=True, max_tokens=230)
        next(iter(stream))
        stream.close()
    end = time.monotonic() + 10
    while cancelled(served.url) < before + 6 and time.monotonic() < end:
        time.sleep(0.1)
    assert cancelled(served.url) == before + 6


def test_both_replicas_are_counted_by_the_telemetry(client, served, tmp_path):
    with observe(served.url, tmp_path, managed=True, period_s=0.5) as path:
        t0_ns = time.monotonic_ns()
        with ThreadPoolExecutor(6) as pool:
            counts = list(pool.map(lambda _: ask(client, served, max_tokens=16).usage.completion_tokens, range(24)))
        elapsed_s = (time.monotonic_ns() - t0_ns) / 1e9
    table = a_table([a_row(0.0, output_tokens=n, done_s=elapsed_s / 2) for n in counts])
    found = summarise_telemetry(path, an_info(t0_monotonic_ns=t0_ns, warmup_s=0, measured_s=elapsed_s), table)
    server = found["server"]
    assert server["replicas"] == 2
    assert server["tokens"]["server_output"] == server["tokens"]["client_output"] == sum(counts)
    assert server["queue_time"]["n"] == 24 and server["queue_time"]["mean"] > 0  # six at once for two places
    assert not [note for note in found["notes"] if "replica" in note]


def test_load_command_measures_any_url(served, tmp_path):
    url = served.url
    done = call("load", "--url", url, "--rate", "4", "--duration", "3", "--max-tokens", "4", "--warmup", "0", "--out", "out", cwd=tmp_path)
    assert done.returncode in (0, 3), done.stderr
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["n"] == summary["n_ok"] + sum(summary["errors"].values())
    assert summary["token_count_source"] == "usage"
    assert (tmp_path / "out" / "requests.parquet").exists()


def test_a_second_model_on_a_cluster_does_not_take_the_place_of_the_first(served):
    """Two runs on a user's own cluster had applications of one name: the later one's model answered both."""
    found = served.script.ask("beside")
    assert len(found["first"]) == 2 and len(found["second"]) == 1 and not set(found["first"]) & set(found["second"])
    assert urllib.parse.urlsplit(found["url"]).path == "/v1" and found["url"] != served.url
    assert "Ray Serve on this cluster does not take the model" in found["refused"] and "Prefix / is being used" in found["refused"]
    assert len(pids(served.url)) == 2


def test_a_replica_whose_generation_thread_dies_is_replaced(client, served):
    before = pids(served.url)
    dead = served.script.ask("poison")
    assert dead in before
    failed = 0
    for _ in range(20):
        try:
            ask(client, served)
        except openai.APIError:
            failed += 1
        if failed:
            break
    assert failed, "the poisoned replica was never asked"
    end = time.monotonic() + 90
    while time.monotonic() < end:
        try:
            now = pids(served.url)
        except (urllib.error.URLError, OSError):
            now = set()
        if dead not in now and len(now) == 2:
            break
        time.sleep(1)
    assert dead not in now and len(now) == 2
    assert ask(client, served).choices[0].finish_reason == "length"
