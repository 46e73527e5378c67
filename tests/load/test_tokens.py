"""Which chunk is the first token, which the last, and how many tokens TPOT divides by."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.load.response import Event
from ftbench.load.tokens import Answer, read_answer

LAST = {"choices": [{"delta": {}, "finish_reason": "length"}]}
STOP = {"choices": [{"delta": {"content": ""}, "finish_reason": "stop"}]}


def text(content: str, **more: object) -> dict:
    return {"choices": [{"delta": {"content": content}, "finish_reason": None}], **more}


def usage(n: int) -> dict:
    return {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": n}}


def read(*chunks: dict | bytes) -> Answer:
    """Chunk k came at k milliseconds."""
    return read_answer([Event(k * 1_000_000, c if isinstance(c, bytes) else json.dumps(c).encode()) for k, c in enumerate(chunks)])


def tpot_ms(a: Answer) -> float:
    return (a.last_ns - a.first_ns) / 1e6 / (a.output_tokens - a.first_chunk_tokens)


ROLE = {"choices": [{"delta": {"role": "assistant", "content": ""}}]}


def test_role_only_and_empty_chunks_are_not_the_first_token():
    answer = read(ROLE, text(""), text("Hi"), text(" you"), LAST, usage(2))
    assert answer.first_ns == 2_000_000 and answer.last_ns == 3_000_000
    assert (answer.output_tokens, answer.first_chunk_tokens, answer.chunks) == (2, 1, 2)


def test_reasoning_and_tool_calls_are_tokens():
    reasoning = {"choices": [{"delta": {"reasoning_content": "hm"}}]}
    call = {"choices": [{"delta": {"tool_calls": [{"function": {"name": "track", "arguments": "{}"}}]}}]}
    answer = read(ROLE, reasoning, call, text("x"), LAST, usage(3))
    assert answer.first_ns == 1_000_000 and answer.chunks == 3 and answer.problem is None


def test_silent_tokens_of_a_server_with_one_event_a_token_are_counted_and_do_not_shift_tpot():
    """Half an emoji has no printable text yet: its event says "" and is a token all the same. Every gap is 1 ms."""
    answer = read(text(""), text("a"), text(""), text("b"), text(""), LAST, usage(5))
    assert (answer.output_tokens, answer.first_chunk_tokens) == (5, 2)  # the silent one and "a" had come with the first visible chunk
    assert tpot_ms(answer) == pytest.approx(1.0)


def test_end_of_text_token_in_the_closing_chunk_does_not_shrink_tpot():
    answer = read(ROLE, text("a"), text("b"), text("c"), STOP, usage(4))
    assert answer.last_ns == 4_000_000 and tpot_ms(answer) == pytest.approx(1.0)


def test_first_chunk_with_three_tokens_does_not_shrink_tpot():
    answer = read(text("one two three "), *[text("word ")] * 63, LAST, usage(66))
    assert answer.first_chunk_tokens == 3 and tpot_ms(answer) == pytest.approx(1.0)


def test_four_tokens_a_chunk_are_not_divided_by_n_minus_one():
    answer = read(*[text("four words are here ")] * 16, LAST, usage(64))
    assert answer.first_chunk_tokens == 4 and tpot_ms(answer) == pytest.approx(0.25)


def test_a_single_first_token_before_chunks_of_four_is_seen():
    answer = read(text("One "), *[text("four words are here ")] * 16, LAST, usage(65))
    assert answer.first_chunk_tokens == 1 and tpot_ms(answer) == pytest.approx(0.25)


def test_usage_in_every_chunk_is_believed_before_any_estimate():
    def so_far(n: int) -> dict:
        return text("w ", usage={"prompt_tokens": 9, "completion_tokens": n})

    answer = read(so_far(5), so_far(6), so_far(10), LAST, usage(10))
    assert answer.first_chunk_tokens == 5 and answer.output_tokens == 10


def test_without_usage_chunks_are_counted_and_it_is_said():
    answer = read(ROLE, text("a"), text("b"), LAST)
    assert (answer.output_tokens, answer.token_count_source, answer.prompt_tokens) == (2, "chunks", None)


def test_text_completions_are_read_as_well():
    chunks = [{"choices": [{"text": t, "finish_reason": f}]} for t, f in (("a", None), ("b", "stop"))]
    answer = read(*chunks, usage(2), b"[DONE]")
    assert (answer.output_tokens, answer.finish_reason, answer.last_ns) == (2, "stop", 1_000_000)


@pytest.mark.parametrize(
    ("code", "kind"), [(500, "http_5xx"), ("503", "http_5xx"), (400, "http_4xx"), (429, "rejected"), ("x", "http_5xx")]
)
def test_an_error_inside_a_stream_that_began_with_200_is_an_error(code, kind):
    assert read(text("a"), {"error": {"message": "out of memory", "code": code}}).problem[0] == kind


@pytest.mark.parametrize("garbage", [b'{"choices": [{"delta"', b"<html>", b"\xff\xfe", b"17", b"[" * 100_000])
def test_garbage_is_malformed_and_what_came_before_it_is_kept(garbage):
    answer = read(text("a"), garbage, text("b"), LAST)
    assert answer.problem[0] == "malformed" and answer.chunks == 1 and answer.finish_reason is None


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 99) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "delta", "content", "role", "text", "finish_reason", "tool_calls", "function", "name"]
                + ["usage", "completion_tokens", "error", "code"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(st.lists(ANY_JSON.map(lambda v: json.dumps(v).encode()) | st.binary(max_size=30), max_size=6))
def test_no_stream_at_all_makes_the_reader_raise_and_no_count_is_below_one(data):
    answer = read_answer([Event(k, d) for k, d in enumerate(data)])
    if answer.chunks:
        assert answer.output_tokens >= 1 and answer.first_chunk_tokens >= 1 and answer.last_ns >= answer.first_ns
