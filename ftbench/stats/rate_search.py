"""The highest rate at which a promise is kept, found by trials. Knows nothing of what is driven, nor how."""

from collections.abc import Callable, Iterator
from math import ceil, log, sqrt
from typing import Literal, NamedTuple

from ftbench.stats.proportion import failure_bound, interval, success_bound

ALONE = 0.2  # requests under way at the mean: below, a lower rate leaves each request as alone as it is
DIGITS = 4  # of a rate, so that a person can type it and a folder be named after it


class Trial(NamedTuple):
    """One run at one rate: `good` of `n` requests kept the promise.

    `saturated`: its queue grew, so the share only says how short the run was. `invalid` are the reasons why it says nothing at all.
    `in_flight` is the mean number of requests under way, where known.
    """

    n: int
    good: int
    saturated: bool = False
    invalid: tuple[str, ...] = ()
    in_flight: float | None = None


class Probe(NamedTuple):
    """One rate in one search: its runs, pooled into one verdict. `decided` is False where the point estimate had to do."""

    search: int
    rate: float
    seeds: tuple[int, ...]
    trials: tuple[Trial, ...]
    verdict: Literal["kept", "not kept", "invalid"]
    decided: bool
    why: str


class Settings(NamedTuple):
    """How a search is made. Rates in requests per second."""

    start: float
    floor: float
    ceiling: float
    target: float
    tolerance: float = 0.03  # the highest rate that was not kept over the lowest that was, less 1, when a search ends
    searches: int = 3
    repeats: int = 1  # further runs of a rate whose runs so far do not decide
    seed: int = 1


class Bracket(NamedTuple):
    """Where one search ended: `low` was kept, `high` was not. One of them is None where the search met its floor or its ceiling.

    `alone`: it ended since already each request was as good as alone on the server, and still not good enough.
    """

    low: float | None
    high: float | None
    alone: bool = False

    @property
    def middle(self) -> float:
        return sqrt(self.low * self.high) if self.low and self.high else self.low or self.high


Measure = Callable[[float, int], Trial]
Told = Callable[[Probe, int], None]


def search(measure: Measure, settings: Settings, told: Told | None = None) -> tuple[list[Bracket], list[Probe]]:
    """`settings.searches` searches, each with trials of its own; the later ones begin where the first ended. Ends at an invalid probe.

    Each brackets the threshold by doubling or halving (later ones: by 12 %, then more), and halves the bracket on a logarithmic
    scale until it is no wider than `tolerance`. A rate is run once where that decides, else again with another seed up to `repeats` times;
    what stays undecided is close to the threshold, where a wrong turn costs little, and follows the share observed.

    Args:
        measure: (rate, seed) -> Trial. The same settings always ask for the same rates and seeds in the same order as long as the trials
            are the same, so that an interrupted search goes on by giving back the trials that it has. No two calls share a seed: runs
            on one schedule would err together.
        told: called after each probe with it and the most runs that may still come.
    """
    brackets: list[Bracket] = []
    probes: list[Probe] = []
    start, growth = settings.start, 2.0
    for k in range(settings.searches):
        bracket = Bracket(None, None)
        run = 0
        for rate in _rates(start, growth, settings, probes, k):
            probe = _probe(measure, settings, k, rate, run)
            run += len(probe.trials)
            probes.append(probe)
            if told:
                told(probe, _most_left(probes, growth, settings, k))
            if probe.verdict == "invalid":
                return brackets, probes
        bracket = _bracket(probes, k)
        brackets.append(bracket)
        start, growth = rounded(bracket.middle), 1.12
    return brackets, probes


def _rates(start: float, growth: float, settings: Settings, probes: list[Probe], k: int) -> Iterator[float]:
    """The rates of search `k`, each chosen after the verdicts on those before it are in `probes`."""
    rate = min(max(start, settings.floor), settings.ceiling)
    while True:
        yield rate
        low, high, alone = _bracket(probes, k)
        if low and high:
            break
        if (low and low >= settings.ceiling) or (high and high <= settings.floor) or alone:
            return
        rate = rounded(min(low * growth, settings.ceiling) if low else max(high / growth, settings.floor))
        growth = growth if growth >= 2 else min(growth**1.5, 2.0)
    while high / low > 1 + settings.tolerance:
        middle = rounded(sqrt(low * high))
        if not low < middle < high:
            return
        yield middle
        low, high, _ = _bracket(probes, k)


def _bracket(probes: list[Probe], k: int) -> Bracket:
    mine = [p for p in probes if p.search == k]
    low = max((p.rate for p in mine if p.verdict == "kept"), default=None)
    high = min((p.rate for p in mine if p.verdict == "not kept"), default=None)
    last = mine[-1].trials[-1]
    alone = low is None and not last.saturated and last.in_flight is not None and last.in_flight < ALONE
    return Bracket(low, high, alone)


def _probe(measure: Measure, settings: Settings, k: int, rate: float, run: int) -> Probe:
    seeds: list[int] = []
    trials: list[Trial] = []
    decided, verdict, why = False, "", ""
    while not decided and len(trials) <= (max(settings.repeats, 1) if verdict == "invalid" else settings.repeats):
        seeds.append(settings.seed + 1000 * k + run + len(trials))
        trials.append(measure(rate, seeds[-1]))
        verdict, decided, why = decide(trials, settings.target)
    return Probe(k, rate, tuple(seeds), tuple(trials), verdict, decided, why)


def decide(trials: list[Trial], target: float, *, confidence: float = 0.95) -> tuple[Literal["kept", "not kept", "invalid"], bool, str]:
    """(verdict, whether the trials at one rate decide it, why).

    Decided where an exact one-sided bound on their pooled share lies on one side of `target`, and at once where one of them was saturated:
    a growing queue breaks every promise in the end. Invalid trials count for neither side; where there is nothing else the verdict is
    invalid, at once if that happened twice: once may be chance on a shared machine.
    """
    valid = [t for t in trials if not t.invalid]
    if not valid:
        return "invalid", len(trials) > 1, "; ".join(trials[-1].invalid)
    n, good = sum(t.n for t in valid), sum(t.good for t in valid)
    if n == 0:
        return "invalid", True, "no request was due in the measured time"
    says = f"{good} of {n} requests were good"
    if any(t.saturated for t in valid):
        return "not kept", True, f"saturated: requests came faster than they were served ({says})"
    if success_bound(good, n, confidence=confidence) >= target:
        return "kept", True, f"{says}, which proves {target:.4g}"
    if failure_bound(good, n, confidence=confidence) < target:
        return "not kept", True, f"{says}, which refutes {target:.4g}"
    low, high = interval(good, n, confidence=2 * confidence - 1)
    verdict = "kept" if good >= target * n else "not kept"
    return verdict, False, f"{says}: undecided between {low:.4f} and {high:.4f}, taken as observed"


def _most_left(probes: list[Probe], growth: float, settings: Settings, k: int) -> int:
    """Most runs that are still to come, if every later search finds its bracket at once."""
    if probes[-1].verdict == "invalid":
        return 0
    low, high, _ = _bracket(probes, k)
    fresh = 3 + _halvings(1.12**2, settings)
    if low and high:
        left = _halvings(high / low, settings)
    else:
        way = settings.ceiling / low if low else high / settings.floor
        left = (ceil(log(way) / log(2)) if way > 1 else 0) + _halvings(2.0 if k == 0 else growth, settings)
    return (left + (settings.searches - 1 - k) * fresh) * (1 + settings.repeats)


def _halvings(ratio: float, settings: Settings) -> int:
    wide = log(ratio) / log(1 + settings.tolerance)
    return max(0, ceil(log(wide) / log(2))) if wide > 1 else 0


def rounded(rate: float) -> float:
    return float(f"{rate:.{DIGITS}g}")
