"""One comparison from spec to report: every cell in turns, its answers, its cost, and what to take."""

import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import ftbench
from ftbench.compare.cells import CellPlan, here, reference_of
from ftbench.compare.file import Calibration, Cell, CompareFile
from ftbench.compare.likelihood import likelihoods
from ftbench.compare.measured import measured_cell
from ftbench.compare.model_cells import calibrations, modelled
from ftbench.compare.place import placed
from ftbench.compare.prepare import Prepared, prepare, refuse_another_matrix
from ftbench.compare.priced import capacity_runs, modelled_run, priced
from ftbench.compare.quality import answer, answered, qualities
from ftbench.compare.recommend import judged
from ftbench.compare.speed import speed_differences
from ftbench.compare.turn import Lengths, lengths_of, order, take_turn
from ftbench.compare.turn_file import Turn, read_turn, turn_folder
from ftbench.cost.profiles import price_notes
from ftbench.errors import Exit, InputError, InvalidMeasurement
from ftbench.gate.environment import environment
from ftbench.gate.reach import Reached
from ftbench.gate.run_folder import RunFolder, new_folder, resume_folder
from ftbench.metrics.summary import LoadSummary
from ftbench.processes import no_survivors
from ftbench.progress import Screen
from ftbench.report import human
from ftbench.report.compare import write_compare
from ftbench.serving.cluster import cluster
from ftbench.spec import Spec

EXIT = {"one": Exit.PASSED, "tied": Exit.PASSED, "none": Exit.FAILED, "unknown": Exit.NEEDS_REVIEW}


class Run(NamedTuple):
    """What is the same from the first turn to the last."""

    prepared: Prepared
    plans: list[CellPlan]
    folder: RunFolder
    started: str
    environment: dict[str, Any]

    @property
    def spec(self) -> Spec:
        return self.prepared.ready.spec

    @property
    def quality(self) -> Path:
        return self.folder.path / "quality"

    @property
    def at_hand(self) -> list[CellPlan]:
        """The cells that are measured."""
        return [plan for plan in self.plans if plan.place is not None and not plan.why_not]


def run_compare(spec: Spec, reports: Path, *, resume: str | None = None) -> tuple[CompareFile, Path]:
    """Run the whole comparison and return its file and its folder.

    Raises:
        InputError: the input is wrong; nothing was started.
        InvalidMeasurement: no cell could be measured.
        KeyboardInterrupt: after everything that was started is gone; `resume` goes on from the folder.
    """
    screen = Screen()
    prepared = prepare(spec, screen)
    spec = prepared.ready.spec
    if spec.serving.ray_address is None:
        _some_at_hand(placed(prepared.plans, here(), None))
    if resume:
        refuse_another_matrix(reports, resume, spec)
    folder = resume_folder(reports, resume, spec) if resume else new_folder(reports, spec, "compare")
    with folder.logging() as log:
        screen = Screen(log)
        _say(screen, f"Comparison {folder.id}")
        try:
            found = _run(prepared, folder, screen)
        except KeyboardInterrupt:
            _say(screen, f"Interrupted. Go on with: ftbench compare --resume {folder.id}")
            raise
    if not any(cell.basis == "measured" and cell.capacity and cell.capacity.rate.value for cell in found.cells) and not any(
        point.step.value for cell in found.cells if cell.basis == "measured" for point in cell.batches
    ):
        raise InvalidMeasurement(f"No cell could be measured. {_first_reason(found)} Report: {folder.path}")
    return found, folder.path


def _run(prepared: Prepared, folder: RunFolder, screen: Screen) -> CompareFile:
    spec = prepared.ready.spec
    before = folder.read_json(folder.path / "compare.json")
    started = before.get("started_at") or datetime.now(UTC).isoformat(timespec="seconds")
    where = environment(spec.folder)
    with no_survivors():
        with screen.step("Starting Ray"):
            up = cluster(spec.serving.ray_address)
            up.__enter__()
        try:
            plans = placed(prepared.plans, here(), *_cluster(spec))
            _some_at_hand(plans)
            where["places"] = {plan.id: plan.place.note if plan.place else None for plan in plans}
            run = Run(prepared, plans, folder, started, where)
            folder.write_json(folder.environment, where)
            for plan in plans:
                if plan.why_not:
                    _say(screen, f"{plan.id} is left out: {plan.why_not}")
            turns = _turns(run, screen)
        finally:
            up.__exit__(None, None, None)
        doubts = _likelihoods(run, screen) if spec.compare.likelihood else []
        with screen.step("Modelling the other hardware"):
            found = judged(_file(run, turns, finished=True, notes=doubts))
    write_compare(found, folder.path)
    return found


def _likelihoods(run: Run, screen: Screen) -> list[str]:
    """Compare next-token distributions; what went wrong is told in the report, where everything else is already measured."""
    compare = run.spec.compare
    places = {plan.variant: plan.place.node_resource for plan in reversed(run.at_hand)}
    try:
        likelihoods(run.prepared.ready, list(places), reference_of(compare), run.quality, screen, places=places)
    except InvalidMeasurement as error:
        return [f"Next-token distributions were not compared: {error}"]
    return []


def _turns(run: Run, screen: Screen) -> list[Turn]:
    """Every turn that is not there yet, in their order; compare.json is written after each."""
    wanted = order(run.at_hand, run.spec.compare.rounds)
    done = {(plan.id, number): read_turn(turn_folder(run.folder.path, plan.folder, number)) for plan, number in wanted}
    took: list[float] = []
    write_compare(_file(run, [turn for turn in done.values() if turn], finished=False), run.folder.path)
    for k, (plan, number) in enumerate(wanted):
        if done[plan.id, number] is not None:
            continue
        left = [pair for pair in wanted[k:] if done[pair[0].id, pair[1]] is None]
        eta = f", about {human.duration(len(left) * sum(took) / len(took))} left" if took else ""
        _say(screen, f"Turn {k + 1} of {len(wanted)}: {plan.id}, round {number}{eta}")
        began = time.monotonic()
        earlier = [turn for turn in done.values() if turn and turn.cell == plan.id and turn.round < number]
        lengths = run_lengths(run, [turn for turn in done.values() if turn])
        turn = take_turn(run.prepared.ready, plan, number, earlier, lengths, run.folder.path, screen, _answers(run, screen))
        took.append(time.monotonic() - began)
        done[plan.id, number] = turn
        if turn.failed:
            _say(screen, f"{plan.id}, round {number}: {turn.failed}")
        write_compare(_file(run, [turn for turn in done.values() if turn], finished=False), run.folder.path)
    return [turn for turn in done.values() if turn]


def _answers(run: Run, screen: Screen):
    """Each variant answers the test cases once, on the first of its cells that is measured."""

    def ask(plan: CellPlan, reached: Reached) -> None:
        ready = run.prepared.ready._replace(spec=plan.spec)
        folder = run.quality / plan.variant
        if not answered(ready, folder):
            answer(ready, reached, plan.variant, folder, screen, where=plan.place.note)

    return ask


def run_lengths(run: Run, turns: list[Turn]) -> Lengths:
    """Of the reference variant's answers, else of whatever was answered: a broken variant may never stop talking."""
    reference = reference_of(run.spec.compare)
    ours = {plan.id for plan in run.at_hand if plan.variant == reference}
    chosen = [turn for turn in turns if turn.cell in ours and any(p.kept is not None for p in turn.probes)] or turns
    folders = {plan.id: plan.folder for plan in run.at_hand}
    both = [
        lengths_of(turn_folder(run.folder.path, folders[turn.cell], turn.round), turn.probes)
        for turn in chosen
        if turn.cell in folders and not turn.failed
    ]
    return Lengths(*(tuple(value for found in both for value in found[k]) for k in range(2)))


def _file(run: Run, turns: list[Turn], *, finished: bool, notes: list[str] | None = None) -> CompareFile:
    """compare.json as far as it can be written; hardware that is not at hand is modelled at the end, when all is known."""
    spec, compare = run.spec, run.spec.compare
    cells, calibration = _cells(run, turns, finished)
    reference = reference_of(compare)
    measured = [plan.id for plan in run.at_hand]
    facts = next((turn.facts for turn in turns if turn.facts), {})
    return CompareFile(
        run_id=run.folder.id,
        name=spec.name,
        state="finished" if finished else "running",
        model={
            "path": spec.model.path,
            "name": spec.model.name,
            "adapter": spec.model.adapter,
            "fingerprints": {plan.variant: turn.facts.get("fingerprint") for plan in run.at_hand for turn in turns if turn.cell == plan.id},
            "engine": facts.get("engine"),
        },
        reference=reference,
        scales=list(spec.load.scales),
        slo=spec.slo.model_dump(exclude={"attainment"}, exclude_none=True),
        attainment=spec.slo.attainment,
        currency=spec.cost.currency,
        rounds=compare.rounds,
        cells=cells,
        quality=qualities(run.prepared.ready, compare.variants, reference, run.quality),
        speed_differences=speed_differences(measured, [t for t in turns if not t.failed], compare.batches),
        calibration=calibration,
        notes=[*_notes(run), *(notes or [])],
        environment=run.environment,
        started_at=run.started,
        finished_at=datetime.now(UTC).isoformat(timespec="seconds") if finished else None,
        ftbench_version=ftbench.__version__,
    )


def _cells(run: Run, turns: list[Turn], finished: bool) -> tuple[list[Cell], list[Calibration]]:
    """All cells in the order of the matrix."""
    spec, shape, today = run.spec, run.prepared.shape, date.today()
    measured: dict[str, Cell] = {}
    like: LoadSummary | None = None
    for plan in run.at_hand:
        cell = measured_cell(plan, turns, shape)
        runs = capacity_runs(plan, cell, turns, run.folder.path)
        like = like or next(iter(runs), None)
        measured[plan.id] = priced(plan, cell, runs, today)
    pairs = [(plan, measured[plan.id]) for plan in run.at_hand]
    lengths = run_lengths(run, turns)
    cells = []
    for plan in run.plans:
        if plan.id in measured:
            cells.append(measured[plan.id])
        elif plan.why_not:
            cells.append(_left_out(plan))
        elif finished:
            cell = modelled(plan, pairs, spec, shape, lengths)
            cells.append(priced(plan, cell, modelled_run(plan, cell, lengths, like), today))
    return cells, calibrations(pairs, spec, shape, lengths.prompts) if finished else []


def _left_out(plan: CellPlan) -> Cell:
    return Cell(
        id=plan.id,
        variant=plan.variant,
        hardware=plan.profile.id,
        hardware_name=plan.profile.name,
        replicas=plan.replicas,
        basis="modelled",
        basis_note="Not run, and not modelled: it cannot run there.",
        compute_dtype=plan.dtype,
        memory=plan.memory(),
        meets_contract=False,
        why_not=[plan.why_not],
    )


def _notes(run: Run) -> list[str]:
    profiles = {plan.profile.id: plan.profile for plan in run.plans}.values()
    compare = run.spec.compare
    return [
        f"Rounds: {compare.rounds}, forwards and backwards through the measured cells in turns, so that a drift of the machine does not "
        "choose the winner.",
        f"Step times are of answers of {compare.output_tokens} forced tokens; capacity, latency and cost of the spec's own traffic.",
        "engine=transformers: what this engine does on the hardware, not the hardware's limit.",
        *(note for profile in profiles for note in price_notes(profile, date.today())),
    ]


def _cluster(spec: Spec) -> tuple[dict[str, float] | None, str | None]:
    """(resources of the user's cluster, Ray's resource of this node); (None, None) where the cluster is only ours."""
    if spec.serving.ray_address is None:
        return None, None
    import ray

    own = f"node:{ray.util.get_node_ip_address()}"
    there = ray.cluster_resources()
    return there, own if own in there else None


def _some_at_hand(plans: list[CellPlan]) -> None:
    """
    Raises:
        InputError: there is nothing to measure, so nothing to model from.
    """
    if not any(plan.place is not None and not plan.why_not for plan in plans):
        names = ", ".join(dict.fromkeys(plan.profile.id for plan in plans))
        raise InputError(
            f"None of the compared hardware ({names}) is at hand, and what is modelled is modelled from what was measured. Add `local` to "
            "compare.hardware, run where such a device is, or start the cluster's nodes with --resources '{\"hardware:ID\": 1}'."
        )


def _first_reason(found: CompareFile) -> str:
    reasons = [note for cell in found.cells if cell.basis == "measured" for note in cell.notes if "did not come up" in note]
    reasons += [point.step.note for cell in found.cells if cell.basis == "measured" for point in cell.batches if point.step.note]
    return f"The first reason: {reasons[0].rstrip('.')}." if reasons else ""


def _say(screen: Screen, line: str) -> None:
    screen.console.print(line, markup=False, highlight=False, soft_wrap=True)
    screen.log(line)
