"""`ftbench plan`: from a spec or a finished run to plan.json, plan.html and plan.md."""

import sys
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import NamedTuple

from ftbench.cost.plan_file import PlanFile
from ftbench.errors import Exit, InputError
from ftbench.gate.plan_cluster import Up, one_cluster
from ftbench.gate.plan_inputs import Inputs, is_run, read_inputs
from ftbench.gate.plan_make import make_plan, refuse_unplannable
from ftbench.gate.plan_verdict import EXIT
from ftbench.progress import Screen, output
from ftbench.report.plan_terminal import plan_lines
from ftbench.report.plan_write import plan_json, write_plan_files
from ftbench.spec import Spec

REPORTS = Path("reports")


class Asked(NamedTuple):
    """The options of a plan.

    `out`: of a run, where the plan's files go, by default into its folder; of a spec, where the folder of the measurement is made.
    `spec`: the contract of a run that has none of its own, or another one for it. `capacity`: folder of a search that sizes the fleet.
    `scales`, `verify`: numbers as text, such as "1,3,10"; of `verify` also "all". `json`: standard output is plan.json, and nothing else.
    """

    out: Path | None = None
    spec: Path | None = None
    capacity: Path | None = None
    hardware: str | None = None
    scales: str | None = None
    verify: str | None = None
    strict: bool = False
    json: bool = False


class Measuring(NamedTuple):
    """The options of the measurement that a spec takes. `resume`: the id of a folder to go on with; `duration_s` of a search's run.

    `ray_address`: the cluster that is measured, and verified on, in place of the spec's.
    """

    variant: str | None = None
    resume: str | None = None
    searches: int = 3
    duration_s: float | None = None
    ray_address: str | None = None


def run_plan(what: Path, asked: Asked = Asked(), measuring: Measuring = Measuring()) -> Exit:
    """Plan from a run, or measure a spec and plan from that; leave the files and print what was found.

    Args:
        what: a run's folder or main file, or a spec.
    Raises:
        InputError: wrong arguments, files or prices. InvalidMeasurement: nothing could be measured.
    """
    scales = numbers(asked.scales, "--scales") if asked.scales is not None else None
    screen = Screen()
    with ExitStack() as stack:
        if is_run(what):
            _refuse_for_run(what, measuring)
            up = one_cluster(stack, screen) if asked.verify is not None else None
            inputs = read_inputs(what, spec=asked.spec, capacity=asked.capacity, hardware=asked.hardware, scales=scales)
            folder = asked.out or inputs.folder
        else:
            up = one_cluster(stack, screen)
            inputs = _measured(what, asked, measuring, scales, screen, up)
            folder = inputs.folder
        plan = make_plan(inputs, folder, today=date.today(), strict=asked.strict)
        chosen = _which(asked.verify, plan) if asked.verify is not None else None
        write_plan_files(plan, folder)
        if chosen is not None:
            plan = _verified(inputs, plan, chosen, folder, asked, measuring, screen, up)
            write_plan_files(plan, folder)
    if asked.json:
        sys.stdout.write(plan_json(plan))
    else:
        output().print(plan_lines(plan, folder))
    return EXIT[plan.verdict]


def numbers(text: str, option: str) -> list[float]:
    """ "1,3,10" as numbers above 0, each once.

    Raises:
        InputError: otherwise.
    """
    try:
        found = [float(part.strip().removesuffix("x")) for part in text.split(",") if part.strip()]
    except ValueError:
        found = []
    if not found:
        raise InputError(f"{option} {text!r} is no list of numbers. Write multiples of today's traffic, such as {option} 1,3,10.")
    wrong = next((n for n in found if not 0 < n < float("inf")), None)
    if wrong is not None:
        raise InputError(f"{option}: scale {wrong:g} is no multiple of today's traffic. Give numbers above 0, such as {option} 1,3,10.")
    return list(dict.fromkeys(found))


def _which(text: str, plan: PlanFile) -> list[float]:
    """The scales to verify: "all", or some of the plan's.

    Raises:
        InputError: one is not of the plan.
    """
    mine = [at.scale for at in plan.scales]
    if text.strip() == "all":
        return mine
    asked = numbers(text, "--verify")
    if strange := [scale for scale in asked if scale not in mine]:
        known = ", ".join(f"{scale:g}" for scale in mine)
        raise InputError(f"--verify {strange[0]:g}: the plan has no such scale, only {known}. Add it with --scales.")
    return asked


def _verified(
    inputs: Inputs, plan: PlanFile, scales: list[float], folder: Path, asked: Asked, measuring: Measuring, screen: Screen, up: Up
) -> PlanFile:
    from ftbench.gate.plan_verify import verify

    lacking = verify(_on_cluster(inputs.spec, measuring.ray_address), plan, scales, folder, screen, up)
    again = make_plan(inputs, folder, today=date.today(), strict=asked.strict)
    return again.model_copy(update={"notes": [*lacking, *again.notes]})


def _refuse_for_run(what: Path, measuring: Measuring) -> None:
    default = Measuring(ray_address=measuring.ray_address)  # which a run's verification takes, too
    names = {"variant": "--variant", "resume": "--resume", "searches": "--searches", "duration_s": "--duration"}
    if wrong := next((option for name, option in names.items() if getattr(measuring, name) != getattr(default, name)), None):
        raise InputError(f"{wrong} belongs to a measurement, and {what} is one that was made. Name a spec, or take {wrong} out.")


def _refuse_folder_of_runs(what: Path) -> None:
    """
    Raises:
        InputError: `what` holds runs, and is neither one of them nor a spec; with the last of them.
    """
    if what.is_dir() and not (what / "spec.yaml").exists() and (runs := sorted(path for path in what.iterdir() if is_run(path))):
        raise InputError(f"{what} holds runs. Name one of them, such as {max(runs, key=lambda run: run.stat().st_mtime)}.")


def _measured(what: Path, asked: Asked, measuring: Measuring, scales: list[float] | None, screen: Screen, up: Up) -> Inputs:
    """The inputs of a spec, after everything that it takes was measured."""
    from ftbench.gate.plan_measure import measure
    from ftbench.models.variants import with_variant
    from ftbench.spec import read_spec

    _refuse_folder_of_runs(what)
    if asked.spec is not None:
        raise InputError(f"{what} is a spec already, and --spec names a second one. --spec belongs to a run: ftbench plan RUN --spec SPEC.")
    spec = _on_cluster(with_variant(read_spec(what), measuring.variant), measuring.ray_address)
    if scales is not None:
        spec = spec.but(load=spec.load.model_copy(update={"scales": scales}))
    refuse_unplannable(spec)
    folder = measure(
        spec,
        asked.out or REPORTS,
        screen,
        up,
        resume=measuring.resume,
        searches=measuring.searches,
        duration_s=measuring.duration_s,
        search=asked.capacity is None and spec.cost.capacity is None,
    )
    return read_inputs(folder, capacity=asked.capacity, hardware=asked.hardware)


def _on_cluster(spec: Spec, ray_address: str | None) -> Spec:
    """`spec` served by another Ray cluster; unchanged for None."""
    return spec if ray_address is None else spec.but(serving=spec.serving.model_copy(update={"ray_address": ray_address}))
