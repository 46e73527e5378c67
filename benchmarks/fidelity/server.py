"""The server of known latency: compiled, started, stopped, and its log read as the truth."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

SOURCE = Path(__file__).parents[1] / "known_latency_server.c"
KINDS = ("ok", "500", "reset", "truncated", "garbage", "hang", "gone")
LATE_S = 0.001  # a server whose events were later than this at p99 was not the machine that was asked for; the truth is what it did


class Truth(NamedTuple):
    """Every request that ended, in the order of their ends. All instants [ns, monotonic clock], shape (n,).

    `late_ns` is how late the latest event of a request was against its due instant. `gaps` has the gaps between events of one stream [s],
    rounded down to 10 µs, and how often each occurred. `freeze` is when the server stood still.
    """

    kind: np.ndarray
    received: np.ndarray
    begun: np.ndarray
    first: np.ndarray
    last: np.ndarray
    done: np.ndarray
    first_late: np.ndarray
    late: np.ndarray
    chunks: int
    gaps: tuple[np.ndarray, np.ndarray]
    freeze: tuple[int, int] | None

    def between(self, from_ns: int, to_ns: int) -> "Truth":
        """Those that were answered in full and received in [from_ns, to_ns)."""
        keep = (self.kind == 0) & (self.received >= from_ns) & (self.received < to_ns)
        return Truth(*(column[keep] for column in self[:8]), *self[8:])

    def counts(self) -> dict[str, int]:
        return {name: int((self.kind == k).sum()) for k, name in enumerate(KINDS) if (self.kind == k).any()}

    def ttft_s(self) -> np.ndarray:
        return (self.first - self.received) / 1e9

    def e2e_s(self) -> np.ndarray:
        return (self.done - self.received) / 1e9

    def tpot_s(self, tokens: int, per_chunk: int = 1) -> np.ndarray:
        return (self.last - self.first) / 1e9 / (tokens - per_chunk)

    def events(self, from_ns: float, to_ns: float) -> float:
        """Events that were written in the window; those of one request are taken as evenly spread between its first and its last."""
        there = self.chunks * (self.kind == 0)
        length = np.maximum(self.last - self.first, 1)
        overlap = np.clip(np.minimum(self.last, to_ns) - np.maximum(self.first, from_ns), 0, None)
        return float((there * overlap / length).sum())

    def gap_quantile_s(self, q: float) -> float:
        values, counts = self.gaps
        return float(values[np.searchsorted(np.cumsum(counts), q * counts.sum())]) if len(values) else float("nan")

    def late_p99_s(self) -> float:
        late = self.late[self.kind == 0]
        return float(np.quantile(late, 0.99)) / 1e9 if len(late) else 0.0

    def notes(self) -> list[str]:
        """A word where the server itself was late."""
        late_s = self.late_p99_s()
        if late_s <= LATE_S:
            return []
        return [f"the server was late: its latest events by {late_s * 1e3:.1f} ms at p99 of the requests; true is when it wrote"]


class Server:
    """A running one. `truth` may be asked for once it has been stopped."""

    def __init__(self, process: subprocess.Popen, folder: Path, chunks: int) -> None:
        self.process, self.folder, self.chunks = process, folder, chunks
        port, self.priority = process.stdout.readline().split()
        self.url = f"http://127.0.0.1:{port}/v1"

    def stop(self) -> Truth:
        """End it and read its log."""
        self.process.terminate()
        self.process.wait(10)
        rows = np.loadtxt(self.folder / "server.log", dtype=np.int64, ndmin=2).reshape(-1, 8)
        frozen = rows[rows[:, 0] == -1]
        gaps = np.loadtxt(self.folder / "gaps.txt", dtype=np.int64, ndmin=2).reshape(-1, 2).T
        freeze = (int(frozen[0, 1]), int(frozen[0, 2])) if len(frozen) else None
        return Truth(*rows[rows[:, 0] >= 0].T, self.chunks, (gaps[0] / 1e6, gaps[1]), freeze)


@cache
def compiled() -> Path:
    """The program, compiled once by this process (gcc)."""
    program = Path(tempfile.mkdtemp(prefix="known-latency-")) / "server"
    subprocess.run(["gcc", "-O2", "-o", program, SOURCE], check=True)
    return program


@contextmanager
def server(*, ttft_s: float, itl_s: float, tokens: int, per_chunk: int = 1, **more: object) -> Iterator[Server]:
    """A server on a free port of 127.0.0.1. `more` are further options of the program: slots=8 is --slots 8."""
    options = {"ttft_us": round(ttft_s * 1e6), "itl_us": round(itl_s * 1e6), "tokens": tokens, "per_chunk": per_chunk, **more}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [compiled(), "--log", folder / "server.log", "--gaps", folder / "gaps.txt"]
        command += [word for key, value in options.items() for word in (f"--{key.replace('_', '-')}", value)]
        with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as process:
            try:
                yield Server(process, folder, tokens // per_chunk)
            finally:
                process.kill()
