"""What a user typed in the files that a model was trained on."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ftbench.errors import InputError
from ftbench.quality.formats import strict_json

FORMS = '{"messages": [...]}, {"prompt": ..., "completion": ...} or {"text": ...}'


class TrainingText(NamedTuple):
    """A user's turn and where it stands."""

    file: str
    line: int
    text: str


def training_texts(path: Path) -> list[TrainingText]:
    """Every user turn of a JSONL file: chat (`messages`), `prompt` (a text or a chat), or the whole of `text`.

    Raises:
        InputError: the file is missing or no UTF-8; a line that is no JSON object of one of these forms; no line at all.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist. It is a file that `training` in the spec names.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}, which `training` in the spec names, cannot be read as UTF-8 text: {error}.") from None
    found = [
        TrainingText(path.name, number, text)
        for number, line in enumerate(lines, 1)
        if line.strip()
        for text in _texts(f"{path.name}, line {number}", line)
    ]
    if not found:
        raise InputError(f"{path}, which `training` in the spec names, holds no example. Name the file that the model was trained on.")
    return found


def _texts(where: str, line: str) -> Iterator[str]:
    try:
        data = strict_json(line)
    except ValueError as error:
        raise InputError(f"{where}: this is not JSON: {error}. Training data must be JSONL: {FORMS}.") from None
    data = data if isinstance(data, Mapping) else {}
    form = next((name for name in ("messages", "prompt", "text") if name in data), None)
    if form is None:
        raise InputError(f"{where}: this is no training example that can be compared with test cases. Known forms: {FORMS}.")
    if isinstance(data[form], str) and form != "messages":
        yield data[form]
    elif isinstance(data[form], list) and form != "text":
        for turn in data[form]:
            if not isinstance(turn, Mapping) or not isinstance(turn.get("role"), str):
                raise InputError(f'{where}: a message needs the form {{"role": ..., "content": ...}}.')
            if turn["role"] == "user":
                yield content_text(turn.get("content"), where)
    else:
        raise InputError(f"{where}: `{form}` is {type(data[form]).__name__}. Known forms: {FORMS}.")


def content_text(content: Any, where: str) -> str:
    """The text of a message's `content`, which may be a list of parts as well.

    Raises:
        InputError: a content that holds anything but text.
    """
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [None]
    texts = [part.get("text") if isinstance(part, Mapping) else None for part in parts]
    if not all(isinstance(text, str) for text in texts):
        raise InputError(f"{where}: the content of a message is not text. Only text can be compared and sent.")
    return "\n".join(texts)
