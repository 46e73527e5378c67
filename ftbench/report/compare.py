"""A comparison into its three files and back."""

import json
from pathlib import Path

from pydantic import ValidationError

from ftbench.compare.file import SCHEMA, CompareFile
from ftbench.errors import InputError, InvalidMeasurement
from ftbench.report.compare_html import render_compare_html
from ftbench.report.compare_markdown import render_compare_markdown
from ftbench.report.compare_terminal import compare_lines
from ftbench.report.write import replace

__all__ = ["compare_lines", "read_compare", "render_compare", "write_compare"]


def render_compare(file: CompareFile) -> dict[str, str]:
    """Text by file name: compare.json, compare.html, compare.md.

    Raises:
        InvalidMeasurement: a number in it is NaN or infinite, so that it could be written but never read again.
    """
    try:
        data = json.dumps(file.model_dump(mode="python", by_alias=True), ensure_ascii=False, allow_nan=False, indent=1, default=str)
    except ValueError as error:
        raise InvalidMeasurement(f"The comparison holds a number that cannot be stored: {error}.") from None
    data = data.encode("utf-8", "replace").decode()  # half of a surrogate pair is no text that could be stored
    return {"compare.json": data + "\n", "compare.html": render_compare_html(file), "compare.md": render_compare_markdown(file)}


def write_compare(file: CompareFile, folder: Path) -> list[Path]:
    """Write all three into `folder` (made if missing); everything is rendered before the first file changes.

    Raises:
        InvalidMeasurement: as `render_compare`.
        InputError: the folder cannot be written to.
    """
    texts = render_compare(file)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [replace(folder / name, text) for name, text in texts.items()]
    except OSError as error:
        raise InputError(f"{folder} cannot be written to: {error.strerror}. Choose another folder with --out.") from None


def read_compare(path: Path) -> CompareFile:
    """The comparison in a folder, or in a compare.json itself.

    Raises:
        InputError: there is none, or it is not one of this version.
    """
    file = path / "compare.json" if path.is_dir() else path
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read: {error}. It is what `ftbench compare` writes.") from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise InputError(f"{file} is not a comparison of this version of ftbench. Compare again: ftbench compare SPEC.")
    try:
        return CompareFile.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"{file} is not a whole comparison: {'.'.join(map(str, first['loc']))}: {first['msg']}. Compare again.") from None
