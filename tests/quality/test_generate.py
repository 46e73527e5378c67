"""Cases in, answers out, over real sockets: nothing is asked twice, nothing that failed is lost."""

import json
import os
import signal
import socket
import threading
import time

import pytest

from ftbench.errors import InputError, InvalidMeasurement
from ftbench.load.records import ERROR_KINDS
from ftbench.quality.cases import Case
from ftbench.quality.generate import Request, Target, generate, key, read_outputs
from tests.quality.server import completion, serving


def request(n: int, *, prompt: str | None = None, max_tokens: int = 8, check: str = "accuracy") -> Request:
    case = Case(id=f"c{n}", prompt=prompt or f"prompt {n}")
    return Request(check, case, case.chat(None), max_tokens)


def ask(requests, url, path, *, identity="weights 1", concurrency=4, timeout_s=10.0, progress=lambda done, total: None, api_key_env=None):
    target = Target(url, "m", identity, api_key_env)
    return generate(requests, target, path, concurrency=concurrency, timeout_s=timeout_s, progress=progress)


def echo(body):
    return completion(f"answer to {body['messages'][-1]['content']}")


def test_every_case_gets_its_own_answer_in_the_order_of_the_cases(tmp_path):
    def slowest_first(body):
        time.sleep(0.05 if body["messages"][-1]["content"] == "prompt 0" else 0)
        return echo(body)

    told = []
    with serving(slowest_first) as server:
        outputs = ask([request(n) for n in range(6)], server.url, tmp_path / "g.jsonl", progress=lambda *at: told.append(at))
    assert [(o.id, o.text) for o in outputs] == [(f"c{n}", f"answer to prompt {n}") for n in range(6)]
    assert {(o.prompt_tokens, o.output_tokens, o.finish_reason, o.concurrency, o.error) for o in outputs} == {(7, 3, "stop", 4, None)}
    assert all(body["temperature"] == 0 and body["max_tokens"] == 8 and body["model"] == "m" for body in server.seen)
    assert told == [(n, 6) for n in range(7)]
    assert sorted(o.id for o in read_outputs(tmp_path / "g.jsonl")) == [f"c{n}" for n in range(6)]


def test_no_more_requests_are_in_flight_than_agreed_and_no_fewer(tmp_path):
    def slow(body):
        time.sleep(0.05)
        return echo(body)

    with serving(slow) as server:
        ask([request(n) for n in range(12)], server.url, tmp_path / "g.jsonl", concurrency=3)
    assert server.most == 3 and len(server.seen) == 12


def test_resumed_run_asks_only_for_what_is_missing(tmp_path):
    path = tmp_path / "g.jsonl"
    with serving(echo) as server:
        first = ask([request(n) for n in range(3)], server.url, path)
        before = path.read_bytes()
        both = ask([request(n) for n in range(5)], server.url, path)
        assert both[:3] == first and server.prompts()[3:] in (["prompt 3", "prompt 4"], ["prompt 4", "prompt 3"])
        assert path.read_bytes().startswith(before)
    assert ask([request(n) for n in range(5)], "http://127.0.0.1:9/v1", path) == both  # all known: nobody is asked
    told = []
    ask([request(1)], "http://127.0.0.1:9/v1", path, progress=lambda *at: told.append(at))
    assert told == []


@pytest.mark.parametrize(
    "torn", [b'{"check":"accuracy","id":"c2","te', '{"check":"accuracy","id":"c2","text":"Gr\u00fc'.encode()[:-1], b"{"]
)
def test_line_that_a_kill_tore_off_is_asked_again_and_swallows_no_later_one(tmp_path, torn):
    path = tmp_path / "g.jsonl"
    with serving(echo) as server:
        ask([request(n) for n in range(2)], server.url, path)
        path.write_bytes(path.read_bytes() + torn)
        outputs = ask([request(n) for n in range(4)], server.url, path)
    assert server.prompts().count("prompt 2") == 1 and len(server.seen) == 4
    assert [o.id for o in outputs] == ["c0", "c1", "c2", "c3"]
    assert len(list(read_outputs(path))) == len(path.read_bytes().splitlines()) == 4


def test_whole_last_line_without_its_end_is_not_lost_from_the_file(tmp_path):
    path = tmp_path / "g.jsonl"
    with serving(echo) as server:
        ask([request(n) for n in range(2)], server.url, path)
        path.write_bytes(path.read_bytes().rstrip(b"\n"))
        ask([request(n) for n in range(2)], server.url, path)
    assert {o.id for o in read_outputs(path)} == {"c0", "c1"}


def test_broken_line_in_the_middle_is_named_not_a_traceback(tmp_path):
    path = tmp_path / "g.jsonl"
    with serving(echo) as server:
        ask([request(n) for n in range(2)], server.url, path)
        first, second = path.read_text().splitlines()
        path.write_text(f"{first}\nrubbish\n{second}\n")
        with pytest.raises(InputError, match=r"g\.jsonl, line 2: "):
            ask([request(n) for n in range(2)], server.url, path)


@pytest.mark.parametrize("change", [{"prompt": "another"}, {"max_tokens": 9}])
def test_changed_case_is_asked_again_and_the_others_are_not(tmp_path, change):
    path = tmp_path / "g.jsonl"
    with serving(echo) as server:
        ask([request(0), request(1)], server.url, path)
        ask([request(0, **change), request(1)], server.url, path)
        assert len(server.seen) == 3
        ask([request(0), request(1)], server.url, path)
        assert len(server.seen) == 3  # the first answer still stands in the file


def test_another_model_or_conversation_never_answers_from_the_old_ones_file(tmp_path):
    one = request(0)
    system = one._replace(messages=[{"role": "system", "content": "be short"}, *one.messages])
    here = Target("http://a/v1", "m", "weights 1")
    keys = [
        key(one, here),
        key(one, here._replace(identity="weights 2")),
        key(one, here._replace(model="n")),
        key(system, here),
        key(one._replace(max_tokens=9), here),
    ]
    assert len(set(keys)) == 5
    assert key(one, here._replace(url="http://b/v1")) == keys[0]  # a port is no property of a model that we serve ourselves
    assert key(one._replace(check="format_compliance"), here) == keys[0]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda body: (500, "application/json", '{"error": {"message": "out of memory"}}'), "http_5xx"),
        (lambda body: (429, "application/json", '{"error": {"message": "busy"}}'), "rejected"),
        (lambda body: (404, "text/plain", "no such model"), "http_4xx"),
        (lambda body: (200, "text/html", "<html>login</html>"), "malformed"),
        (lambda body: (200, "application/json", "{broken"), "malformed"),
        (lambda body: (200, "application/json", "{}"), "malformed"),
        (lambda body: (200, "application/json", "[1]"), "malformed"),
        (lambda body: (200, "application/json", '{"choices": []}'), "malformed"),
        (lambda body: (200, "application/json", '{"choices": [null]}'), "malformed"),
        (lambda body: (200, "application/json", '{"choices": [{"message": "hi"}]}'), "malformed"),
        (lambda body: completion(["a", "list"]), "malformed"),
        (lambda body: time.sleep(1.5), "timeout"),
        (lambda body: None, "reset"),
    ],
)
def test_failed_request_is_an_output_of_its_kind_and_takes_no_other_along(tmp_path, answer, kind):
    path = tmp_path / "g.jsonl"
    with serving(lambda body: answer(body) if body["messages"][-1]["content"] == "prompt 1" else echo(body)) as server:
        outputs = ask([request(n) for n in range(3)], server.url, path, timeout_s=0.6)
        assert [o.error_kind for o in outputs] == [None, kind, None] and kind in ERROR_KINDS
        assert outputs[1].error and outputs[1].text == "" and [o.text for o in outputs[::2]] == ["answer to prompt 0", "answer to prompt 2"]
        asked = len(server.seen)
        assert asked == 3  # the client does not try again behind our back
        assert ask([request(n) for n in range(3)], server.url, path) == outputs and len(server.seen) == asked


def test_body_that_drips_ends_at_the_limit_though_every_read_is_quick(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip():
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n")
                try:
                    for _ in range(50):
                        connection.sendall(b" ")
                        time.sleep(0.1)
                except OSError:
                    return

        threading.Thread(target=drip, daemon=True).start()
        started = time.monotonic()
        with pytest.raises(InvalidMeasurement, match=r"no answer within 0\.5 s"):
            ask([request(0)], f"http://127.0.0.1:{listener.getsockname()[1]}/v1", tmp_path / "g.jsonl", timeout_s=0.5)
        assert time.monotonic() - started < 4


def test_all_requests_failing_says_nothing_about_the_model_and_can_be_mended_by_resuming(tmp_path):
    path = tmp_path / "g.jsonl"
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        with pytest.raises(InvalidMeasurement, match="None of 2 test cases was answered by http"):
            ask([request(0), request(1)], url, path)
    assert {o.error_kind for o in read_outputs(path)} == {"connect"}
    with serving(echo) as server:
        assert [o.error for o in ask([request(0), request(1)], server.url, path)] == [None, None]


def test_odd_but_harmless_answers_are_taken(tmp_path):
    odd = {
        "prompt 0": completion(None, finish="length"),
        "prompt 1": completion("half \ud83d a pair", usage=None),
        "prompt 2": completion("x", usage={"prompt_tokens": "many"}, finish=3),
        "prompt 3": completion("line\u2028separator\r\nGr\u00fc\u00dfe \U0001f600"),
    }
    with serving(lambda body: odd[body["messages"][-1]["content"]]) as server:
        outputs = ask([request(n) for n in range(4)], server.url, tmp_path / "g.jsonl")
        assert [o.error for o in outputs] == [None] * 4
        assert [o.text for o in outputs] == ["", "half ? a pair", "x", "line\u2028separator\r\nGr\u00fc\u00dfe \U0001f600"]
        assert [(o.prompt_tokens, o.finish_reason) for o in outputs] == [(7, "length"), (None, "stop"), (None, None), (7, "stop")]
    assert {o.id: o for o in read_outputs(tmp_path / "g.jsonl")} == {o.id: o for o in outputs}


def test_key_comes_from_the_named_variable_and_never_from_another(tmp_path, monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "must not leave")
    monkeypatch.setenv("DESK_KEY", "abc")
    with serving(echo) as server:
        ask([request(0)], server.url, tmp_path / "a.jsonl")
        ask([request(0)], server.url, tmp_path / "b.jsonl", api_key_env="DESK_KEY")
    assert "must not leave" not in json.dumps(server.headers)
    assert server.headers[1]["authorization"] == "Bearer abc" and "abc" not in (tmp_path / "b.jsonl").read_text()


def test_ctrl_c_leaves_whole_lines_and_the_rest_is_asked_after_resuming(tmp_path):
    path = tmp_path / "g.jsonl"

    def interrupt_at_fifth(body):
        if body["messages"][-1]["content"] == "prompt 4":
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.3)
        return echo(body)

    with serving(interrupt_at_fifth) as server, pytest.raises(KeyboardInterrupt):
        ask([request(n) for n in range(20)], server.url, path, concurrency=2)
    done = {o.id for o in read_outputs(path)}
    assert path.read_bytes().endswith(b"\n") and 3 <= len(done) < 20 and "c4" not in done
    with serving(echo) as server:
        outputs = ask([request(n) for n in range(20)], server.url, path)
    assert [o.text for o in outputs] == [f"answer to prompt {n}" for n in range(20)]
    assert len(server.seen) == 20 - len(done)


def test_every_answer_is_on_disk_before_the_next_is_asked_so_that_a_kill_loses_only_what_was_in_flight(tmp_path):
    path, on_disk = tmp_path / "g.jsonl", []

    def look(body):
        on_disk.append(len(list(read_outputs(path))))
        return echo(body)

    with serving(look) as server:
        ask([request(n) for n in range(4)], server.url, path, concurrency=1)
    assert on_disk == [0, 1, 2, 3]


def test_nothing_to_ask_is_no_failure(tmp_path):
    assert ask([], "http://127.0.0.1:9/v1", tmp_path / "g.jsonl") == []
    assert not (tmp_path / "g.jsonl").exists()
