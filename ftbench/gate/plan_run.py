"""`ftbench plan`: from a spec or a finished run to plan.json, plan.html and plan.md."""

import sys
from datetime import date
from pathlib import Path

from ftbench.cost.plan_file import PlanFile
from ftbench.errors import Exit, InputError
from ftbench.gate.plan_inputs import Inputs, is_run, read_inputs
from ftbench.gate.plan_make import make_plan, refuse_unplannable
from ftbench.gate.plan_verdict import EXIT
from ftbench.progress import Screen, output
from ftbench.report.plan_terminal import plan_lines
from ftbench.report.plan_write import plan_json, write_plan_files

REPORTS = Path("reports")


def run_plan(
    what: Path,
    *,
    out: Path | None = None,
    spec: Path | None = None,
    capacity: Path | None = None,
    hardware: str | None = None,
    scales: str | None = None,
    variant: str | None = None,
    verify: str | None = None,
    resume: str | None = None,
    strict: bool = False,
    json: bool = False,
    searches: int = 3,
    duration_s: float | None = None,
) -> Exit:
    """Plan from a run, or measure a spec and plan from that; leave the files and print what was found.

    Args:
        what: a run's folder or main file, or a spec.
        out: of a run, where the plan's files go, by default into its folder; of a spec, where the folder of the measurement is made.
        spec: the contract of a run that has none of its own, or another one for it.
        capacity: folder of a `ftbench capacity` that sizes the fleet.
        scales, verify: numbers as text, such as "1,3,10"; of `verify` also "all".
        resume: go on with the measurement in that folder of `reports`.
        json: standard output is plan.json, and nothing else.
        searches, duration_s: of the measurement that a spec takes.
    Raises:
        InputError: wrong arguments, files or prices. InvalidMeasurement: nothing could be measured.
    """
    multiples = numbers(scales, "--scales") if scales is not None else None
    screen = Screen()
    if is_run(what):
        _refuse_for_run(what, variant, resume, searches != 3 or duration_s is not None)
        inputs = read_inputs(what, spec=spec, capacity=capacity, hardware=hardware, scales=multiples)
        folder = out or inputs.folder
    else:
        inputs = _measured(what, out or REPORTS, spec, capacity, hardware, multiples, variant, resume, searches, duration_s, screen)
        folder = inputs.folder
    plan = make_plan(inputs, today=date.today(), strict=strict)
    write_plan_files(plan, folder)
    if verify is not None:
        plan = _verified(inputs, plan, _which(verify, plan), folder, screen, strict)
        write_plan_files(plan, folder)
    if json:
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
        raise InputError(
            f"--verify {strange[0]:g}: the plan has no such scale, only {', '.join(f'{scale:g}' for scale in mine)}. Add it with --scales."
        )
    return asked


def _verified(inputs: Inputs, plan: PlanFile, scales: list[float], folder: Path, screen: Screen, strict: bool) -> PlanFile:
    from ftbench.gate.plan_verify import verify

    done = verify(inputs, plan, scales, folder, screen)
    again = make_plan(inputs, today=date.today(), strict=strict, verified=done.seen)
    return again.model_copy(update={"notes": [*done.lacking, *again.notes]})


def _refuse_for_run(what: Path, variant: str | None, resume: str | None, measuring: bool) -> None:
    given = {"--variant": variant is not None, "--resume": resume is not None, "--searches or --duration": measuring}
    if wrong := next((name for name, there in given.items() if there), None):
        raise InputError(f"{wrong} belongs to a measurement, and {what} is one that was made. Name a spec, or take {wrong} out.")


def _measured(
    what: Path,
    reports: Path,
    spec: Path | None,
    capacity: Path | None,
    hardware: str | None,
    scales: list[float] | None,
    variant: str | None,
    resume: str | None,
    searches: int,
    duration_s: float | None,
    screen: Screen,
) -> Inputs:
    """The inputs of a spec, after everything that it takes was measured."""
    from ftbench.gate.plan_measure import measure
    from ftbench.models.variants import with_variant
    from ftbench.spec import read_spec

    if spec is not None:
        raise InputError(f"{what} is a spec already, and --spec names a second one. --spec belongs to a run: ftbench plan RUN --spec SPEC.")
    found = with_variant(read_spec(what), variant)
    if scales is not None:
        found = found.but(load=found.load.model_copy(update={"scales": scales}))
    refuse_unplannable(found)
    folder = measure(found, reports, screen, resume=resume, searches=searches, duration_s=duration_s, search=capacity is None)
    return read_inputs(folder, capacity=capacity, hardware=hardware)
