"""Bytes to events: whatever way the network cuts a response, its end and the instants of its events are found."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ftbench.load.framing import BrokenHttp, Framing, parse_head
from ftbench.load.response import any_events, decode, single_line_events

EVENTS = [b'{"a": "\xc3\xa4"}', b"x" * 300, b"[DONE]"]


def stream(end: bytes = b"\n", *, trailer: bytes = b"", extension: bytes = b"", per_chunk: int = 1) -> bytes:
    lines = [b"data: " + event + end + end for event in EVENTS]
    chunks = [b"".join(lines[k : k + per_chunk]) for k in range(0, len(lines), per_chunk)]
    body = b"".join(b"%x%s\r\n%s\r\n" % (len(c), extension, c) for c in chunks)
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" + body + b"0\r\n" + trailer + b"\r\n"


def cut(raw: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted({p % len(raw) for p in places} - {0}), len(raw)]
    return [raw[a:b] for a, b in zip(edges, edges[1:], strict=False)]


def feed(parts: list[bytes]) -> list[bool]:
    blocks: list[bytes] = []
    framing = Framing(blocks)
    said = []
    for part in parts:
        blocks.append(part)
        said.append(framing.ended(part))
    return said


KINDS = [stream(), stream(b"\r\n"), stream(per_chunk=3), stream(trailer=b"Server-Timing: x\r\n"), stream(extension=b";q=1")]


@given(st.sampled_from(KINDS), st.lists(st.integers(1, 10_000), max_size=40))
def test_however_a_stream_is_cut_it_ends_with_its_last_byte_and_not_before(raw, places):
    said = feed(cut(raw, places))
    assert said == [False] * (len(said) - 1) + [True]


@given(st.sampled_from(KINDS), st.lists(st.integers(1, 10_000), max_size=40))
def test_an_event_has_the_instant_of_the_read_that_brought_the_end_of_its_line(raw, places):
    blocks = cut(raw, places)
    stamps = [1000 + k for k in range(len(blocks))]
    events = decode(blocks, stamps).events
    assert [e.data for e in events] == EVENTS
    for event in events:
        end = raw.index(b"\n", raw.index(event.data))
        before = sum(len(b) for b in blocks[: event.at_ns - 1000])
        assert before <= end < before + len(blocks[event.at_ns - 1000])


def test_a_body_with_a_length_ends_at_its_length():
    head = b"HTTP/1.1 500 x\r\nContent-Length: 5\r\n\r\n"
    assert feed([head, b"abc", b"de"]) == [False, False, True]
    assert feed([head + b"abcde"]) == [True]
    assert decode([head + b"abcde"], [1]).body == b"abcde"


def test_an_interim_response_is_not_the_answer():
    head = parse_head(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    assert head is not None and head.status == 200 and not head.keep_alive


@pytest.mark.parametrize("raw", [b"SSH-2.0-OpenSSH_9.6\r\n", b"\x15\x03\x03", b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 xx\r\n\r\n"])
def test_another_protocol_is_said_to_be_no_http_instead_of_waited_for(raw):
    with pytest.raises(BrokenHttp):
        parse_head(raw)
    assert decode([raw], [1]).broken


def test_comments_multi_line_data_and_lone_carriage_returns_are_read_as_the_standard_says():
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    assert [e.data for e in decode([head + b": ping\n\nevent: x\ndata: a\ndata: b\n\ndata:c\n\n"], [1]).events] == [b"a\nb", b"c"]
    assert [e.data for e in decode([head + b"data: a\r\rdata: b\r\r"], [1]).events] == [b"a", b"b"]


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=8))
def test_no_bytes_at_all_make_the_decoder_raise(blocks):
    decode([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *blocks], list(range(len(blocks) + 1)))
    decode(blocks, list(range(len(blocks))))


BITS = [b"data: a", b"data:", b"data:b", b"data", b": ping", b"event: x", b"id: 1", b"\n", b"\n\n", b"\n\n\n", b"\r\n\r\n", b"\r"]


@given(st.lists(st.sampled_from(BITS), max_size=12).map(b"".join))
@example(b"data: a\r\n\n")
@example(b"data: a\ndata: b\n\n")
@example(b"data: a\n\ndata: b")
def test_the_quick_way_to_events_says_the_same_as_the_standard(body):
    quick = single_line_events(body, lambda offset: offset)
    assert quick is None or quick == list(any_events(body, lambda offset: offset))


def test_the_quick_way_is_taken_for_the_usual_stream():
    body = b": OPENROUTER PROCESSING\n\ndata: a\n\ndata: b\n\n"
    assert single_line_events(body, lambda offset: offset) == [(32, b"a"), (41, b"b")]
