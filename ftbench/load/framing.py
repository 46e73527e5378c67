"""HTTP/1.1 framing: where a response's head ends, where its body ends, and which bytes of a chunked body are content."""

from typing import NamedTuple


class BrokenHttp(Exception):
    """What came is not an HTTP/1.1 response."""


class Head(NamedTuple):
    """Status line and headers (names in lower case). `size` is the number of raw bytes up to the body, interim 1xx responses included."""

    status: int
    headers: dict[str, str]
    size: int
    keep_alive: bool

    @property
    def chunked(self) -> bool:
        return "chunked" in self.headers.get("transfer-encoding", "").lower()

    @property
    def length(self) -> int | None:
        """Content-Length, which counts only where the body is not chunked; None where neither is said: the connection's end ends it."""
        if self.status in (204, 304):
            return 0
        value = self.headers.get("content-length")
        if value is None:
            return None
        if not value.strip().isdecimal():
            raise BrokenHttp(f"Content-Length: {value}")
        return int(value)


def parse_head(raw: bytes) -> Head | None:
    """The head at the beginning of `raw`, or None while it is not complete.

    Raises:
        BrokenHttp: this is no HTTP response, or its head is longer than 64 KiB.
    """
    start = 0
    while True:
        end = raw.find(b"\r\n\r\n", start)
        if end < 0:
            if len(raw) - start > 65536 or not b"HTTP/".startswith(raw[start : start + 5][:5]) and not raw.startswith(b"HTTP/", start):
                raise BrokenHttp(raw[start : start + 120].decode("latin-1"))
            return None
        first, *lines = raw[start:end].decode("latin-1").split("\r\n")
        version, _, rest = first.partition(" ")
        if not version.startswith("HTTP/1.") or not rest[:3].isdecimal():
            raise BrokenHttp(first[:120])
        status = int(rest[:3])
        start = end + 4
        if status >= 200:
            break
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    keep_alive = version != "HTTP/1.0" and "close" not in headers.get("connection", "").lower()
    return Head(status, headers, start, keep_alive)


def chunk_size(raw: bytes, start: int) -> tuple[int, int] | None:
    """(size, offset of the content) of the chunk whose header begins at `start`; None while the header is not complete."""
    end = raw.find(b"\r\n", start)
    if end < 0:
        return None
    try:
        return int(raw[start:end].split(b";", 1)[0], 16), end + 2
    except ValueError:
        raise BrokenHttp(f"chunk header {raw[start : start + 40]!r}") from None


def unchunk(raw: bytes, start: int) -> tuple[list[tuple[int, bytes]], bool]:
    """Content of the chunked body that begins at `start`: ([(raw offset, bytes)], whether the terminating chunk came)."""
    pieces = []
    while (header := chunk_size(raw, start)) is not None:
        size, at = header
        if size == 0:
            return pieces, raw.find(b"\r\n\r\n", at - 2) >= 0
        pieces.append((at, raw[at : at + size]))
        start = at + size + 2
    return pieces, False


class Framing:
    """Says when the response in a growing list of blocks has ended, looking at as few bytes as it can: this runs between two time stamps.

    A chunked body is only walked when a block ends as the last chunk would (or is too short to tell), and never twice.
    """

    def __init__(self, blocks: list[bytes]) -> None:
        self.blocks = blocks
        self.head: Head | None = None
        self.complete = False
        self._chunked = False
        self._walked = 0  # blocks that were walked
        self._skip = 0  # bytes from there to the next chunk header
        self._rest = b""  # an incomplete chunk header
        self._left: int | None = None  # bytes still to come of a body with a length

    def ended(self, block: bytes) -> bool:
        """Whether the response is complete with `block`, which is the last of `blocks`."""
        if self.head is None:
            return self._begin()
        if self._left is not None:
            self._left -= len(block)
            self.complete = self._left <= 0
            return self.complete
        if self._chunked and (block.endswith(b"\r\n\r\n") or len(block) < 5):
            return self._walk(b"".join(self.blocks[self._walked :]))
        return False

    def _begin(self) -> bool:
        raw = b"".join(self.blocks)
        self.head = parse_head(raw)
        if self.head is None:
            return False
        self._chunked = self.head.chunked
        if self._chunked:
            return self._walk(raw[self.head.size :])
        if self.head.length is not None:
            self._left = self.head.length - (len(raw) - self.head.size)
            self.complete = self._left <= 0
        return self.complete

    def _walk(self, data: bytes) -> bool:
        self._walked = len(self.blocks)
        data = self._rest + data
        at, self._rest = self._skip, b""
        while at < len(data):
            header = chunk_size(data, at)
            if header is None or header[0] == 0:
                self._rest, self._skip = data[at:], 0
                self.complete = header is not None and data.find(b"\r\n\r\n", header[1] - 2) >= 0
                return self.complete
            at = header[1] + header[0] + 2
        self._skip = at - len(data)
        return False
