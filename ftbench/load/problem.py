"""What went wrong with a request, under one name each."""

from email.utils import parsedate_to_datetime

from ftbench.load.captures import Capture
from ftbench.load.framing import Head
from ftbench.load.response import Response
from ftbench.load.tokens import Answer, status_kind

SAMPLE = 300
BROKEN_OFF = ("abort", "error")  # SGLang's and vLLM's, OpenRouter's finish reason of an answer that the server gave up


def find_problem(capture: Capture, response: Response, answer: Answer) -> tuple[str, str] | None:
    """(error kind, sample) of a request that failed; None of one that succeeded.

    A stream that ends before its finish reason is truncated, [DONE] or not; one that reaches it without any text is empty. A server that
    ends the connection before it has answered at all has reset it.
    """
    if capture.failure and capture.failure[0] != "reset":
        return capture.failure
    head = response.head
    if head is not None and head.status != 200:
        return status_kind(head.status) or "malformed", f"HTTP {head.status} {_text(response.body) or head.headers.get('location', '')}"
    if capture.failure:
        return capture.failure
    if response.broken is not None:
        return "malformed", response.broken
    if head is None:
        return "reset", "the server closed the connection without an answer"
    if answer.problem:
        return answer.problem
    if not response.events and response.body.strip() and "event-stream" not in head.headers.get("content-type", ""):
        return "malformed", _text(response.body)
    if answer.finish_reason is None:
        return "truncated", f"the stream ended after {answer.chunks} chunks without a finish reason"
    if answer.finish_reason in BROKEN_OFF:
        return "truncated", f"the server broke the answer off with finish reason {answer.finish_reason!r}"
    if not answer.chunks:
        return "empty", f"no text before finish reason {answer.finish_reason!r}"
    return None


def retry_after_s(head: Head | None, now_s: float) -> float | None:
    """How long [s] a server that answered 429 or 503 asks to wait; None where it does not say, or not in a form that anybody knows.

    Seconds or an HTTP date (RFC 9110, 10.2.3), or Azure's milliseconds. A date counts from the server's own Date, so that two clocks that
    disagree do not matter.

    Args:
        now_s: wall clock [s] when the answer came, for a server that sends no Date.
    """
    if head is None or head.status not in (429, 503):
        return None
    milliseconds = _number(head.headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    asked = head.headers.get("retry-after")
    seconds = _number(asked)
    if seconds is not None:
        return seconds
    until_s, sent_s = _date(asked), _date(head.headers.get("date"))
    return None if until_s is None else max(0.0, until_s - (now_s if sent_s is None else sent_s))


def _number(value: str | None) -> float | None:
    """A decimal number without a sign."""
    whole, _, part = (value or "").partition(".")
    digits = whole + part
    return float(value) if digits.isascii() and digits.isdecimal() and len(digits) < 16 else None


def _date(value: str | None) -> float | None:
    """Seconds since 1970."""
    try:
        return parsedate_to_datetime(value).timestamp() if value else None
    except (ValueError, OverflowError):
        return None


def _text(body: bytes) -> str:
    return body[:SAMPLE].decode("utf-8", "replace")
