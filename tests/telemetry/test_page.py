"""Pages as vLLM, SGLang, TGI and the llama.cpp server write them, in the forms of their public documentation."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.serving.prometheus import Metrics
from ftbench.telemetry.histogram import Histogram
from ftbench.telemetry.page import decode, encode, read_page

PAGES = Path(__file__).with_name("pages")


def page(name: str) -> str:
    return (PAGES / f"{name}.txt").read_text(encoding="utf-8")


def test_engines_of_one_vllm_server_add_up_but_their_cache_use_does_not():
    kind, who, readings = read_page(page("vllm"))
    assert (kind, who) == ("vLLM", "1759221184.00")
    assert (readings["running"], readings["waiting"], readings["kv_cache_use"]) == (26, 3, 0.5)
    assert (readings["prefix_hits"], readings["prefix_queries"]) == (1600, 80000)
    assert (readings["prompt_tokens"], readings["output_tokens"], readings["preemptions"]) == (80000, 20000, 2)
    queue = readings["queue_time"]
    assert (queue.count, queue.total) == (60, 10.0)
    assert queue.buckets[0] == (0.3, 50) and queue.buckets[-1] == (math.inf, 60)
    assert readings["tokens_per_step"].count == 1300


def test_older_vllm_has_other_names_for_the_same():
    _, _, readings = read_page(page("vllm_v0"))
    assert (readings["running"], readings["kv_cache_use"], readings["prefix_hits"], readings["prefix_queries"]) == (8, 0.42, 50, 200)


def test_tensor_parallel_ranks_of_sglang_are_not_counted_twice():
    kind, who, readings = read_page(page("sglang"))
    assert (kind, who) == ("SGLang", "")
    assert (readings["running"], readings["waiting"], readings["kv_cache_use"]) == (162, 2826, 0.28)
    assert readings["prefix_hits"] == 5000 and readings["prefix_queries"] == 8128902
    assert readings["queue_time"].count == 10


def test_tgi_counts_tokens_in_the_sums_of_its_histograms():
    kind, _, readings = read_page(page("tgi"))
    assert kind == "TGI"
    assert (readings["running"], readings["waiting"]) == (19, 7)
    assert (readings["output_tokens"], readings["prompt_tokens"]) == (124700, 62350)
    assert (readings["queue_time"].count, readings["queue_time"].total) == (1247, 52.25)


def test_llama_cpp_says_who_waits_but_not_how_long():
    kind, _, readings = read_page(page("llamacpp"))
    assert kind == "llama.cpp"
    assert readings == {"running": 4, "waiting": 46, "prompt_tokens": 512, "output_tokens": 39080}


def test_our_own_page_says_which_replica_speaks_and_how_many_there_are():
    metrics = Metrics("a model", "replica-7", 3)
    metrics.queue_time.observe(0.2)
    metrics.output_tokens.inc(11)
    kind, who, readings = read_page(metrics.text(running=4, in_flight=9).decode())
    assert (kind, who) == ("ftbench", "replica-7")
    assert (readings["running"], readings["waiting"], readings["replicas"], readings["output_tokens"]) == (4, 5, 3, 11)
    assert readings["queue_time"].total == pytest.approx(0.2)


@pytest.mark.parametrize(
    "text", ["", "<html>hello</html>", "node_load1 0.4\n", "my_vllm:num_requests_running 1\n", "# vllm:num_requests_running 1\n"]
)
def test_page_of_something_else_has_no_readings(text):
    assert read_page(text) == (None, "", {})


def test_value_that_is_not_a_number_is_no_reading():
    assert read_page("llamacpp:requests_processing 1\nllamacpp:requests_deferred nan\n")[2] == {"running": 1}


def test_garbled_line_with_a_known_name_is_refused():
    for line in ('vllm:num_requests_running{engine="0} many', "tgi_request_duration_bucket 5\ntgi_request_duration_count 5"):
        with pytest.raises(ValueError):
            read_page(line + "\n")


@given(st.text(), st.sampled_from(["", "tgi_queue_size", "tgi_queue_size{", 'tgi_request_queue_duration_bucket{le="', "tgi_queue_size "]))
def test_whatever_stands_there_is_read_or_refused(text, begin):
    try:
        kind, _, readings = read_page(begin + text + "\n" + page("tgi"))
    except ValueError:
        return
    assert kind is not None and all(isinstance(value, float | Histogram) for value in readings.values())


def test_readings_survive_a_line_of_json():
    import json

    for name in ("vllm", "sglang", "tgi", "llamacpp"):
        readings = read_page(page(name))[2]
        assert decode(json.loads(json.dumps(encode(readings), allow_nan=False))) == readings
