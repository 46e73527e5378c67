"""The bytes of one response and the instants at which they came, taken apart after the stream has ended."""

from collections.abc import Callable, Iterator
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
    body = b"".join([piece for _, piece in pieces])
    instants = _Instants(pieces, blocks, stamps_ns)
    return Response(head, body, single_line_events(body, instants.of) or list(any_events(body, instants.of)), None)


def single_line_events(body: bytes, instant_of: Callable[[int], int]) -> list[Event] | None:
    """The events of a body in which every one is a single line and a blank one, as nearly all servers write them; None of any other.

    Says the same as any_events in half the time.
    """
    *lines, _rest = body.split(b"\n\n")
    if not lines or body.count(b"\n") != 2 * len(lines) or b"\r" in body:
        return None
    events = []
    end = -2
    for line in lines:
        end += len(line) + 2
        if line.startswith(b"data: "):
            events.append(Event(instant_of(end), line[6:]))
        elif line.startswith(b"data:"):
            events.append(Event(instant_of(end), line[5:]))
    return events


def any_events(body: bytes, instant_of: Callable[[int], int]) -> Iterator[Event]:
    """WHATWG HTML, 9.2.6; but data after the last blank line is an event too, as every OpenAI client reads it.

    Args:
        instant_of: when the byte at an offset of the body was read [ns]; asked in ascending order.
    """
    if b"\n" not in body:
        body = body.replace(b"\r", b"\n")  # the standard allows a lone CR as the end of a line
    data: list[bytes] = []
    at_ns = start = 0
    while (end := body.find(b"\n", start)) >= 0:
        line = body[start:end].removesuffix(b"\r")
        if line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
            at_ns = instant_of(end)
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
