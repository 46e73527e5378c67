"""The short cut past the JSON parser must never say anything else than the parser."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ftbench.load import tokens
from ftbench.load.deltas import form_of, parse
from ftbench.load.response import Event
from ftbench.load.tokens import read_stream

# what stands around the text in real streams, and around it in streams made to mislead
AROUND = [
    (b'{"id":"x","choices":[{"index":0,"delta":{"content":"', b'"},"logprobs":null,"finish_reason":null}]}'),
    (b'{"choices": [{"delta": {"role": "assistant", "content": "', b'"}}], "usage": null}'),
    (b'{"choices":[{"text":"', b'","finish_reason":null}]}'),
    (b'{"choices":[{"delta":{"reasoning_content":"', b'","content":null}}]}'),
    (b'{"choices":[{"delta":{"reasoning":"', b'","reasoning_content":"', b'"}}]}'),
    (b'{"content":"', b'","choices":[{"delta":{"content":"', b'"}}]}'),
    (b'{"choices":[{"delta":{"content":"', b'","content":"', b'"}}]}'),
    (b'{"choices":[{"delta":{"content":"', b'"},"finish_reason":"', b'"}]}'),
    (b'{"choices":[{"delta":{"content":"', b'"}}],"usage":{"completion_tokens":', b"}}"),
    (b'{"choices":[{"delta":{"content":"', b'","refusal":"', b'"}}]}'),
    (b'{"error":"', b'","choices":[{"delta":{"content":"', b'"}}]}'),
]
INSIDE = [
    b"",
    b"a",
    b" word",
    b'\\"',
    b"\\n",
    b"\\",
    b'"',
    b'","role":"x',
    b'"},"error":"',
    b"\xc3\xa4",
    b"\xff",
    b"\x00",
    b"\n",
    b"\\ud83d",
    b"7",
    b"ftbench",
]


@st.composite
def streams(draw: st.DrawFn) -> list[bytes]:
    around = draw(st.lists(st.sampled_from(AROUND), min_size=1, max_size=2))
    data = []
    for _ in range(draw(st.integers(1, 8))):
        first, *rest = draw(st.sampled_from(around))
        data.append(first + b"".join(draw(st.sampled_from(INSIDE)) + part for part in rest))
    return data


@given(streams())
@example([b'{"content":"a","choices":[{"delta":{"content":"a"}}]}', b'{"content":"b","choices":[{"delta":{"content":"a"}}]}'])
@example([b'{"choices":[{"delta":{"content":"a"}}],"usage":{"completion_tokens":7}}'] * 2)
def test_a_stream_read_by_its_form_is_the_stream_as_parsed(data):
    events = [Event(k, line) for k, line in enumerate(data)]
    quick = read_stream(events)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "ATTEMPTS", 0)
        assert quick == read_stream(events)


@given(st.text(), st.sampled_from([pair for pair in AROUND if len(pair) == 2]), st.booleans())
def test_a_text_in_a_known_form_is_read_as_json_reads_it_or_not_at_all(text, around, ascii_only):
    form = form_of(around[0] + b"x" + around[1], parse(around[0] + b"x" + around[1]))
    written = json.dumps(text, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")[1:-1]
    assert form.text_in(around[0] + written + around[1]) in (text, None)


def test_the_usual_chunk_has_a_form_and_is_not_parsed_again(monkeypatch):
    parsed = []
    monkeypatch.setattr(tokens, "parse", lambda data: parsed.append(data) or parse(data))
    read_stream([Event(k, AROUND[0][0] + b" word%d" % k + AROUND[0][1]) for k in range(50)])
    assert len(parsed) == 1


def test_a_stream_in_which_every_chunk_differs_is_not_searched_for_a_form_each_time(monkeypatch):
    """OpenAI pads its chunks with an `obfuscation` of changing length."""
    sought = []
    monkeypatch.setattr(tokens, "form_of", lambda data, chunk: sought.append(data) or form_of(data, chunk))
    chunks = [b'{"choices":[{"delta":{"content":"w"}}],"obfuscation":"%d"}' % k for k in range(50)]
    assert len(read_stream([Event(k, chunk) for k, chunk in enumerate(chunks)]).pieces) == 50 and len(sought) == tokens.ATTEMPTS
