"""Which rates are tried about the capacity of a cell, and what is concluded from those that were."""

from collections.abc import Iterable, Sequence
from math import sqrt
from pathlib import Path
from typing import NamedTuple

from scipy.optimize import isotonic_regression

from ftbench.compare.turn_file import ProbeRun
from ftbench.cost.capacity import why_not_held
from ftbench.gate.series import Subject, at_rate, run_once
from ftbench.metrics.summary import LoadSummary
from ftbench.progress import Screen
from ftbench.spec.load import Slo
from ftbench.stats.rate_search import rounded

FIRST, ABOVE = 0.8, 1.15  # times the predicted capacity: the first rate, and the one after it was kept
DOWN, UP = 0.6, 1.3  # where nothing was kept, and where all was
WIDE = 1.8  # ends as far apart as this want a rate between them before the high one is sent again
NARROW = 1.06  # highest kept and lowest not kept as close as this need no rate between them
FEWEST = 20  # requests; of fewer no share of 95 % can be seen
LONGEST = 3.0  # times the asked time that a run may take for these
EPSILON = 1e-9  # shares are quotients of small numbers
WARMUP = 0.25  # of the measured time, at least: a queue takes long to fill


class Bracket(NamedTuple):
    """Rates [1/s]. `low`: the highest that most runs kept; `high`: the lowest that most did not. `open`: those between, of which as many
    runs say the one as the other; they have to be sent again."""

    low: float | None
    high: float | None
    open: tuple[float, ...] = ()


def bracket_of(probes: Iterable[ProbeRun]) -> Bracket:
    """What the valid runs say together.

    A rate that is kept shows that lower ones are kept too, and one that is not, that no higher one is. Runs that contradict this, since a
    pause of the machine spoilt one of them, are pooled until they do not: isotonic regression of the share of runs that kept a rate, each
    with the same weight (Barlow et al. 1972, by scipy).
    """
    valid = sorted((p.rate, bool(p.kept)) for p in probes if p.kept is not None)
    if not valid:
        return Bracket(None, None)
    rates = sorted({rate for rate, _ in valid})
    runs = [[kept for at, kept in valid if at == rate] for rate in rates]
    shares = isotonic_regression([sum(kept) / len(kept) for kept in runs], weights=[len(kept) for kept in runs], increasing=False).x
    low = max((rate for rate, share in zip(rates, shares, strict=True) if share > 0.5 + EPSILON), default=None)
    high = min((rate for rate, share in zip(rates, shares, strict=True) if share < 0.5 - EPSILON), default=None)
    between = tuple(rate for rate, share in zip(rates, shares, strict=True) if abs(share - 0.5) <= EPSILON)
    return Bracket(low, high, between)


def next_rate(before: Sequence[ProbeRun], now: Sequence[ProbeRun], predicted: float) -> float | None:
    """The rate to try next; None where another would tell nothing.

    Args:
        before: probes of earlier rounds. now: those of this round so far. predicted: capacity by the simulator, for the first rates.
    """
    runs = [*before, *now]
    low, high, between = bracket_of(runs)
    if not runs:
        return rounded(FIRST * predicted)
    if between:
        return min(p.rate for p in runs if p.kept is False and p.rate in between)
    if low is not None and all(p.rate != low for p in now):
        return low  # kept in an earlier round only: it counts if it is kept again
    if low is None and high is None:
        return rounded(FIRST * predicted * 0.9 ** len(now))  # nothing but invalid runs so far
    if low is None:
        return rounded(DOWN * high)
    if high is None:
        above = ABOVE * predicted
        return rounded(above if low < above / NARROW else UP * low)
    if high / low < WIDE and [p.rate for p in before].count(high) == 1 and all(p.rate != high for p in now):
        return high  # missed once: a pause of the machine would do that too
    return rounded(sqrt(low * high)) if high / low > NARROW else None


def is_open(probes: Iterable[ProbeRun]) -> bool:
    """Whether runs contradict each other, half of them for either side."""
    return bool(bracket_of(probes).open)


def measure_probe(
    subject: Subject, rate: float, seed: int, duration_s: float, slo: Slo, folder: Path, name: str, screen: Screen, title: str
) -> ProbeRun:
    """One run at `rate`; an invalid one is made once more, with a seed of its own. Raises as `run_once`."""
    for again in (False, True):
        its, where = seed + 500 * again, f"{name}{'-again' if again else ''}"
        plan = at_rate(subject, rate, its)
        if plan.trace is None:
            enough = min(FEWEST, max(1, int(LONGEST * duration_s * rate)))
            measured_s = max(duration_s, enough / rate)
            warmup_s = max(WARMUP * measured_s, min(plan.warmup_s, measured_s))
            plan = plan.model_copy(update={"duration_s": duration_s, "min_requests": enough, "warmup_s": warmup_s})
        summary = run_once(subject, plan, folder / where, screen, title)
        run = probe_run(rate, its, where, summary, slo)
        if run.kept is not None:
            break
    return run


def probe_run(rate: float, seed: int, folder: str, summary: LoadSummary, slo: Slo) -> ProbeRun:
    why = why_not_held(summary, slo)
    return ProbeRun(
        rate=rate,
        seed=seed,
        folder=folder,
        kept=None if not summary.valid or summary.attainment is None else why is None,
        why=why or "",
        n=summary.n,
        attainment=summary.attainment,
        prompt_tokens=summary.prompt_tokens_mean,
        output_tokens=summary.output_tokens_mean,
        ttft_p99_s=summary.ttft.p99_s,
        e2e_p99_s=summary.e2e.p99_s,
    )
