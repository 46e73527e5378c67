"""JSON as RFC 8259 has it, without what parsers disagree on."""

import json
import math
from typing import Any


def strict_json(text: str) -> Any:
    """What `text` says as JSON (RFC 8259), whitespace around it allowed.

    Raises:
        ValueError: not JSON; what parsers disagree on: NaN, Infinity or a number beyond double precision, a key twice, half of a
            surrogate pair; nesting too deep to read.
    """

    def number(digits: str) -> float:
        if not math.isfinite(value := float(digits)):
            raise ValueError(f"{digits[:20]} is beyond what a double holds")
        return value

    def no_constant(name: str) -> None:
        raise ValueError(f"{name} is not JSON")

    def no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [k for k, _ in pairs]
        if len(set(keys)) < len(keys):
            raise ValueError(f"the key {next(k for k in keys if keys.count(k) > 1)!r} stands twice")
        return dict(pairs)

    try:
        data = json.loads(text, parse_constant=no_constant, parse_float=number, object_pairs_hook=no_twice)
        json.dumps(data, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{error.msg} at line {error.lineno}, column {error.colno}" if "\n" in text else f"{error.msg} at column {error.colno}"
        ) from None
    except UnicodeEncodeError:
        raise ValueError("it holds half of a surrogate pair") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return data
