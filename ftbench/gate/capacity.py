"""`ftbench capacity`: the highest arrival rate at which the SLO holds."""

import statistics
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from ftbench.errors import Exit, InputError, InvalidMeasurement
from ftbench.gate.series import Subject, at_rate, begin, put, run_once
from ftbench.load import LoadPlan
from ftbench.load.plan import describe_arrivals, schedule
from ftbench.metrics.capacity_file import CapacityFile, ProbeRow
from ftbench.metrics.summary import LoadSummary
from ftbench.processes import no_survivors
from ftbench.progress import Screen, output
from ftbench.report import human
from ftbench.stats import cases_to_prove, interval
from ftbench.stats.rate_estimate import Estimate, estimate
from ftbench.stats.rate_search import Probe, Settings, Trial, search

FAR = (64, 1024)  # how far below and above the first rate it is looked, where nobody says
WARMUP = 0.25  # of the measured time, at least: a queue near its capacity takes long to fill
WIDE = 0.05  # half width of the interval, relative, above which a note says what would make it narrower


class Wanted(NamedTuple):
    """The options of the search itself, rates [1/s]; `start`, `floor` and `ceiling` None as far as nobody said them."""

    start: float | None = None
    floor: float | None = None
    ceiling: float | None = None
    tolerance: float = 0.03
    searches: int = 3
    repeats: int = 1


def run_capacity(bring_up: AbstractContextManager[Subject], wanted: Wanted, out: Path, screen: Screen, *, resume: bool, json: bool) -> Exit:
    """Search, leave `out`/capacity.json and a folder for each run, print what was found.

    Args:
        json: standard output is the content of capacity.json, and nothing else.
    Raises:
        InputError: there is no SLO, the options contradict each other, or `out` cannot be used.
        InvalidMeasurement: the load generator, not the server, was the limit. capacity.json holds the probes and how far they came.
        KeyboardInterrupt: capacity.json and the folders have all that was finished; `resume` goes on from there.
    """
    with no_survivors():
        try:
            with bring_up as subject:
                found = find_capacity(subject, wanted, out, screen, resume)
        except KeyboardInterrupt:
            if (out / "capacity.json").exists():
                screen.console.print("Interrupted. Go on with the same command and --resume.", markup=False, highlight=False)
            raise
    if json:
        sys.stdout.write(found.model_dump_json(by_alias=True) + "\n")
    elif found.state != "invalid":
        output().print("\n".join(says(found)), markup=False, highlight=False, soft_wrap=True)
    if found.state == "invalid":
        raise InvalidMeasurement(_why_invalid(found))
    return Exit.FAILED if found.state == "none" else Exit.PASSED


def says(found: CapacityFile) -> list[str]:
    """The result in a few lines."""
    promise = f"{human.percent(found.target)} of the requests within {_limits(found.slo)}"
    match found.state:
        case "found":
            low, high = (human.significant(bound) if bound else "unknown" for bound in found.interval)
            sure = "between" if found.confidence is None else f"{human.percent(found.confidence)} interval"
            head = f"Capacity: {human.rate(found.capacity)} (measured; {sure} {low} and {high}) for {promise}."
        case "at least":
            head = f"Capacity: at least {human.rate(found.capacity)}, the highest rate that was allowed, for {promise}."
        case "none":
            head = f"No rate that was tried has {promise}."
        case _:
            head = f"The search is {found.state}."
    return [head, f"{len(found.probes)} probes, {found.arrivals} arrivals; {found.method}.", *found.notes]


def settings_of(plan: LoadPlan, wanted: Wanted) -> Settings:
    """The search that is meant.

    Raises:
        InputError: no SLO, a target that nothing can prove, or bounds that exclude each other.
    """
    if not plan.slo.model_dump(exclude={"attainment"}, exclude_none=True):
        raise InputError("A capacity is the highest rate that keeps an SLO, and there is none. Give --slo-ttft, --slo-tpot or --slo-e2e.")
    if plan.slo.attainment >= 1:
        raise InputError(
            "An attainment of 1 cannot be proven by any number of requests. Give the share that is close enough, such as 0.999."
        )
    start = wanted.start or plan.rate
    floor, ceiling = wanted.floor or start / FAR[0], wanted.ceiling or start * FAR[1]
    for name, value in (("--rate", start), ("--from", floor), ("--to", ceiling)):
        if not 0 < value < float("inf"):
            raise InputError(f"{name} {value:g}: a rate is a number of requests per second above 0.")
    if floor >= ceiling:
        raise InputError(f"--from {floor:g} is not below --to {ceiling:g}. Exchange them, or leave one out.")
    if not 0.001 <= wanted.tolerance <= 1:
        raise InputError(f"--tolerance {wanted.tolerance:g} is a share of the rate, from 0.001 to 1; 0.03 is 3 %.")
    start = min(max(start, floor), ceiling)
    return Settings(
        start, floor, ceiling, plan.slo.attainment, wanted.tolerance, max(1, wanted.searches), max(0, wanted.repeats), plan.seed
    )


def probe_plan(subject: Subject, rate: float, seed: int, target: float) -> LoadPlan:
    """One run of the search: long enough that, were all of its requests good, they would prove the target."""
    plan = at_rate(subject, rate, seed)
    if plan.trace is not None:
        return plan  # it is as long as it is
    enough = max(plan.min_requests, cases_to_prove(target))
    measured_s = max(plan.duration_s, enough / rate)
    return plan.model_copy(update={"min_requests": enough, "warmup_s": max(plan.warmup_s, WARMUP * measured_s)})


def trial_of(summary: LoadSummary) -> Trial:
    """What the search sees of a run. The mean number under way is Little's law on what was answered."""
    good = round((summary.attainment or 0.0) * summary.n)
    in_flight = summary.achieved_rate * summary.e2e.mean_s if summary.e2e.mean_s is not None else None
    reasons = () if summary.valid else tuple(summary.invalid_reasons) or ("no reason was given",)
    return Trial(summary.n, good, bool(summary.saturated), reasons, in_flight)


def find_capacity(subject: Subject, wanted: Wanted, out: Path, screen: Screen, resume: bool) -> CapacityFile:
    """The search of `run_capacity` against a server that is up; nothing is printed but how far it is."""
    settings = settings_of(subject.plan, wanted)
    shown = {**settings._asdict(), **subject.identity}
    file = out / "capacity.json"
    begin(file, shown, resume, free=("searches",))
    first = probe_plan(subject, settings.start, settings.seed, settings.target)
    limits = subject.plan.slo.model_dump(exclude={"attainment"}, exclude_none=True)
    arrivals = describe_arrivals(subject.plan, schedule(first)).partition(",")[0]
    found = CapacityFile(state="running", target=settings.target, slo=limits, arrivals=arrivals, settings=shown)
    put(found, file)
    runs: dict[tuple[float, int], tuple[str, LoadSummary | None]] = {}
    took: list[float] = []
    left: int | None = None

    def measure(rate: float, seed: int) -> Trial:
        name = f"probe-{len(runs) + 1:02d}-{rate:g}-{seed}"
        began = time.monotonic()
        plan = probe_plan(subject, rate, seed, settings.target)
        title = f"Run {len(runs) + 1} at {rate:g} requests/s{_left(left, took)}"
        try:
            summary = run_once(subject, plan, out / name, screen, title)
        except InputError as error:  # more than the load processes can send: found only now, since the search chose the rate
            if not took:
                raise
            runs[rate, seed] = (name, None)
            return Trial(0, 0, invalid=(str(error).rstrip("."),))
        took.append(time.monotonic() - began)
        runs[rate, seed] = (name, summary)
        return trial_of(summary)

    def told(probe: Probe, most: int) -> None:
        nonlocal left
        left = most
        found.probes.append(_row(len(found.probes) + 1, probe, [runs[probe.rate, seed] for seed in probe.seeds]))
        put(found, file)
        screen.console.print(f"  {probe.rate:g} requests/s: {probe.verdict}; {probe.why}", markup=False, highlight=False, soft_wrap=True)

    brackets, probes = search(measure, settings, told)
    result = estimate(brackets, probes, settings)
    ended = found.model_copy(
        update={
            "state": result.outcome,
            "capacity": result.rate,
            "interval": (result.low, result.high) if result.rate is not None else None,
            "confidence": result.confidence,
            "highest_kept": result.highest_kept,
            "method": result.method,
            "notes": _notes(result, found, [summary for _, summary in runs.values() if summary], any(b.alone for b in brackets)),
        }
    )
    put(ended, file)
    return ended


def _row(number: int, probe: Probe, runs: list[tuple[str, LoadSummary | None]]) -> ProbeRow:
    valid = [t for t in probe.trials if not t.invalid]
    n, good = sum(t.n for t in valid), sum(t.good for t in valid)
    last = runs[-1][1]
    return ProbeRow(
        number=number,
        search=probe.search + 1,
        rate=probe.rate,
        seeds=list(probe.seeds),
        folders=[name for name, _ in runs],
        n=n,
        good=good,
        attainment=good / n if n else None,
        interval=interval(good, n) if n else None,
        verdict=probe.verdict,
        decided=probe.decided,
        why=probe.why,
        saturated=any(t.saturated for t in valid),
        valid=probe.verdict != "invalid",
        invalid_reasons=list(probe.trials[-1].invalid),
        achieved_rate=statistics.mean(s.achieved_rate for _, s in runs if s) if last else 0.0,
        ttft_p99_s=last.ttft.p99_s if last else None,
        tpot_p99_s=last.tpot.p99_s if last else None,
        e2e_p99_s=last.e2e.p99_s if last else None,
    )


def _notes(result: Estimate, found: CapacityFile, runs: list[LoadSummary], alone: bool) -> list[str]:
    notes = []
    if result.outcome == "none" and alone:
        notes.append("Even requests that had the server almost to themselves missed it, so a lower rate would not help.")
    if result.outcome != "found":
        return notes
    if result.low is None or result.high is None:
        notes.append("Too few requests were sent to bound it on both sides; a longer --duration is needed.")
    elif (half := (result.high - result.low) / 2 / result.rate) > WIDE:
        notes.append(f"The interval is ±{half:.0%}; ±{WIDE:.0%} would take a --duration about {(half / WIDE) ** 2:.0f} times as long.")
    if (unseen := unseen_growth(runs, found.slo)) > 0.01:
        notes.append(
            f"A queue that grows so slowly that nobody misses the SLO within one run is not seen: the true capacity may be up to "
            f"{human.percent(unseen / (1 + unseen))} lower. A longer --duration makes that less."
        )
    return notes


def unseen_growth(runs: list[LoadSummary], slo: dict[str, float]) -> float:
    """How far above the server's own pace the rate can be, relative, without one miss within a run.

    At (1 + x) times that pace a queue's delay grows by x seconds a second, and a miss takes the room that the SLO leaves above the
    latency of a quiet server: x = room / time of the run. 0 where no limit is one of waiting (TPOT).
    """
    quiet = min(runs, key=lambda run: run.achieved_rate, default=None)
    if quiet is None:
        return 0.0
    pairs = [(slo.get("ttft_s"), quiet.ttft.p50_s), (slo.get("e2e_s"), quiet.e2e.p50_s)]
    rooms = [limit - usual for limit, usual in pairs if limit is not None and usual is not None and limit > usual]
    return min(rooms, default=0.0) / min(run.duration_s for run in runs)


def _why_invalid(found: CapacityFile) -> str:
    last = found.probes[-1]
    known = f"at least {found.highest_kept:g} requests/s" if found.highest_kept else "unknown, since no rate was kept before"
    why = "; ".join(last.invalid_reasons) or last.why
    return f"The capacity is {known}; at {last.rate:g} the client, not the server, was the limit: {why}."


def _limits(slo: dict[str, float]) -> str:
    return ", ".join(f"{name.removesuffix('_s').upper()} {human.duration(limit)}" for name, limit in slo.items())


def _left(runs: int | None, took: list[float]) -> str:
    """What is still to come behind this run, each as long as the last: on the way up it will be less."""
    if runs is None or not took:
        return ""
    return f" (at most {runs} to come, {human.duration(runs * took[-1], 2)})"
