"""Watching a real page and this real machine."""

import http.server
import json
import subprocess
import sys
import threading
import time

import pytest

from ftbench.telemetry import observe, summarise_telemetry
from ftbench.telemetry.fetch import Absent, fetcher, page_urls
from ftbench.telemetry.log import read_log
from ftbench.telemetry.observe import is_here
from ftbench.telemetry.scrape import find_page, sweep
from tests.metrics.records import a_row, a_table, an_info


@pytest.fixture
def served():
    """served(answer) starts a server; answer(path, headers, n) gives (status, content type, text) for the n-th question."""
    servers = []

    def start(answer):
        asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append((self.path, dict(self.headers)))
                status, kind, text = answer(self.path, dict(self.headers), len(asked))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                if status == 302:
                    self.send_header("Location", text)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}/v1", asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def plain(text):
    return 200, "text/plain; version=0.0.4", text


def replica(name: str, tokens: float, replicas: int = 3) -> str:
    labels = f'{{model_name="m",replica="{name}"}}'
    values = {"num_requests_running": 2.0, "replicas": replicas, "generation_tokens_total": tokens}
    return "".join(f"ftbench_{name}{labels} {value}\n" for name, value in values.items())


@pytest.mark.parametrize(
    ("url", "pages"),
    [
        ("http://h:8000/v1", ["http://h:8000/metrics"]),
        ("https://h/proxy/v1/", ["https://h/proxy/metrics", "https://h/metrics"]),
        ("http://h:8000", ["http://h:8000/metrics"]),
    ],
)
def test_page_is_beside_the_api(url, pages):
    assert page_urls(url) == pages


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ((404, "text/plain", "no"), "404"),
        ((401, "application/json", "{}"), "401"),
        ((302, "text/plain", "http://127.0.0.1:1/metrics"), "302"),
        ((200, "text/html; charset=utf-8", "<html>"), "page"),
        ((200, "text/plain", "node_load1 0.3\n"), "unknown"),
        ((200, "text/plain", "tgi_queue_size many\n"), "page"),
    ],
)
def test_page_that_is_not_to_be_had_is_one_word(served, answer, word):
    url, _ = served(lambda *_: answer)
    with pytest.raises(Absent, match=f"^{word}$"):
        find_page(page_urls(url), fetcher())


def test_nobody_listens_and_a_host_that_is_none_are_words_too():
    with pytest.raises(Absent, match="^refused$"):
        fetcher()("http://127.0.0.1:1/metrics")
    with pytest.raises(Absent, match="^unreachable$"):
        fetcher()("http://no-such-host.invalid/metrics")


def test_server_that_hangs_is_waited_for_no_longer_than_agreed(served):
    def hang(*_):
        time.sleep(1.0)
        return plain("")

    url, _ = served(hang)
    with pytest.raises(Absent, match="^timeout$"):
        fetcher(timeout_s=0.1)(page_urls(url)[0])


def test_key_goes_with_the_question_and_never_to_another_host(served):
    elsewhere, asked_elsewhere = served(lambda *_: plain(""))
    url, asked = served(lambda *_: (302, "text/plain", elsewhere))
    with pytest.raises(Absent):
        fetcher(api_key="a secret")(page_urls(url)[0])
    assert asked[0][1]["Authorization"] == "Bearer a secret" and asked_elsewhere == []


def test_every_replica_behind_a_proxy_is_asked_though_each_answers_alone(served):
    url, _ = served(lambda _, __, n: plain(replica("abc"[n % 3], 100.0 * n)))
    first = find_page(page_urls(url), fetcher())
    found = sweep(first.url, first.kind, fetcher(), replicas=1, within_s=5.0)
    assert set(found.pages) == {"a", "b", "c"}


def test_replica_that_does_not_answer_does_not_hold_up_the_others(served):
    url, asked = served(lambda *_: plain(replica("a", 1.0)))
    found = sweep(page_urls(url)[0], "ftbench", fetcher(), replicas=1, within_s=5.0)
    assert set(found.pages) == {"a"} and len(asked) <= 12


def test_run_beside_a_page_leaves_samples_of_server_and_machine(served, tmp_path):
    tokens = iter(range(0, 10**6, 100))
    url, _ = served(lambda *_: plain(replica("a", float(next(tokens)), 1)))
    with observe(url, tmp_path, period_s=0.1) as path:
        t0_ns = time.monotonic_ns()
        burn = time.process_time()
        while time.process_time() - burn < 0.3:
            pass
        time.sleep(0.4)
        elapsed_s = (time.monotonic_ns() - t0_ns) / 1e9
    table = a_table([a_row(0.1, done_s=0.2)])
    found = summarise_telemetry(path, an_info(t0_monotonic_ns=t0_ns, warmup_s=0, measured_s=elapsed_s), table)
    server, (host, *_) = found["server"], found["hosts"]
    assert (server["kind"], server["replicas"], server["running"]["mean"]) == ("ftbench", 1, 2)
    assert server["samples"] > 2 and server["output_tokens"] > 200
    assert server["tokens"]["server_output"] % 100 == 0
    assert host["node"] == "this machine" and host["serves"] and host["samples"] > 2
    assert 0 < host["cpu_mean"] <= host["cpu_max"] <= 1 and host["memory_max_bytes"] <= host["memory_bytes"]
    assert host["sampler_cpu"] is not None


def test_unreachable_page_costs_the_run_nothing(tmp_path):
    began = time.monotonic()
    with observe("http://127.0.0.1:1/v1", tmp_path) as path:
        pass
    assert time.monotonic() - began < 10
    found = summarise_telemetry(path, an_info(t0_monotonic_ns=time.monotonic_ns()), a_table([a_row(0.1)]))
    assert (found["server"], found["hosts"], found["energy"]) == ({"absent": "refused"}, [], None)


def test_load_that_fails_leaves_no_sampler_behind(served, tmp_path):
    url, _ = served(lambda *_: plain(replica("a", 1.0)))
    before = threading.active_count()
    with pytest.raises(RuntimeError), observe(url, tmp_path, period_s=0.05):
        raise RuntimeError("the load broke")
    assert not [t for t in threading.enumerate() if t.name.startswith("telemetry")]
    assert threading.active_count() <= before + 3  # threads of the test's own server


def test_folder_that_cannot_be_written_does_not_stop_the_run(tmp_path):
    (tmp_path / "file").write_text("")
    with observe("http://127.0.0.1:1/v1", tmp_path / "file" / "below") as path:
        ran = True
    assert ran and read_log(path) == []


def test_run_of_an_older_version_has_no_telemetry(tmp_path):
    found = summarise_telemetry(tmp_path / "none.jsonl", an_info(), a_table([a_row(0.1)]))
    assert found == {"server": None, "hosts": [], "energy": None, "notes": []}


def test_torn_last_line_of_a_killed_run_is_left_out(tmp_path):
    (tmp_path / "t.jsonl").write_text('{"kind":"begin"}\n{"kind":"ho')
    assert read_log(tmp_path / "t.jsonl") == [{"kind": "begin"}]


def test_load_processes_are_found_and_their_time_counted(tmp_path):
    busy = [sys.executable, "-c", "import time\nend = time.time() + 20\nwhile time.time() < end: sum(range(1000))", "--ft-plan"]
    process = subprocess.Popen(busy)
    try:
        with observe("http://127.0.0.1:1/v1", tmp_path, period_s=0.3) as path:
            time.sleep(2.0)
    finally:
        process.kill()
        process.wait()
    shares = [line["load_cpu"] for line in read_log(path) if line.get("load_cpu")]
    assert shares and max(shares) <= 1.5


def test_host_of_a_url_is_this_machine_or_not():
    assert is_here("http://127.0.0.1:8000/v1") and is_here("http://localhost/v1") and is_here("http://[::1]:1/v1")
    assert not is_here("http://192.0.2.7:8000/v1") and not is_here("http://no-such-host.invalid/v1")


def test_log_is_lines_of_json_without_infinity(served, tmp_path):
    buckets = 'tgi_request_queue_duration_bucket{le="+Inf"} 3\ntgi_request_queue_duration_sum 1\ntgi_request_queue_duration_count 3\n'
    url, _ = served(lambda *_: plain(buckets))
    with observe(url, tmp_path, period_s=0.1) as path:
        pass

    def refuse(word):
        raise AssertionError(word)

    for line in path.read_text().splitlines():
        json.loads(line, parse_constant=refuse)
