"""From the probes of all searches to one rate with an interval."""

from statistics import median
from typing import Literal, NamedTuple

from ftbench.stats.crossing import crossing
from ftbench.stats.rate_search import Bracket, Probe, Settings

WINDOW = 1.3  # probes further away than this factor say nothing of where the threshold is
CLEAR = 4.0  # times less, and times more, misses than allowed on the two sides of a step


class Estimate(NamedTuple):
    """`rate` and its interval [low, high] in requests per second; None where there is none. An end is None, too, that was not bounded.

    `confidence` is None where the interval is not one of chance but the bracket of a step. `highest_kept` is the highest rate, no higher
    than the estimate, that was really sent and kept.
    """

    outcome: Literal["found", "at least", "none", "invalid"]
    rate: float | None
    low: float | None
    high: float | None
    highest_kept: float | None
    method: str
    confidence: float | None = None


def estimate(brackets: list[Bracket], probes: list[Probe], settings: Settings, *, confidence: float = 0.95) -> Estimate:
    """What the searches say together.

    Where each rate that was kept lies below each that was not, and the misses jump from well below the allowed share to well above it,
    the threshold is a step, as that of a server without chance in it: the rate is the highest kept, the interval reaches to the lowest
    not kept. Else it is the `crossing` of a regression on all probes within a factor of 1.3. A rate at which a queue grew although
    most requests were still good in time is an upper bound: the estimate does not exceed the median of the searches' upper ends then.
    """
    kept = [p.rate for p in probes if p.verdict == "kept"]
    best = max(kept, default=None)
    if any(p.verdict == "invalid" for p in probes) or not brackets:
        return Estimate("invalid", None, None, None, best, "no estimate: a measurement was invalid")
    if median([0.0 if b.low is None else 1.0 for b in brackets]) < 1:
        return Estimate("none", None, None, None, None, "no rate that was tried kept the SLO")
    if median([1.0 if b.high is None else 0.0 for b in brackets]) > 0:
        return Estimate("at least", best, best, None, best, "a lower bound: the highest rate that was allowed was kept")
    middle = median(b.middle for b in brackets)
    near = [p for p in probes if middle / WINDOW <= p.rate <= middle * WINDOW]
    if (step := _step(near, settings.target)) is not None:
        return Estimate("found", step[0], *step, step[0], "a step: the highest rate kept; the interval reaches to the lowest not kept")
    n, good = ([sum(getattr(t, name) for t in p.trials if not t.invalid) for p in near] for name in ("n", "good"))
    found = crossing([p.rate for p in near], good, n, settings.target, confidence=confidence)
    rate, high = found.level, found.high
    hidden = [p for p, g, k in zip(near, good, n, strict=True) if p.verdict == "not kept" and g >= settings.target * k]
    if any(t.saturated for p in hidden for t in p.trials):
        cap = median(b.high for b in brackets if b.high is not None)
        rate, high = min(rate, cap), cap if high is None else max(min(high, cap), min(rate, cap))
    below = max((r for r in kept if r <= rate), default=None)
    method = (
        f"logistic regression of misses on ln(rate) over {found.trials} probes of {len(brackets)} searches, "
        f"interval by F test on the profile deviance, dispersion {found.dispersion:.1f}"
    )
    return Estimate("found", rate, found.low, high, below, method, confidence)


def _step(near: list[Probe], target: float) -> tuple[float, float] | None:
    """(highest rate kept, lowest not kept) where the share of misses jumps from well below what is allowed to well above it."""
    kept = {p.rate: _misses(p) for p in near if p.verdict == "kept"}
    broken = {p.rate: _misses(p) for p in near if p.verdict == "not kept"}
    if not kept or not broken or max(kept) >= min(broken):
        return None
    if max(kept.values()) > (1 - target) / CLEAR or min(broken.values()) < (1 - target) * CLEAR:
        return None
    return max(kept), min(broken)


def _misses(probe: Probe) -> float:
    """Share of misses; all of a saturated run's requests, which would have missed in the end."""
    valid = [t for t in probe.trials if not t.invalid]
    if any(t.saturated for t in valid):
        return 1.0
    return 1 - sum(t.good for t in valid) / sum(t.n for t in valid)
