"""Every way to fail has its own name, and none of them is a success."""

import pytest

from ftbench.load.captures import Capture
from ftbench.load.records import SCHEMA
from ftbench.load.row import dropped_row, row
from tests.load.conftest import a_plan

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
A = b'data: {"choices": [{"delta": {"content": "a"}}]}\n\n'
END = b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\n'
DONE = b"data: [DONE]\n\n"
PLAN = a_plan("http://127.0.0.1:1/v1", slo={"ttft_s": 0.5})


def a_row(*blocks: bytes, failure: tuple[str, str] | None = None) -> dict:
    stamps = [int(1e9) + k * int(1e8) for k in range(1, len(blocks) + 1)]
    return row(PLAN, Capture(3, int(1.05e9), int(2e9), failure, stamps, list(blocks)), 0.0, 0, int(1e9))


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
    made = dropped_row(PLAN, 5, 0.25, 1, "its process ended with signal 9")
    assert made["error_kind"] == "dropped" and made["good"] is False and set(made) <= set(SCHEMA.names)
