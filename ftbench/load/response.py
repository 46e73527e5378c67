"""The bytes of one response and the instants at which they came, taken apart after the stream has ended."""

from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from ftbench.load.framing import BrokenHttp, Head, parse_head, unchunk


class Event(NamedTuple):
    """One server-sent event. `at_ns`: the read that brought the end of its last data line."""

    at_ns: int
    data: bytes


class Response(NamedTuple):
    """`head` is None where no complete head came. `broken` says what was not HTTP."""

    head: Head | None
    body: bytes
    events: list[Event]
    broken: str | None


def decode(blocks: list[bytes], stamps_ns: list[int]) -> Response:
    """HTTP head, body without its framing, and the body's events. `stamps_ns[k]` is when `blocks[k]` was read."""
    raw = b"".join(blocks)
    try:
        head = parse_head(raw)
        if head is None:
            return Response(None, b"", [], None)
        pieces = unchunk(raw, head.size)[0] if head.chunked else [(head.size, raw[head.size :])]
    except BrokenHttp as error:
        return Response(None, raw, [], str(error))
    body = b"".join(piece for _, piece in pieces)
    return Response(head, body, list(_events(body, pieces, blocks, stamps_ns)), None)


def _events(body: bytes, pieces: list[tuple[int, bytes]], blocks: list[bytes], stamps_ns: list[int]) -> Iterator[Event]:
    """WHATWG HTML, 9.2.6; but data after the last blank line is an event too, as every OpenAI client reads it."""
    if b"\n" not in body:
        body = body.replace(b"\r", b"\n")  # the standard allows a lone CR as the end of a line
    instants = _Instants(pieces, blocks, stamps_ns)
    data: list[bytes] = []
    at_ns = start = 0
    while (end := body.find(b"\n", start)) >= 0:
        line = body[start:end].removesuffix(b"\r")
        if line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
            at_ns = instants.of(end)
        elif not line and data:
            yield Event(at_ns, b"\n".join(data))
            data = []
        start = end + 1
    if data:
        yield Event(at_ns, b"\n".join(data))


class _Instants:
    """When a byte of the body was read. Offsets must be asked for in ascending order."""

    def __init__(self, pieces: list[tuple[int, bytes]], blocks: list[bytes], stamps_ns: list[int]) -> None:
        self.raw_starts = [at for at, _ in pieces]
        self.ends = list(accumulate(len(piece) for _, piece in pieces))
        self.block_ends = list(accumulate(map(len, blocks)))
        self.stamps_ns = stamps_ns
        self.piece = self.block = 0

    def of(self, offset: int) -> int:
        while self.ends[self.piece] <= offset:
            self.piece += 1
        before = self.ends[self.piece - 1] if self.piece else 0
        raw = self.raw_starts[self.piece] + offset - before
        while self.block_ends[self.block] <= raw:
            self.block += 1
        return self.stamps_ns[self.block]
