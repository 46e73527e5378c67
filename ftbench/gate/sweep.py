"""`ftbench sweep`: one run at each of several rates, or numbers of users, side by side in a table."""

import csv
import io
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from rich import box
from rich.table import Table

from ftbench.errors import Exit
from ftbench.gate.series import Subject, at_rate, begin, put, run_once
from ftbench.load import LoadPlan
from ftbench.metrics.summary import Latency, LoadSummary
from ftbench.processes import no_survivors
from ftbench.progress import Screen, output
from ftbench.report import human, words
from ftbench.spec.load import Closed

Axis = Literal["rate", "concurrency"]
NO_MORE = 1.02  # more users that bring less than this times the throughput only wait for each other


class SweepRow(BaseModel):
    """One run: the rate [1/s] or the number of users it was made at, and its whole summary."""

    model_config = ConfigDict(extra="forbid")

    at: float
    folder: str
    summary: LoadSummary


class SweepFile(BaseModel):
    """sweep.json. `stopped`: why not every point was run; None where all were."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    schema_: Literal["ftbench.sweep/1"] = Field("ftbench.sweep/1", alias="schema")
    axis: Axis
    unit: str
    asked: list[float]
    rows: list[SweepRow] = []
    stopped: str | None = None
    settings: dict[str, Any]


def run_sweep(
    bring_up: AbstractContextManager[Subject],
    axis: Axis,
    asked: list[float],
    out: Path,
    screen: Screen,
    *,
    think: dict[str, Any] | None = None,
    every: bool = False,
    resume: bool = False,
    json: bool = False,
) -> Exit:
    """One run at each of `asked`, ascending; leave `out`/sweep.json, `out`/sweep.csv and a folder for each run, print the table.

    Ends behind the first point at which the server was saturated or the measurement invalid, unless `every`: what comes after only
    says how long the run was, or how slow the client.

    Args:
        think: `think_s` and `think` of the users of a closed loop.
        json: standard output is the content of sweep.json, and nothing else.
    Returns:
        INVALID where a run was.
    Raises:
        InputError: `out` cannot be used.
        KeyboardInterrupt: what was finished is there; `resume` goes on from it.
    """
    with no_survivors():
        try:
            with bring_up as subject:
                found = sweep(subject, axis, asked, out, screen, think=think or {}, every=every, resume=resume)
        except KeyboardInterrupt:
            if (out / "sweep.json").exists():
                screen.console.print("Interrupted. Go on with the same command and --resume.", markup=False, highlight=False)
            raise
    if json:
        sys.stdout.write(found.model_dump_json(by_alias=True) + "\n")
    else:
        output().print(table(found))
        if found.stopped:
            output().print(f"Stopped: {found.stopped}. --all goes on regardless.", markup=False, highlight=False)
    return Exit.PASSED if all(row.summary.valid for row in found.rows) else Exit.INVALID


def sweep(
    subject: Subject,
    axis: Axis,
    asked: list[float],
    out: Path,
    screen: Screen,
    *,
    think: dict[str, Any],
    every: bool,
    resume: bool,
) -> SweepFile:
    """The runs of `run_sweep` against a server that is up."""
    unit = "requests/s" if axis == "rate" else "users"
    settings = {"axis": axis, "seed": subject.plan.seed, **think, **subject.identity}
    begin(out / "sweep.json", settings, resume)
    found = SweepFile(axis=axis, unit=unit, asked=asked, settings=settings)
    put(found, out / "sweep.json")
    for number, at in enumerate(asked, 1):
        plan = at_rate(subject, at, subject.plan.seed) if axis == "rate" else with_users(subject.plan, int(at), think)
        name = f"{axis}-{at:g}"
        summary = run_once(subject, plan, out / name, screen, f"Run {number} of {len(asked)}: {at:g} {unit}")
        stop = None if every or number == len(asked) else why_stop(axis, summary, [row.summary for row in found.rows])
        rows = [*found.rows, SweepRow(at=at, folder=name, summary=summary)]
        found = found.model_copy(update={"rows": rows, "stopped": stop and f"at {at:g} {unit} {stop}"})
        put(found, out / "sweep.json")
        part = out / "sweep.csv.part"
        part.write_text(as_csv(found), encoding="utf-8")
        part.rename(out / "sweep.csv")
        if stop:
            break
    return found


def with_users(plan: LoadPlan, users: int, think: dict[str, Any]) -> LoadPlan:
    """The same requests from `users` who each wait for the answer, in place of arrivals."""
    no_arrivals = {name: None for name in ("rate", "cv", "steps", "ramp", "bursts", "trace", "in_flight_cap")}
    closed = Closed(concurrency=users, **think)
    return plan.model_copy(update={**no_arrivals, "arrivals": "poisson", "min_requests": 0, "scale": 1.0, "closed": closed})


def why_stop(axis: Axis, summary: LoadSummary, before: list[LoadSummary]) -> str | None:
    """Why a higher point would tell nothing more, or None."""
    if not summary.valid:
        return "the client, not the server, was the limit"
    if axis == "rate" and summary.saturated:
        return "requests came faster than they were served"
    best = max((s.requests_per_s for s in before), default=0.0)
    if axis == "concurrency" and best > 0 and summary.requests_per_s < NO_MORE * best:
        return "more users brought no more throughput"
    return None


COLUMNS: dict[str, Callable[[LoadSummary], Any]] = {
    "achieved_rate": lambda s: s.achieved_rate,
    "requests_per_s": lambda s: s.requests_per_s,
    "output_tokens_per_s": lambda s: s.output_tokens_per_s,
    "ttft_p50_s": lambda s: s.ttft.p50_s,
    "ttft_p99_s": lambda s: s.ttft.p99_s,
    "tpot_p50_s": lambda s: s.tpot.p50_s,
    "tpot_p99_s": lambda s: s.tpot.p99_s,
    "e2e_p50_s": lambda s: s.e2e.p50_s,
    "e2e_p99_s": lambda s: s.e2e.p99_s,
    "goodput": lambda s: s.goodput,
    "attainment": lambda s: s.attainment,
    "n": lambda s: s.n,
    "errors": lambda s: sum(s.errors.values()),
    "saturated": lambda s: s.saturated,
    "valid": lambda s: s.valid,
    "invalid_reasons": lambda s: "; ".join(s.invalid_reasons),
}


def as_csv(found: SweepFile) -> str:
    """One line a run; the first column is the rate or the number of users."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([found.axis, *COLUMNS])
    for row in found.rows:
        values = (column(row.summary) for column in COLUMNS.values())
        writer.writerow([f"{row.at:g}", *("" if value is None else value for value in values)])
    return text.getvalue()


def table(found: SweepFile) -> Table:
    """The runs for a person."""
    head = ["Rate" if found.axis == "rate" else "Users", "Sent", "Answered", "Tokens", "TTFT p50/p99", "TPOT p50/p99", "E2E p50/p99"]
    promised = any(row.summary.slo for row in found.rows)
    head += ["Goodput", "Good", "State"] if promised else ["State"]
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for name in head:
        shown.add_column(name, overflow="fold")
    for row in found.rows:
        s = row.summary
        cells = [f"{row.at:g}", human.rate(s.achieved_rate), human.rate(s.requests_per_s), human.rate(s.output_tokens_per_s)]
        cells += [_pair(latency) for latency in (s.ttft, s.tpot, s.e2e)]
        if promised:
            cells += [human.rate(s.goodput), human.percent(s.attainment)]
        shown.add_row(*cells, words.condition(s))
    return shown


def _pair(latency: Latency) -> str:
    return f"{human.duration(latency.p50_s)} / {human.duration(latency.p99_s)}"
