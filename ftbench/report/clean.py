"""A report whose every text can be shown anywhere. What models, users and servers wrote passes here once, before any rendering."""

import math
import re
from typing import Any, TypeVar

from pydantic import BaseModel

from ftbench.errors import InvalidMeasurement
from ftbench.report.contract import Report

Shown = TypeVar("Shown", bound=BaseModel)

# Not allowed in XML 1.0, or commands to a terminal (C0 without tab and line ends, DEL, C1, lone surrogates, non-characters),
# or able to turn the reading order of what follows (bidirectional embeddings, overrides, isolates).
_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def storable(report: Report) -> Report:
    """`report` as it comes back from its own JSON: lone surrogates replaced, NaN and infinities null, foreign objects as their text.

    Raises:
        InvalidMeasurement: a number that the contract needs is NaN or infinite; it could be written but never read again.
    """
    data = _map(report.model_dump(mode="python", by_alias=True), lambda text: text.encode("utf-8", "replace").decode())
    try:
        return Report.model_validate(data)
    except ValueError as error:
        first = error.errors()[0] if hasattr(error, "errors") else {"loc": ("report",), "msg": str(error)}
        raise InvalidMeasurement(
            f"The report's {'.'.join(map(str, first['loc']))} is not a number that can be stored: {first['msg']}."
        ) from None


def showable(model: Shown) -> Shown:
    """`model` with every control character and every character that turns the reading order written out as its code, such as `\\u202e`."""
    return type(model).model_construct(**_rebuilt(model))


def visible(text: str) -> str:
    """`text` with the characters that cannot be shown written out as codes."""
    return _UNSHOWABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _rebuilt(model: Any) -> dict[str, Any]:
    return {name: _shown(getattr(model, name)) for name in type(model).model_fields}


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, list):
        return [_shown(item) for item in value]
    if isinstance(value, dict):
        return {_shown(key): _shown(item) for key, item in value.items()}
    if hasattr(type(value), "model_fields"):
        return type(value).model_construct(**_rebuilt(value))
    return value


def _map(value: Any, text: Any) -> Any:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return {text(str(key)): _map(item, text) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_map(item, text) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int) else text(str(value))
