"""`ftbench compare`: which spec is meant, what is printed at the end, and the exit code."""

import sys
from pathlib import Path

from ftbench.compare.prepare import spec_of, with_options
from ftbench.errors import Exit, InputError
from ftbench.progress import output
from ftbench.spec import Spec, read_spec


def compare_command(
    path: Path | None,
    out: Path,
    *,
    demo: bool = False,
    resume: str | None = None,
    json: bool = False,
    variants: str | None = None,
    hardware: str | None = None,
    rounds: int | None = None,
) -> Exit:
    """Run or go on with a comparison and print what was found.

    Raises:
        InputError: no spec is meant, two are, or what it says is wrong.
        InvalidMeasurement: nothing valid was measured.
    """
    spec = with_options(_spec(path, out, demo, resume), variants, hardware, rounds)
    from ftbench.compare.run import EXIT, run_compare

    found, folder = run_compare(spec, out, resume=resume)
    if json:
        sys.stdout.write(found.model_dump_json(by_alias=True) + "\n")
    else:
        from ftbench.report.compare import compare_lines

        output().print(compare_lines(found, folder))
    return EXIT[found.recommendation.outcome]


def _spec(path: Path | None, out: Path, demo: bool, resume: str | None) -> Spec:
    if path is not None and demo:
        raise InputError("--demo is a spec of its own. Leave it out, or leave SPEC out.")
    if path is not None:
        return read_spec(path)
    if resume is not None:
        return spec_of(out, resume)
    if demo:
        from ftbench.demo.files import demo_spec

        return read_spec(demo_spec())
    raise InputError(
        "Name a spec with a section `compare`, or try --demo, or go on with a run: --resume RUN_ID. `ftbench init` writes a spec."
    )
