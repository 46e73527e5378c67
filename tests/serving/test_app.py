"""The HTTP face, asked by the official client over a socket."""

import json
import socket
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import openai
import pytest

from ftbench.telemetry.page import read_page
from tests.serving.conftest import app_server

HELLO = [{"role": "user", "content": "hello there"}]


@pytest.fixture
def client(server):
    return openai.OpenAI(base_url=server[0], api_key="none", max_retries=0)


def ask(client, **how):
    return client.chat.completions.create(**{"model": "tiny", "messages": HELLO, "max_tokens": 8, "temperature": 0, **how})


def raw(url: str, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url.removesuffix("/v1") + path) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def post_and_hang_up(url: str, body: dict, *, after_bytes: int) -> None:
    parts = urlsplit(url)
    data = json.dumps(body).encode()
    with socket.create_connection((parts.hostname, parts.port)) as s:
        s.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
        s.sendall(f"Content-Length: {len(data)}\r\n\r\n".encode() + data)
        got = 0
        while got < after_bytes:
            got += len(s.recv(100))
        time.sleep(0.1)


def until(condition, timeout_s: float = 5.0) -> bool:
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_streamed_and_whole_answers_are_the_same_text(client):
    whole = ask(client, extra_body={"ignore_eos": True})
    chunks = list(ask(client, stream=True, stream_options={"include_usage": True}, extra_body={"ignore_eos": True}))
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage == whole.usage
    assert whole.usage.completion_tokens == 8
    assert whole.choices[0].finish_reason == "length"


def test_one_event_a_token_even_where_a_token_is_no_whole_character(client):
    chunks = list(ask(client, stream=True, max_tokens=12, temperature=2.0, seed=5, extra_body={"ignore_eos": True}))
    tokens = [c for c in chunks if c.choices and c.choices[0].delta.role is None]
    assert len(tokens) == 12
    assert [c.choices[0].finish_reason for c in tokens] == [None] * 11 + ["length"]


def test_usage_is_not_sent_unasked(client):
    assert all(c.usage is None for c in ask(client, stream=True))


def test_completions_stream_and_whole(client):
    how = {"model": "tiny", "prompt": "hello there", "max_tokens": 6, "temperature": 0, "extra_body": {"ignore_eos": True}}
    whole = client.completions.create(**how)
    assert "".join(c.choices[0].text for c in client.completions.create(**how, stream=True)) == whole.choices[0].text
    assert client.completions.create(**{**how, "prompt": [1, 2, 3]}).usage.prompt_tokens == 3


def test_a_seed_gives_the_same_text_in_whatever_company(client):
    def one(seed: int) -> str:
        return (
            ask(client, temperature=1.5, top_p=0.95, seed=seed, max_tokens=16, extra_body={"ignore_eos": True}).choices[0].message.content
        )

    alone = one(11)
    with ThreadPoolExecutor(4) as pool:
        assert next(iter(pool.map(one, [11, 12, 13, 14]))) == alone
    assert len({one(seed) for seed in range(4)}) > 1


def test_stop_string_ends_the_text_before_it(client):
    text = ask(client, max_tokens=20, extra_body={"ignore_eos": True}).choices[0].message.content
    stop = text[len(text) // 2 : len(text) // 2 + 2]
    answer = ask(client, max_tokens=20, stop=stop, extra_body={"ignore_eos": True})
    assert answer.choices[0].message.content == text[: text.index(stop)]
    assert answer.choices[0].finish_reason == "stop"


def test_too_long_a_request_is_a_400_with_the_numbers(client):
    with pytest.raises(openai.BadRequestError, match=r"context is 256 tokens.*\+ 1000 output tokens = 1\d\d\d") as error:
        ask(client, max_tokens=1000)
    assert error.value.code == "context_length_exceeded"


def test_unknown_model_is_a_404_in_openai_form(client):
    with pytest.raises(openai.NotFoundError, match="'other' does not exist; this server has 'tiny'") as error:
        ask(client, model="other")
    assert error.value.code == "model_not_found"


@pytest.mark.parametrize("extra", [{"frequency_penalty": 0.5}, {"n": 2}, {"logprobs": True}, {"nonsense": 1}])
def test_a_parameter_that_would_change_the_text_is_refused_not_ignored(client, extra):
    with pytest.raises(openai.BadRequestError, match="is not supported"):
        ask(client, extra_body=extra)


def test_wrong_types_are_a_400_that_names_the_field(client):
    with pytest.raises(openai.BadRequestError, match="temperature"):
        ask(client, temperature=9)


def test_models_and_health_and_unknown_routes(client, server):
    assert [m.id for m in client.models.list()] == ["tiny"]
    assert raw(server[0], "/health") == (200, '{"status":"ok"}')
    status, body = raw(server[0], "/v1/nothing")
    assert status == 404 and json.loads(body)["error"]["type"] == "invalid_request_error"


def test_metrics_count_what_was_generated(client, server):
    def value(name: str) -> float:
        return sum(float(line.rsplit(" ", 1)[1]) for line in raw(server[0], "/metrics")[1].splitlines() if line.startswith(name + "{"))

    before = value("ftbench_generation_tokens_total")
    ask(client, max_tokens=5, extra_body={"ignore_eos": True})
    assert value("ftbench_generation_tokens_total") == before + 5


def test_a_client_that_leaves_frees_its_place(server):
    url, engine, _ = server
    for stream in (True, False):
        body = {"messages": HELLO, "stream": stream, "max_tokens": 200, "ignore_eos": True}
        post_and_hang_up(url, body, after_bytes=1 if stream else 0)
        assert until(lambda: engine.in_flight == 0), f"stream={stream}"


def test_a_request_whose_client_left_is_not_decoded_to_its_end(tiny_model_folder):
    with app_server(tiny_model_folder) as (url, engine, model):
        forward = model.forward

        def slow(*args, **kwargs):
            time.sleep(0.05)  # 200 tokens would take ten seconds
            return forward(*args, **kwargs)

        model.forward = slow
        post_and_hang_up(url, {"messages": HELLO, "stream": True, "max_tokens": 200, "ignore_eos": True}, after_bytes=1)
        scheduler = engine._manager.batch_processor.scheduler
        assert until(lambda: not scheduler.active_requests, timeout_s=3.0)


def test_empty_user_text_is_answered(client):
    assert ask(client, messages=[{"role": "user", "content": ""}]).choices[0].finish_reason in ("stop", "length")


def test_full_server_answers_429_and_loses_nobody(tiny_model_folder):
    with app_server(tiny_model_folder, max_concurrency=2, max_queue=2) as (url, engine, _):
        client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)

        def one(_: int) -> str:
            try:
                return ask(client, max_tokens=200, extra_body={"ignore_eos": True}).choices[0].finish_reason
            except openai.RateLimitError as error:
                assert error.response.headers["retry-after"] == "1"
                return "full"

        with ThreadPoolExecutor(12) as pool:
            outcomes = list(pool.map(one, range(12)))
        assert set(outcomes) == {"length", "full"}
        assert outcomes.count("length") >= 4
        assert engine.in_flight == 0


def test_a_dead_generation_thread_is_a_503_and_no_health(tiny_model_folder):
    with app_server(tiny_model_folder) as (url, engine, model):
        client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)

        def broken(*_, **__):
            raise RuntimeError("out of memory")

        model.forward = broken
        with pytest.raises(openai.InternalServerError, match="out of memory"):
            ask(client)
        assert until(lambda: not engine.alive)
        assert raw(url, "/health")[0] == 503
        with pytest.raises(openai.InternalServerError):
            ask(client)


def test_more_requests_than_the_cache_holds_are_all_answered(tiny_model_folder):
    with app_server(tiny_model_folder, max_concurrency=8, max_queue=32, kv_cache_tokens=256) as (url, _, _):
        client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
        with ThreadPoolExecutor(16) as pool:
            answers = list(
                pool.map(lambda i: ask(client, max_tokens=100, extra_body={"ignore_eos": True}).usage.completion_tokens, range(16))
            )
        assert answers == [100] * 16


def test_wait_for_a_place_in_the_batch_is_told_apart_from_decoding(tiny_model_folder):
    def ask(url: str) -> None:
        client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
        client.completions.create(model="tiny", prompt="hello", max_tokens=24, temperature=0, extra_body={"ignore_eos": True})

    with app_server(tiny_model_folder, max_concurrency=1, max_queue=4) as (url, _, _):
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(ask, [url] * 3))
        readings = read_page(raw(url, "/metrics")[1])[2]
    queue, e2e = readings["queue_time"], readings["e2e"]
    assert queue.count == e2e.count == 3
    assert 0.3 * e2e.total < queue.total < e2e.total  # of three in a row, one waits for one and one for two: half of all the time
