"""What was captured becomes one row of the record file, its error named."""

from typing import Any

from ftbench.load.captures import Capture
from ftbench.load.plan import LoadPlan
from ftbench.load.response import Response, decode
from ftbench.load.tokens import Answer, read_answer, status_kind
from ftbench.metrics.goodput import is_good

SAMPLE = 300


def row(plan: LoadPlan, capture: Capture, scheduled_s: float, worker: int, start_ns: int) -> dict[str, Any]:
    """One row of records.SCHEMA for a request that was sent."""

    def seconds(instant_ns: int | None) -> float | None:
        return None if instant_ns is None else (instant_ns - start_ns) / 1e9

    response = decode(capture.blocks, capture.stamps_ns)
    streamed = response.head is not None and response.head.status == 200
    answer = read_answer(response.events) if streamed else Answer()
    problem = find_problem(capture, response, answer)
    made = {
        **_due(plan, capture.index, scheduled_s, worker),
        "sent_s": seconds(capture.sent_ns),
        "first_token_s": seconds(answer.first_ns),
        "last_token_s": seconds(answer.last_ns),
        "done_s": seconds(capture.done_ns),
        "status": "error" if problem else "ok",
        "error_kind": problem[0] if problem else None,
        "http_status": response.head.status if response.head else None,
        "prompt_tokens": answer.prompt_tokens,
        "output_tokens": answer.output_tokens,
        "first_chunk_tokens": answer.first_chunk_tokens,
        "chunks": answer.chunks,
        "received_bytes": sum(map(len, capture.blocks)),
        "token_count_source": answer.token_count_source,
        "finish_reason": answer.finish_reason,
        "error_sample": problem[1][:SAMPLE] if problem else None,
    }
    return {**made, "good": is_good(made, plan.slo)}


def dropped_row(plan: LoadPlan, index: int, scheduled_s: float, worker: int, why: str) -> dict[str, Any]:
    """One row for a request that was scheduled and of which nothing is known: its worker was lost or the run was stopped."""
    due = _due(plan, index, scheduled_s, worker)
    return {**due, "status": "error", "error_kind": "dropped", "good": False, "received_bytes": 0, "error_sample": why[:SAMPLE]}


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
    if not answer.chunks:
        return "empty", f"no text before finish reason {answer.finish_reason!r}"
    return None


def _due(plan: LoadPlan, index: int, scheduled_s: float, worker: int) -> dict[str, Any]:
    phase = "measured" if scheduled_s >= plan.warmup_s else "warmup"
    return {"index": index, "scale": plan.scale, "phase": phase, "scheduled_s": scheduled_s, "worker": worker}


def _text(body: bytes) -> str:
    return body[:SAMPLE].decode("utf-8", "replace")
