"""A result of a job (a plan, a comparison) as one JSON file with its renderings beside it, and back."""

import json
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from ftbench.errors import InputError, InvalidMeasurement
from ftbench.report.write import replace

Result = TypeVar("Result", bound=BaseModel)


class Kind(NamedTuple):
    """What a result is called: `file` its name, `noun` for people, `command` what writes it, `again` the way out if it cannot be read."""

    file: str
    schema: str
    noun: str
    command: str
    again: str


def to_json(result: BaseModel, kind: Kind) -> str:
    """The text of its JSON file.

    Raises:
        InvalidMeasurement: a number in it is NaN or infinite, so that it could be written but never read again.
    """
    try:
        data = json.dumps(result.model_dump(mode="python", by_alias=True), ensure_ascii=False, allow_nan=False, indent=1, default=str)
    except ValueError as error:
        raise InvalidMeasurement(f"The {kind.noun} holds a number that cannot be stored: {error}.") from None
    return data.encode("utf-8", "replace").decode() + "\n"  # half of a surrogate pair is no text that could be stored


def write_texts(texts: dict[str, str], folder: Path) -> list[Path]:
    """Each text under its name in `folder` (made if missing), whole or not at all.

    Raises:
        InputError: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [replace(folder / name, text) for name, text in texts.items()]
    except OSError as error:
        raise InputError(f"{folder} cannot be written to: {error.strerror}. Choose another folder with --out.") from None


def read_result(path: Path, model: type[Result], kind: Kind) -> Result:
    """The result in a folder, or in its JSON file itself.

    Raises:
        InputError: there is none, or it is not one of this version.
    """
    file = path / kind.file if path.is_dir() else path
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read: {error}. It is what `{kind.command}` writes.") from None
    if not isinstance(data, dict) or data.get("schema") != kind.schema:
        raise InputError(f"{file} is not a {kind.noun} of this version of ftbench. {kind.again}.")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"{file} is not a whole {kind.noun}: {where}: {first['msg']}. {kind.again.partition(':')[0]}.") from None
