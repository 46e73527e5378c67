"""Which events of a stream carry tokens, how many, and when the first and the last one came."""

from collections.abc import Callable
from math import ceil, log
from typing import NamedTuple

from ftbench.load.deltas import (
    ATTEMPTS,
    Form,
    content,
    count,
    counted,
    delta_of,
    error_in,
    finish_of,
    first_choice,
    form_of,
    has_text_field,
    parse,
    shown,
)
from ftbench.load.response import Event

Recount = Callable[[list[str]], tuple[int, int]]


class Answer(NamedTuple):
    """What a stream said. `problem` is (error kind, sample) where it was no answer; the other fields hold what came before that.

    `visible_ns` are the instants of the chunks that show something, the first one `first_ns`. `token_count_source` says who counted the
    tokens: usage (the server), tokenizer (ours, after the run), or chunks (nobody: each was taken for one). `text` is the answer alone,
    without reasoning and calls.
    """

    first_ns: int | None = None
    last_ns: int | None = None
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    first_chunk_tokens: int | None = None
    visible_ns: tuple[int, ...] = ()
    token_count_source: str | None = None
    finish_reason: str | None = None
    problem: tuple[str, str] | None = None
    text: str = ""

    @property
    def chunks(self) -> int:
        return len(self.visible_ns)


class Piece(NamedTuple):
    """A delta: its instant, all its text, the part of it that is the answer, and the tokens so far where the server tells them."""

    at_ns: int
    text: str
    answer: str
    tokens_so_far: int | None


class Counted(NamedTuple):
    """Tokens of a stream, those that had come with the first visible chunk, and the instant of the last token."""

    output_tokens: int
    first_chunk_tokens: int
    last_ns: int


class Stream(NamedTuple):
    """The pieces that may carry tokens, the chunk with the finish reason and no text, and the server's last word on its counts."""

    pieces: list[Piece]
    closing: Piece | None
    prompt_tokens: int | None
    output_tokens: int | None
    finish_reason: str | None
    problem: tuple[str, str] | None


def read_answer(events: list[Event], recount: Recount | None = None) -> Answer:
    """The answer in the events of one OpenAI-compatible chat or text completion stream.

    A chunk without text (only the role, or "") is never the first token; reasoning text and tool calls are tokens.

    Args:
        recount: (tokens in all, tokens in the first) of the texts of the visible chunks, for a stream whose server does not count.
    """
    stream = read_stream(events)
    visible = [p for p in stream.pieces if p.text]
    if not visible:
        return Answer(prompt_tokens=stream.prompt_tokens, finish_reason=stream.finish_reason, problem=stream.problem)
    if stream.output_tokens:
        source, tokens = "usage", count_tokens(stream.pieces, stream.closing, stream.finish_reason, stream.output_tokens)
    elif recount:
        source, tokens = "tokenizer", Counted(*recount([p.text for p in visible]), visible[-1].at_ns)
    else:
        source, tokens = "chunks", Counted(len(visible), 1, visible[-1].at_ns)
    return Answer(
        first_ns=visible[0].at_ns,
        last_ns=tokens.last_ns,
        prompt_tokens=stream.prompt_tokens,
        output_tokens=tokens.output_tokens,
        first_chunk_tokens=tokens.first_chunk_tokens,
        visible_ns=tuple([p.at_ns for p in visible]),
        token_count_source=source,
        finish_reason=stream.finish_reason,
        problem=stream.problem,
        text="".join([p.answer for p in visible]),
    )


def read_stream(events: list[Event]) -> Stream:
    """Every event up to [DONE], an error, or garbage.

    Most events of a stream differ in their text alone; those are not parsed again (deltas.Form).
    """
    pieces: list[Piece] = []
    closing = counts = finish = problem = None
    form: Form | None = None
    attempts = ATTEMPTS
    for at_ns, data in events:
        if form is not None and (text := form.text_in(data)) is not None:
            pieces.append(Piece(at_ns, text, text if form.answer else "", None))
            continue
        if data.strip() == b"[DONE]":
            break
        chunk = parse(data)
        if chunk is None:
            problem = ("malformed", _sample(data))
            break
        if (status := error_in(chunk)) is not None:
            problem = (status_kind(status) or "http_5xx", _sample(data))
            break
        so_far = counted(chunk)
        counts = so_far or counts
        choice = first_choice(chunk)
        if choice is None:
            continue
        delta = delta_of(choice)
        reason = finish_of(choice)
        finish = reason or finish
        piece = Piece(at_ns, shown(delta), content(delta), count(so_far, "completion_tokens"))
        if not piece.text and reason:
            closing = piece
        elif piece.text or ((pieces or "role" not in delta) and has_text_field(delta)):
            pieces.append(piece)
        if piece.text and attempts:
            attempts -= 1
            form = form_of(data, chunk)
    return Stream(pieces, closing, count(counts, "prompt_tokens"), count(counts, "completion_tokens"), finish, problem)


def count_tokens(pieces: list[Piece], closing: Piece | None, finish: str | None, usage_tokens: int) -> Counted:
    """Lay the server's token count over the chunks, so that TPOT divides a time by the tokens that came within it.

    `pieces` are the chunks that may carry tokens, visible or silent (""), at least one visible; `closing` is the chunk that has the finish
    reason and no text. In order of trust:

    1. The server counts along (usage in every chunk): the first visible chunk's own count.
    2. The count equals the number of chunks, silent ones included: one token each. Silent chunks before the first visible one are tokens
       that came before it, and a token at the end may be silent.
       One more than that, and the stream ended by itself: the closing chunk is the end-of-text token.
    3. The same two comparisons with the visible chunks alone.
    4. More tokens than chunks: chunks carry several. How many the first one carries is an estimate: of the three usual ways (one, as
       servers that send the first token at once; the mean, rounded up, as with a fixed number a chunk; all the surplus) the one whose share
       of the tokens is nearest to the first chunk's share of the text.
    """
    visible = [p for p in pieces if p.text]
    first, last = visible[0], visible[-1]
    chunks = len(visible)
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
    by_text = usage_tokens * len(first.text) / sum(len(p.text) for p in visible)
    ways = (1, ceil(usage_tokens / chunks), usage_tokens - chunks + 1)
    return Counted(usage_tokens, min(ways, key=lambda n: abs(log(n / by_text))), last.at_ns)


def status_kind(status: int) -> str | None:
    """Error kind of an HTTP status; None where it is none."""
    if status == 429:
        return "rejected"
    return "http_4xx" if 400 <= status < 500 else "http_5xx" if status >= 500 else None


def _sample(data: bytes) -> str:
    return data[:300].decode("utf-8", "replace")
