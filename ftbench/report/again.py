"""Whatever a run left (a gate's report, a comparison, a plan) rendered again from its file, without running anything."""

from collections.abc import Callable
from pathlib import Path

from rich.console import Group, RenderableType

from ftbench.errors import InputError
from ftbench.report.compare import compare_lines, read_compare, write_compare
from ftbench.report.plan_terminal import plan_lines
from ftbench.report.plan_write import read_plan_file, write_plan_files
from ftbench.report.terminal import summary_lines
from ftbench.report.write import read_report, write_report


def render_again(run: Path) -> Group:
    """Read `run` (a run folder, or one of its files), write its pages anew, and return what the run printed at its end.

    A folder that holds several of them (a gate that was planned from) has all of them rendered.

    Raises:
        InputError: none is there, or one is not of this version.
    """
    folder = run if run.is_dir() else run.parent
    found = [name for name in _KINDS if (folder / name).exists()] if run.is_dir() else [run.name]
    if not found:
        raise InputError(f"{run} holds none of {', '.join(_KINDS)}. Name a run folder, or such a file itself.")
    return Group(*[_KINDS.get(name, _gate)(run if not run.is_dir() else folder / name, folder) for name in found])


def _gate(file: Path, folder: Path) -> RenderableType:
    found = read_report(file)
    write_report(found, folder)
    return summary_lines(found, folder)


def _comparison(file: Path, folder: Path) -> RenderableType:
    found = read_compare(file)
    write_compare(found, folder)
    return compare_lines(found, folder)


def _plan(file: Path, folder: Path) -> RenderableType:
    found = read_plan_file(file)
    write_plan_files(found, folder)
    return plan_lines(found, folder)


_KINDS: dict[str, Callable[[Path, Path], RenderableType]] = {"report.json": _gate, "compare.json": _comparison, "plan.json": _plan}
