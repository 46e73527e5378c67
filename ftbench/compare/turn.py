"""One turn: one cell in one round. Its model is brought up, asked in full batches, sent traffic about its capacity, and taken down.

The rounds go through the cells forwards and backwards (A B C, C B A, ...): what drifts evenly with time, such as heat or a neighbour on the
machine, then hits every cell of two rounds alike.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc

from ftbench.compare.batches import enough_s, measure_batch
from ftbench.compare.cells import CellPlan
from ftbench.compare.closed_loops import fitted
from ftbench.compare.file import Steps
from ftbench.compare.probes import is_open, measure_probe, next_rate
from ftbench.compare.steps import curve, predicted_capacity
from ftbench.compare.turn_file import BatchRun, ProbeRun, Turn, turn_folder, write_turn
from ftbench.compare.warm_up import warm_up
from ftbench.errors import InputError, InvalidMeasurement
from ftbench.gate.preflight import Ready
from ftbench.gate.reach import Reached, reach
from ftbench.gate.series import Subject, of_reached
from ftbench.load.records import read_runs
from ftbench.progress import Screen

PROBES, PROBES_ALONE = 2, 3  # open-loop runs in each round, and where there is only one; one more where they contradict each other

Answer = Callable[[CellPlan, Reached], None]


class Lengths(NamedTuple):
    """Tokens of the requests that were sent, one of each a request; empty as long as nobody knows."""

    prompts: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()


def order(plans: Sequence[CellPlan], rounds: int) -> list[tuple[CellPlan, int]]:
    """(cell, round from 1) of every turn, forwards in odd rounds and backwards in even ones."""
    return [(plan, number) for number in range(1, rounds + 1) for plan in (plans if number % 2 else reversed(plans))]


def take_turn(
    ready: Ready, plan: CellPlan, number: int, before: list[Turn], lengths: Lengths, run: Path, screen: Screen, answer: Answer
) -> Turn:
    """Measure one cell in round `number` and leave turn.json; runs that an interrupted turn finished are read, not driven again.

    Args:
        before: this cell's turns of earlier rounds. lengths: of the requests that any cell answered so far.
        answer: is given the model at the end, for its answers to the test cases that are missing. Where it fails, the speed stands.
    Returns:
        a turn with `failed` where the model did not come up.
    Raises:
        InputError: the input is wrong, or the model is another one than in the rounds before.
    """
    began, started = time.monotonic(), datetime.now(UTC)
    folder = turn_folder(run, plan.folder, number)
    turn = Turn(cell=plan.id, round=number, started_at=started.isoformat(timespec="seconds"))
    ready = ready._replace(spec=plan.spec)
    try:
        with reach(plan.spec, screen) as reached:
            facts = {name: value for name, value in reached.facts.items() if name not in ("pid", "replica", "haproxy")}
            turn = turn.model_copy(
                update={
                    "facts": facts,
                    "identity": reached.target.identity,
                    "load_s": facts.get("load_s"),
                    "startup_s": facts.get("startup_s"),
                }
            )
            _same_model(turn, before)
            turn = _measured(turn, of_reached(ready, reached, screen), reached, plan, before, lengths, folder, screen)
            turn = _answered(turn, answer, plan, reached, screen)
    except InvalidMeasurement as error:
        turn = turn.model_copy(update={"failed": str(error)})
    turn = turn.model_copy(update={"seconds": time.monotonic() - began})
    write_turn(turn, folder)
    return turn


def lengths_of(folder: Path, probes: Sequence[ProbeRun]) -> Lengths:
    """Of the answered requests of the valid probes of a turn in `folder`."""
    prompts: list[int] = []
    outputs: list[int] = []
    for probe in probes:
        if probe.kept is None:
            continue
        ((_, records),) = read_runs(folder / probe.folder / "requests.parquet")
        ok = records.filter(pc.equal(records["status"], "ok"))
        both = ok.filter(pc.and_(pc.is_valid(ok["prompt_tokens"]), pc.is_valid(ok["output_tokens"])))
        prompts += both["prompt_tokens"].to_pylist()
        outputs += both["output_tokens"].to_pylist()
    return Lengths(tuple(prompts), tuple(outputs))


def _measured(
    turn: Turn, subject: Subject, reached: Reached, plan: CellPlan, before: list[Turn], lengths: Lengths, folder: Path, screen: Screen
) -> Turn:
    compare, spec = plan.spec.compare, plan.spec
    batches: list[BatchRun] = []
    for batch in sorted(compare.batches):
        users = batch * plan.replicas
        with screen.step(f"{plan.id}: warming up for {users} at once"):
            wave_s = warm_up(reached.target, subject.plan.prompts, users, compare.output_tokens, spec.load.timeout_s)
        duration_s = enough_s(compare.batch_duration_s, wave_s, batch)
        title = f"{plan.id}: {batch * plan.replicas} at once"
        run = measure_batch(subject, batch, plan.replicas, duration_s, compare.output_tokens, folder, screen, title)
        _tell(screen, run.invalid and f"{title}: invalid, {'; '.join(run.invalid)}")
        batches.append(run)
    steps = fitted(batches, folder, spec, turn.facts.get("step_tokens"))
    probes: list[ProbeRun] = []
    old = [probe for turn in before for probe in turn.probes]
    now = first = _predicted(subject, plan, steps, lengths)
    usual = PROBES_ALONE if compare.rounds == 1 else PROBES
    for k in range(usual + 1):
        if k == usual and not is_open([*old, *probes]):
            break
        rate = next_rate(old, probes, now or _alone(batches, spec.load.rate))
        if rate is None or (first == 0 and any(probe.kept is False for probe in probes)):
            break  # where even a request that is alone misses the SLO, one run shows it
        name, seed = f"probe-{k + 1}-{rate:g}", spec.load.seed + 1000 * turn.round + k
        title = f"{plan.id}: {rate:g} requests/s"
        probe = measure_probe(subject, rate, seed, compare.probe_duration_s, spec.slo, folder, name, screen, title)
        probes.append(probe)
        word = {True: "kept", False: f"not kept, {probe.why}", None: f"invalid, {probe.why}"}[probe.kept]
        _tell(screen, f"{title}: {word}")
        if not lengths.outputs and (seen := lengths_of(folder, [probe])).outputs:
            lengths = seen  # the first answers say how long answers are; until then each counted as long as it may be
            now = _predicted(subject, plan, steps, lengths)
    return turn.model_copy(update={"batches": batches, "steps": steps, "probes": probes, "predicted": first if steps else None})


def _answered(turn: Turn, answer: Answer, plan: CellPlan, reached: Reached, screen: Screen) -> Turn:
    try:
        answer(plan, reached)
    except InvalidMeasurement as error:
        _tell(screen, str(error))
        return turn.model_copy(update={"notes": [f"Round {turn.round}: {error}"]})
    return turn


def _predicted(subject: Subject, plan: CellPlan, steps: Steps | None, lengths: Lengths) -> float:
    """Capacity of the cell by the simulator; today's rate where no step time is known."""
    if steps is None:
        return plan.spec.load.rate
    known = [item.prompt_tokens for item in subject.plan.prompts if item.prompt_tokens]
    prompts = lengths.prompts or known or [plan.spec.compare.context_tokens or 1]
    outputs = lengths.outputs or [item.max_tokens or subject.plan.max_tokens for item in subject.plan.prompts]
    return predicted_capacity(curve(steps), plan.spec, prompts, outputs).rate


def _alone(runs: Sequence[BatchRun], today: float) -> float:
    """Requests per second that come one after another, each when the one before has its answer."""
    known = [run.e2e.mean for run in runs if run.e2e and run.batch == min(r.batch for r in runs)]
    return 1 / float(np.mean(known)) if known else today


def _same_model(turn: Turn, before: list[Turn]) -> None:
    for old in before:
        if old.identity and old.identity != turn.identity:
            raise InputError(
                f"The model of {turn.cell} is not the one of the rounds before: it was {old.identity}, and is {turn.identity}. "
                "Begin a new comparison."
            )


def _tell(screen: Screen, line: str | list) -> None:
    if line:
        screen.console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
        screen.log(f"  {line}")
