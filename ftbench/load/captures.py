"""What came over the wire, on disk as it comes, so that a long run stays small in memory and nothing is parsed while the clock runs.

One entry a request: a fixed header, then the JSON of the facts, the time stamps, the block sizes and the blocks as they were read.
A process that is killed leaves at most one torn entry at the end, which is not read.
"""

import json
from array import array
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from struct import Struct
from typing import BinaryIO, NamedTuple

HEADER = Struct("<4sIII")  # mark, bytes of JSON, number of blocks, bytes of blocks
MARK = b"FTB1"


class Capture(NamedTuple):
    """One request as it went. `failure` is (error kind, message) where the connection failed or the time was over, else None.

    A request that was never sent (dropped: the declared cap was reached, or a turn before it failed) has neither stamps nor blocks, and its
    `sent_ns` is None. In an open loop `conversation` is its arrival's position in the schedule.
    """

    index: int
    conversation: int
    turn: int
    due_ns: int
    sent_ns: int | None
    done_ns: int
    failure: tuple[str, str] | None
    stamps_ns: list[int]
    blocks: list[bytes]


def append(file: BinaryIO, capture: Capture) -> None:
    facts = json.dumps(capture[:7]).encode()
    stamps, sizes = array("q", capture.stamps_ns), array("I", map(len, capture.blocks))
    header = HEADER.pack(MARK, len(facts), len(sizes), sum(sizes))
    file.write(b"".join((header, facts, stamps.tobytes(), sizes.tobytes(), *capture.blocks)))


def read_captures(path: Path) -> Iterator[Capture]:
    """The whole entries of `path`, in the order in which the requests ended; none where there is no such file."""
    if not path.exists():
        return
    with path.open("rb") as file:
        while len(header := file.read(HEADER.size)) == HEADER.size:
            mark, facts_size, n, size = HEADER.unpack(header)
            data = file.read(facts_size + 12 * n + size)
            if mark != MARK or len(data) < facts_size + 12 * n + size:
                return
            *facts, failure = json.loads(data[:facts_size])
            stamps, sizes = array("q"), array("I")
            stamps.frombytes(data[facts_size : facts_size + 8 * n])
            sizes.frombytes(data[facts_size + 8 * n : facts_size + 12 * n])
            ends = list(accumulate(sizes, initial=facts_size + 12 * n))
            blocks = [data[a:b] for a, b in zip(ends, ends[1:], strict=False)]
            yield Capture(*facts, tuple(failure) if failure else None, list(stamps), blocks)
