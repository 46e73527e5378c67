"""Who is faster: pairs of measured cells, each difference with its interval, none read off two averages."""

from collections.abc import Sequence
from itertools import combinations

from ftbench.compare.file import SpeedDifference
from ftbench.compare.rounds import Estimate, Rows, ratio_of
from ftbench.compare.turn_file import Sample, Turn


def rows_of(turns: Sequence[Turn], batch: int, name: str) -> Rows:
    """`step`, `ttft` or `e2e` at one batch, by cell and round; what was invalid is left out."""
    rows: dict[str, dict[int, Sample]] = {}
    for turn in turns:
        for run in turn.batches:
            sample = getattr(run, name)
            if run.batch == batch and not run.invalid and sample is not None and sample.mean > 0:
                rows.setdefault(turn.cell, {})[turn.round] = sample
    return rows


def speed_differences(cells: Sequence[str], turns: Sequence[Turn], batches: Sequence[int]) -> list[SpeedDifference]:
    """Every pair of measured cells: the step time at each batch, and the TTFT at the largest."""
    found = []
    metrics = [(batch, "step", "time of a decoding step") for batch in sorted(batches)] + [(max(batches), "ttft", "TTFT")]
    for batch, name, words in metrics:
        rows = rows_of(turns, batch, name)
        for a, b in combinations([cell for cell in cells if cell in rows], 2):
            ratio = ratio_of(a, b, rows)
            if ratio is not None:
                metric = f"{words} with {batch} request{'s' if batch > 1 else ''} at once"
                interval = None if ratio.low is None else (ratio.low, ratio.high)
                found.append(SpeedDifference(a=a, b=b, metric=metric, ratio=ratio.value, interval=interval, word=_word(a, b, ratio)))
    return found


def _word(a: str, b: str, ratio: Estimate) -> str:
    """The ratio is of times, so the smaller one is faster."""
    if ratio.low is None:
        return "cannot be told apart: how far rounds scatter is not known; measure more rounds"
    if ratio.low <= 1 <= ratio.high:
        return "cannot be told apart"
    return f"{a if ratio.value < 1 else b} is faster"
