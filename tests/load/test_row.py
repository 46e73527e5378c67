"""Every way to fail has its own name, and none of them is a success."""

import pytest

from ftbench.load.captures import Capture
from ftbench.load.records import SCHEMA
from ftbench.load.reply import answer_text
from ftbench.load.row import dropped_row, row
from ftbench.load.window import Window
from tests.load.conftest import a_plan

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
A = b'data: {"choices": [{"delta": {"content": "a"}}]}\n\n'
END = b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\n'
DONE = b"data: [DONE]\n\n"
PLAN = a_plan("http://127.0.0.1:1/v1", slo={"ttft_s": 0.5})
WINDOW = Window(0.0, 2.0)


def captured(*blocks: bytes, failure: tuple[str, str] | None = None) -> Capture:
    stamps = [int(1e9) + k * int(1e8) for k in range(1, len(blocks) + 1)]
    return Capture(3, 3, 0, int(1e9), int(1.05e9), int(2e9), failure, stamps, list(blocks))


def a_row(*blocks: bytes, failure: tuple[str, str] | None = None) -> dict:
    return row(PLAN, captured(*blocks, failure=failure), 0.0, 0, int(1e9), WINDOW)


@pytest.mark.parametrize(
    ("blocks", "failure", "kind"),
    [
        ((HEAD + A, END, DONE), None, None),
        ((HEAD + A, A + DONE), None, "truncated"),
        ((HEAD + A,), None, "truncated"),
        ((HEAD,), None, "truncated"),
        ((HEAD + A,), ("reset", "by peer"), "reset"),
        ((), None, "reset"),
        ((), ("connect", "refused"), "connect"),
        ((HEAD + A,), ("timeout", "1 s"), "timeout"),
        ((HEAD + END + DONE,), None, "empty"),
        ((HEAD + A + END.replace(b"stop", b"abort"),), None, "truncated"),
        ((HEAD + A + b"data: {{\n\n" + END,), None, "malformed"),
        ((b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>",), None, "malformed"),
        ((b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n",), None, "malformed"),
        ((b"SSH-2.0",), None, "malformed"),
        ((b"HTTP/1.1 429 x\r\nContent-Length: 4\r\n\r\nfull",), None, "rejected"),
        ((b"HTTP/1.1 404 x\r\nContent-Length: 4\r\n\r\nnone",), None, "http_4xx"),
        ((b"HTTP/1.1 503 x\r\nContent-Length: 4\r\n\r\ndown",), None, "http_5xx"),
        ((b"HTTP/1.1 503 x\r\nContent-Length: 4\r\n\r\n",), ("reset", "by peer"), "http_5xx"),
    ],
)
def test_each_end_of_a_request_has_its_kind(blocks, failure, kind):
    made = a_row(*blocks, failure=failure)
    assert made["error_kind"] == kind
    assert made["status"] == ("error" if kind else "ok") and made["good"] is (kind is None)
    assert kind is None or made["error_sample"]
    assert set(made) == set(SCHEMA.names)


def test_times_are_seconds_from_the_start_instant():
    made = a_row(HEAD + A, END, DONE)
    assert (made["scheduled_s"], made["sent_s"], made["first_token_s"], made["done_s"]) == pytest.approx((0, 0.05, 0.1, 1.0))


def test_a_sample_of_the_body_says_what_the_server_complained_about():
    assert "down" in a_row(b"HTTP/1.1 503 x\r\nContent-Length: 4\r\n\r\ndown")["error_sample"]


def test_a_request_of_a_lost_worker_is_a_row_and_a_failure():
    made = dropped_row(PLAN, 5, 5, 0, 0.25, 1, WINDOW, "its process ended with signal 9")
    assert made["error_kind"] == "dropped" and made["good"] is False and set(made) <= set(SCHEMA.names)


def test_a_request_that_was_dropped_at_the_cap_was_neither_sent_nor_ended():
    capture = Capture(3, 3, 0, int(1e9), None, int(1.1e9), ("dropped", "more than 5 in flight"), [], [])
    made = row(PLAN, capture, 0.0, 0, int(1e9), WINDOW)
    assert (made["sent_s"], made["done_s"], made["first_token_s"]) == (None, None, None)
    assert (made["status"], made["error_kind"], made["error_sample"]) == ("error", "dropped", "more than 5 in flight")
    assert made["good"] is False and list(made["gaps_s"]) == []


def test_gaps_are_between_visible_chunks_alone():
    role = b'data: {"choices": [{"delta": {"role": "assistant", "content": ""}}]}\n\n'
    assert a_row(HEAD + role, A, A + A, END)["gaps_s"].tolist() == pytest.approx([0.1, 0.0])  # two in one read
    assert list(a_row(HEAD + A, END)["gaps_s"]) == [] and list(a_row(HEAD + END)["gaps_s"]) == []


@pytest.mark.parametrize(("status", "asked"), [(429, 7.0), (503, 7.0), (500, None), (200, None)])
def test_what_a_full_server_asks_for_is_recorded(status, asked):
    assert a_row(b"HTTP/1.1 %d x\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n" % status)["retry_after_s"] == asked


def test_the_length_that_was_asked_for_is_that_of_the_conversations_first_request():
    items = [
        {"prompt": "a", "prompt_tokens": 10},
        {"messages": [{"role": "user", "content": "b"}], "prompt_tokens": 20, "then": [{"content": "c"}]},
    ]
    plan = PLAN.model_copy(update={"prompts": type(PLAN).model_validate({**PLAN.model_dump(), "prompts": items}).prompts})

    def asked(conversation: int, turn: int, reuse: str = "as-is") -> int | None:
        capture = captured(HEAD + A, END)._replace(conversation=conversation, turn=turn)
        return row(plan.model_copy(update={"reuse": reuse}), capture, 0.0, 0, int(1e9), WINDOW)["asked_prompt_tokens"]

    assert (asked(0, 0), asked(1, 0), asked(1, 1), asked(3, 0)) == (10, 20, None, 20)
    assert asked(3, 0, "fresh") is None  # it was sent with a mark before it, which nobody counted


def test_a_turn_that_fell_due_behind_the_window_is_in_no_measured_count():
    phases = [row(PLAN, captured(HEAD + A, END), at, 0, 0, Window(0.5, 2.0))["phase"] for at in (0.4, 0.5, 1.9, 2.0)]
    assert phases == ["warmup", "measured", "measured", "drained"]


def test_the_next_turn_is_given_the_answer_without_the_reasoning():
    reasoning = b'data: {"choices": [{"delta": {"reasoning_content": "hm"}}]}\n\n'
    late = b'data: {"choices": [{"delta": {"content": "\\"b\\""}, "finish_reason": "stop"}]}\n\n'
    assert answer_text(captured(HEAD + reasoning, A, A, late, DONE)) == 'aa"b"'
    completion = b'data: {"choices": [{"text": "t", "finish_reason": "stop"}]}\n\n'
    assert answer_text(captured(HEAD + completion)) == "t"


def test_a_failed_turn_has_no_answer():
    assert answer_text(captured(HEAD + A)) is None
    assert answer_text(captured(b"HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n")) is None
    assert answer_text(Capture(1, 1, 0, 1, None, 2, ("dropped", "x"), [], [])) is None
