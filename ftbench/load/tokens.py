"""Which events of a stream carry tokens, how many, and when the first and the last one came."""

import json
from math import ceil, log
from typing import Any, NamedTuple

from ftbench.load.response import Event

TEXT_FIELDS = ("content", "reasoning_content", "reasoning", "refusal")


class Answer(NamedTuple):
    """What a stream said. `problem` is (error kind, sample) where it was no answer; the other fields hold what came before that."""

    first_ns: int | None = None
    last_ns: int | None = None
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    first_chunk_tokens: int | None = None
    chunks: int = 0
    token_count_source: str | None = None
    finish_reason: str | None = None
    problem: tuple[str, str] | None = None


class Piece(NamedTuple):
    """A delta: its instant, the length of its text, and the output tokens so far where the server tells with each chunk."""

    at_ns: int
    text: int
    tokens_so_far: int | None


class Counted(NamedTuple):
    """Tokens of a stream, those that had come with the first visible chunk, and the instant of the last token."""

    output_tokens: int
    first_chunk_tokens: int
    last_ns: int


def read_answer(events: list[Event]) -> Answer:
    """The answer in the events of one OpenAI-compatible chat or text completion stream.

    A chunk without text (only the role, or "") is never the first token; reasoning text and tool calls are tokens.
    """
    pieces: list[Piece] = []
    closing: Piece | None = None
    usage: dict[str, Any] | None = None
    finish = problem = None
    for event in events:
        if event.data.strip() == b"[DONE]":
            break
        try:
            chunk = json.loads(event.data)
        except (ValueError, RecursionError):
            chunk = None
        if not isinstance(chunk, dict):
            problem = ("malformed", _sample(event.data))
            break
        if chunk.get("error"):
            problem = (_error_kind(chunk["error"]), _sample(event.data))
            break
        if isinstance(chunk.get("usage"), dict):
            usage = chunk["usage"]
        choice = _first_choice(chunk)
        if choice is None:
            continue
        finish = choice.get("finish_reason") or finish
        delta = choice.get("delta") if isinstance(choice.get("delta"), dict) else choice
        piece = Piece(event.at_ns, text_length(delta), _count(chunk.get("usage"), "completion_tokens"))
        if not piece.text and choice.get("finish_reason"):
            closing = piece
        elif piece.text or ("role" not in delta and any(isinstance(delta.get(f), str) for f in (*TEXT_FIELDS, "text"))):
            pieces.append(piece)
    visible = [p for p in pieces if p.text]
    if not visible:
        return Answer(prompt_tokens=_count(usage, "prompt_tokens"), finish_reason=finish, problem=problem)
    counted = count_tokens(pieces, closing, finish, _count(usage, "completion_tokens"))
    return Answer(
        first_ns=visible[0].at_ns,
        last_ns=counted.last_ns,
        prompt_tokens=_count(usage, "prompt_tokens"),
        output_tokens=counted.output_tokens,
        first_chunk_tokens=counted.first_chunk_tokens,
        chunks=len(visible),
        token_count_source="chunks" if _count(usage, "completion_tokens") is None else "usage",
        finish_reason=finish,
        problem=problem,
    )


def text_length(delta: dict[str, Any]) -> int:
    """Characters that a delta shows: answer, reasoning, refusal, or the names and arguments of tool calls."""
    texts = [delta.get(field) for field in (*TEXT_FIELDS, "text")]
    calls = delta.get("tool_calls")
    for call in calls if isinstance(calls, list) else []:
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict):
            texts += [function.get("name"), function.get("arguments")]
    return sum(len(text) for text in texts if isinstance(text, str))


def count_tokens(pieces: list[Piece], closing: Piece | None, finish: str | None, usage_tokens: int | None) -> Counted:
    """Lay the server's token count over the chunks, so that TPOT divides a time by the tokens that came within it.

    `pieces` are the chunks that may carry tokens, visible or silent (""), at least one visible; `closing` is the chunk that has the finish
    reason and no text. In order of trust:

    1. No usage: every visible chunk is taken for one token.
    2. The server counts along (usage in every chunk): the first visible chunk's own count.
    3. The count equals the number of chunks, silent ones included: one token each. Silent chunks before the first visible one are tokens
       that came before it, and a token at the end may be silent.
       One more than that, and the stream ended by itself: the closing chunk is the end-of-text token.
    4. The same two comparisons with the visible chunks alone.
    5. More tokens than chunks: chunks carry several. How many the first one carries is an estimate: of the three usual ways (one, as
       servers that send the first token at once; the mean, rounded up, as with a fixed number a chunk; all the surplus) the one whose share
       of the tokens is nearest to the first chunk's share of the text.
    """
    visible = [p for p in pieces if p.text]
    first, last = visible[0], visible[-1]
    chunks = len(visible)
    if usage_tokens is None or usage_tokens < 1:
        return Counted(chunks, 1, last.at_ns)
    if first.tokens_so_far and first.tokens_so_far <= usage_tokens and (chunks == 1 or last.tokens_so_far != first.tokens_so_far):
        return Counted(usage_tokens, first.tokens_so_far, last.at_ns)
    ends_itself = closing is not None and finish != "length"
    leading = pieces.index(first)
    for carriers, silent_before in ((pieces, leading), (visible, 0)):
        if usage_tokens == len(carriers):
            return Counted(usage_tokens, 1 + silent_before, carriers[-1].at_ns)
        if usage_tokens == len(carriers) + 1 and ends_itself:
            return Counted(usage_tokens, 1 + silent_before, closing.at_ns)
    if usage_tokens < chunks:
        return Counted(usage_tokens, 1, last.at_ns)
    by_text = usage_tokens * first.text / sum(p.text for p in visible)
    ways = (1, ceil(usage_tokens / chunks), usage_tokens - chunks + 1)
    return Counted(usage_tokens, min(ways, key=lambda n: abs(log(n / by_text))), last.at_ns)


def _first_choice(chunk: dict[str, Any]) -> dict[str, Any] | None:
    choices = chunk.get("choices")
    return choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else None


def _count(usage: Any, field: str) -> int | None:
    value = usage.get(field) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _error_kind(error: Any) -> str:
    """A server that fails after its 200 says so inside the stream; without a status of its own that is the server's fault."""
    code = error.get("code") if isinstance(error, dict) else None
    status = int(code) if isinstance(code, int) or isinstance(code, str) and code.isdecimal() else 500
    return status_kind(status) or "http_5xx"


def status_kind(status: int) -> str | None:
    """Error kind of an HTTP status; None where it is none."""
    if status == 429:
        return "rejected"
    return "http_4xx" if 400 <= status < 500 else "http_5xx" if status >= 500 else None


def _sample(data: bytes) -> str:
    return data[:300].decode("utf-8", "replace")
