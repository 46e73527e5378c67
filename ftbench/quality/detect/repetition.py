"""Does a text go in circles? Counts of how much of it repeats what stands before; the thresholds stand in degenerate.py."""

import re
import zlib
from typing import NamedTuple

import numpy as np

LONGEST_PERIOD_WORDS, LONGEST_PERIOD_CHARACTERS = 60, 120
_WORD = re.compile(r"\w+|[^\w\s]")
_RULE = re.compile(r"(?:[-=_*.~#|:+ ]{4,})")


class Run(NamedTuple):
    """The longest stretch that repeats one piece: its `period`, how many `cycles`, what it `covers` of `total` (words or characters)."""

    period: int
    cycles: float
    covers: int
    total: int
    piece: str

    @property
    def share(self) -> float:
        return self.covers / self.total if self.total else 0.0


def words(text: str) -> list[str]:
    """Words and single marks, in lower case."""
    return _WORD.findall(text.casefold())


def longest_run(items: list[str], longest_period: int, *, least_cycles: float) -> Run:
    """The stretch with the most items that repeats one piece of at most `longest_period` items at least `least_cycles` times.

    For each period p, the longest stretch in which every item equals the one p before it. Shape (n,) compared with itself, n x p steps.
    """
    best = Run(0, 0.0, 0, len(items), "")
    index = {item: i for i, item in enumerate(dict.fromkeys(items))}
    codes = np.fromiter((index[item] for item in items), dtype=np.int32, count=len(items))
    for period in range(1, min(longest_period, len(items) // 2) + 1):
        differs = np.flatnonzero(np.concatenate(([True], codes[period:] != codes[:-period], [True])))
        gaps = np.diff(differs) - 1
        where = int(gaps.argmax())
        same = int(gaps[where])
        if not same:
            continue
        covers, start = same + period, int(differs[where])
        if covers / period >= least_cycles and covers > best.covers:
            best = Run(period, covers / period, covers, len(items), " ".join(items[start : start + period]))
    return best


def repeated_share(items: list[str], n: int) -> float:
    """Share of the n-grams that stood before already; 0 for a text shorter than n."""
    grams = [tuple(items[i : i + n]) for i in range(len(items) - n + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def compressed_share(text: str) -> float:
    """Bytes after deflate over bytes before; English prose of 1,000 characters lies near 0.5, a loop under 0.2."""
    data = text.encode("utf-8", "surrogatepass")
    return len(zlib.compress(data, 6)) / len(data) if data else 1.0


def repeated_sentences(parts: list[str]) -> float:
    """Share of the sentences of four words or more that are said three times or more."""
    counted: dict[str, int] = {}
    long = [p for p in parts if len(p.split()) >= 4]
    for part in long:
        counted[part] = counted.get(part, 0) + 1
    return sum(n for n in counted.values() if n >= 3) / len(long) if long else 0.0


def without_rules(text: str) -> str:
    """Without the drawn lines of tables, forms and Markdown."""
    return _RULE.sub(" ", text)
