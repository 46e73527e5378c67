"""A value of a table as the type that a field of a case has."""

import json
import math
from collections.abc import Mapping
from typing import Any

from ftbench.errors import InputError

_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")
_JSON = ("messages", "expected")
_LISTS = ("tags", "forbidden")


def value(field: str, raw: Any, where: str) -> Any:
    """`raw` for `field`; None where it is empty, which leaves the field out.

    Raises:
        InputError: a value that is not what the field takes.
    """
    if raw is None or (raw == "" and field != "prompt") or (isinstance(raw, float) and math.isnan(raw)):
        return None  # NaN is what pandas makes of an empty cell
    if field in _JSON:
        return _json(field, raw, where)
    if field in _LISTS:
        return _list(field, raw, where)
    if field == "answerable":
        word = str(raw).strip().casefold()
        if word not in (*_TRUE, *_FALSE):
            raise InputError(f"{where}: answerable is {raw!r}; it must be yes or no.")
        return word in _TRUE
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    if isinstance(raw, str | int | float):
        return str(raw)
    raise InputError(f"{where}: {field} is {type(raw).__name__}, not a text. Map another column, or make it one.")


def _json(field: str, raw: Any, where: str) -> Any:
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{where}: {field} is not JSON: {error}.") from None
    if not isinstance(raw, list if field == "messages" else Mapping):
        raise InputError(f"{where}: {field} is {type(raw).__name__}; it must be {'a list' if field == 'messages' else 'an object'}.")
    return raw


def _list(field: str, raw: Any, where: str) -> list[str]:
    """A JSON list, or one text: of tags the words between commas and semicolons, else the whole."""
    if isinstance(raw, str):
        try:
            raw = json.loads(raw) if raw.lstrip().startswith("[") else [raw]
        except (ValueError, RecursionError) as error:
            raise InputError(f"{where}: {field} is not a JSON list: {error}.") from None
        if field == "tags" and len(raw) == 1 and isinstance(raw[0], str):
            raw = [tag for part in raw[0].split(",") for tag in part.split(";")]
    if not isinstance(raw, list) or not all(isinstance(part, str) for part in raw):
        raise InputError(f"{where}: {field} must be a list of texts.")
    return [part.strip() if field == "tags" else part for part in raw if part.strip()]
