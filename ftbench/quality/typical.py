"""The user's ordinary inputs, read from whichever of their JSONL files holds some."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ftbench.errors import InputError
from ftbench.quality.formats import strict_json


def typical_inputs(path: Path) -> list[str]:
    """What users say in each line of a JSONL file: its `prompt`, or the user's words in `messages` or `turns`. Other keys are left alone.

    Raises:
        InputError: the file cannot be read, a line is no JSON object with one of the three, or no line says anything.
    """
    try:
        lines = path.read_bytes().decode("utf-8-sig").split("\n")  # not splitlines: U+2028 inside a string is no end of line
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}, a file of ordinary inputs, cannot be read as UTF-8 text: {error}.") from None
    said = [_said(f"{path.name}, line {number}", line) for number, line in enumerate(lines, 1) if line.strip()]
    if found := [text for text in said if text.strip()]:
        return found
    raise InputError(f'{path} holds no ordinary input. Write lines like {{"prompt": "Where is my parcel?"}}.')


def _said(where: str, line: str) -> str:
    try:
        data = strict_json(line)
    except ValueError as error:
        raise InputError(f"{where}: this is not JSON: {error}. Every line must be one JSON object.") from None
    if isinstance(data, Mapping):
        if isinstance(data.get("prompt"), str):
            return data["prompt"]
        for key in ("messages", "turns"):
            if isinstance(data.get(key), list):
                return "\n".join(filter(None, map(_turn, data[key])))
    raise InputError(f"{where}: there is no `prompt`, `messages` or `turns` to take the input from.")


def _turn(turn: Any) -> str:
    if isinstance(turn, str):
        return turn
    content = turn.get("content") if isinstance(turn, Mapping) and turn.get("role", "user") == "user" else None
    return content if isinstance(content, str) else ""
