"""A comparison into its three files and back."""

from pathlib import Path

from ftbench.compare.file import SCHEMA, CompareFile
from ftbench.report.compare_html import render_compare_html
from ftbench.report.compare_markdown import render_compare_markdown
from ftbench.report.compare_terminal import compare_lines
from ftbench.report.result_file import Kind, read_result, to_json, write_texts

__all__ = ["compare_lines", "read_compare", "render_compare", "write_compare"]

KIND = Kind("compare.json", SCHEMA, "comparison", "ftbench compare", "Compare again: ftbench compare SPEC")


def render_compare(file: CompareFile) -> dict[str, str]:
    """Text by file name: compare.json, compare.html, compare.md.

    Raises:
        InvalidMeasurement: a number in it is NaN or infinite.
    """
    return {KIND.file: to_json(file, KIND), "compare.html": render_compare_html(file), "compare.md": render_compare_markdown(file)}


def write_compare(file: CompareFile, folder: Path) -> list[Path]:
    """Write all three into `folder` (made if missing); everything is rendered before the first file changes.

    Raises:
        InvalidMeasurement: as `render_compare`.
        InputError: the folder cannot be written to.
    """
    return write_texts(render_compare(file), folder)


def read_compare(path: Path) -> CompareFile:
    """The comparison in a folder, or in a compare.json itself.

    Raises:
        InputError: there is none, or it is not one of this version.
    """
    return read_result(path, CompareFile, KIND)
