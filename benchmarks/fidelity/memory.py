"""A million events: memory stays where it was after the first third, when the allocator has its pools; records are on disk as they come."""

import threading
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import psutil

from fidelity.result import Check, Result, at_least
from fidelity.run import PROMPTS
from fidelity.server import server
from ftbench.load import make_plan, run_load
from ftbench.load.records import read_records

TTFT_S, ITL_S, TOKENS, RATE, EVENTS = 0.050, 0.005, 128, 260, 1_000_000
GROWTH, COLLECT_GROWTH = 0.02, 0.15  # of 105 MB over 667,000 events: 3 bytes an event
FEWEST = 6  # samples
STEP_S = 0.25


class Sample(NamedTuple):
    """At `at_s` [s, monotonic clock]: resident bytes of the load process and of this one, and bytes of captures on disk."""

    at_s: float
    load: int | None
    coordinator: int
    captured: int


class Watcher(threading.Thread):
    """Looks from outside, four times a second, until `stop`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self.folder, self.samples, self._over = folder, [], threading.Event()

    def run(self) -> None:
        me = psutil.Process()
        while not self._over.wait(STEP_S):
            with suppress(psutil.Error, OSError):
                loads = [child for child in me.children(recursive=True) if "--ft-plan" in child.cmdline()]
                captured = sum(file.stat().st_size for file in self.folder.glob("**/captures-*"))
                size = max((child.memory_info().rss for child in loads), default=None)
                self.samples.append(Sample(time.monotonic(), size, me.memory_info().rss, captured))

    def stop(self) -> list[Sample]:
        self._over.set()
        self.join()
        return self.samples


def growth(sizes: list[int]) -> float:
    """How much the largest after the first third of the samples is above the last of that third, relative."""
    first = sizes[len(sizes) // 3]
    return max(sizes[len(sizes) // 3 :]) / first - 1


def memory() -> Result:
    seconds = EVENTS / (RATE * TOKENS)
    with server(ttft_s=TTFT_S, itl_s=ITL_S, tokens=TOKENS) as known, TemporaryDirectory() as folder:
        plan = {"rate": RATE, "duration_s": seconds, "arrivals": "constant", "timeout_s": 30, "max_tokens": TOKENS}
        watcher = Watcher(Path(folder))
        watcher.start()
        path = run_load(make_plan(url=known.url, model="m", prompts=PROMPTS, **plan), Path(folder) / "run")
        samples = watcher.stop()
        rows = read_records(path).num_rows
        truth = known.stop()
    under_way = [sample for sample in samples if sample.load is not None and sample.captured]
    collecting = [sample for sample in samples if sample.at_s > under_way[-1].at_s]
    of_load = growth([sample.load for sample in under_way])
    of_collecting = growth([sample.coordinator for sample in collecting]) if len(collecting) >= FEWEST else None
    half, whole = under_way[len(under_way) // 2].captured, max(sample.captured for sample in samples)
    events = float(truth.chunks * (truth.kind == 0).sum())
    shown = f"{under_way[len(under_way) // 3].load / 1e6:.0f} MB after a third, {of_load:+.1%} at most from there on"
    after = f"{collecting[0].coordinator / 1e6:.0f} MB, {of_collecting:+.1%}" if of_collecting is not None else "too quick to sample"
    checks = [
        at_least("events", events, EVENTS * 0.99, "events"),
        Check("load process", shown, f"at most {GROWTH:+.0%}", of_load <= GROWTH),
        Check("while gathering", after, f"at most {COLLECT_GROWTH:+.0%}", of_collecting is None or of_collecting <= COLLECT_GROWTH),
        Check("on disk halfway", f"{half / max(whole, 1):.0%} of the bytes", "at least 40%", half >= 0.4 * whole > 0),
    ]
    figures = {"load_mb": [sample.load / 1e6 for sample in under_way], "gathering_mb": [sample.coordinator / 1e6 for sample in collecting]}
    return Result("memory over a million events", checks, [f"{rows} rows"], figures)
