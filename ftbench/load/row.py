"""What was captured becomes one row of the record file, its error named."""

import time
from typing import Any

import numpy as np

from ftbench.load.body import is_repeat
from ftbench.load.captures import Capture
from ftbench.load.plan import LoadPlan
from ftbench.load.problem import SAMPLE, find_problem, retry_after_s
from ftbench.load.reply import understood
from ftbench.load.tokens import Recount
from ftbench.load.window import Window
from ftbench.metrics.goodput import is_good


def row(
    plan: LoadPlan, capture: Capture, scheduled_s: float, worker: int, start_ns: int, window: Window, recount: Recount | None = None
) -> dict[str, Any]:
    """One row of records.SCHEMA for a request that was captured, sent or not.

    Args:
        recount: counts the tokens of a stream whose server does not (tokens.read_answer).
    """

    def seconds(instant_ns: int | None) -> float | None:
        return None if instant_ns is None else (instant_ns - start_ns) / 1e9

    response, answer = understood(capture, recount)
    problem = find_problem(capture, response, answer)
    made = {
        **_due(plan, capture.index, capture.conversation, capture.turn, scheduled_s, worker, window),
        "sent_s": seconds(capture.sent_ns),
        "first_token_s": seconds(answer.first_ns),
        "last_token_s": seconds(answer.last_ns),
        "done_s": None if capture.sent_ns is None else seconds(capture.done_ns),
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
        "retry_after_s": retry_after_s(response.head, time.time() - (time.monotonic_ns() - capture.done_ns) / 1e9),
        "gaps_s": (np.diff(np.array(answer.visible_ns, dtype=np.int64)) / 1e9).astype(np.float32),
    }
    return {**made, "good": is_good(made, plan.slo)}


def dropped_row(
    plan: LoadPlan, index: int, conversation: int, turn: int, scheduled_s: float, worker: int, window: Window, why: str
) -> dict[str, Any]:
    """One row for a request that was planned and of which nothing is known: its worker was lost or the run was stopped.

    A later turn that nobody saw has its conversation's time: when it would have been due, only the answer before it could have said.
    """
    due = _due(plan, index, conversation, turn, scheduled_s, worker, window)
    unsent = {"status": "error", "error_kind": "dropped", "good": False, "received_bytes": 0, "error_sample": why[:SAMPLE], "gaps_s": []}
    return {**due, **unsent}


def _due(plan: LoadPlan, index: int, conversation: int, turn: int, scheduled_s: float, worker: int, window: Window) -> dict[str, Any]:
    return {
        "index": index,
        "conversation": conversation,
        "turn": turn,
        "scale": plan.scale,
        "phase": window.phase(scheduled_s),
        "scheduled_s": scheduled_s,
        "worker": worker,
        "asked_prompt_tokens": _asked(plan, conversation) if turn == 0 else None,
    }


def _asked(plan: LoadPlan, conversation: int) -> int | None:
    """A prompt that is sent again has a mark before it, and so is no longer as long as was asked for."""
    return None if is_repeat(plan, conversation) else plan.prompts[conversation % len(plan.prompts)].prompt_tokens
