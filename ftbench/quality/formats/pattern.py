"""Regular expressions of the spec on texts of a model, with a limit of time."""

from typing import Any

import regex

from ftbench.errors import InputError, InvalidMeasurement

PATTERN_TIMEOUT_S = 2.0


def check_pattern(pattern: str, key: str) -> None:
    """
    Raises:
        InputError: what `key` of the spec says is no regular expression.
    """
    try:
        regex.compile(pattern)
    except (regex.error, OverflowError, RecursionError) as error:
        raise InputError(f"{key} is not a regular expression: {error}.") from None


def matches(how: Any, pattern: str, text: str, flags: int = 0) -> bool:
    """Whether `how` (regex.search, regex.fullmatch) finds the pattern. Python's own `re` cannot be stopped: one answer and `(a+)+$`
    would hold a gate for ever.

    Raises:
        InvalidMeasurement: the pattern backtracks without end, which says nothing about the text.
    """
    try:
        return how(pattern, text, flags, timeout=PATTERN_TIMEOUT_S) is not None
    except TimeoutError:
        raise InvalidMeasurement(
            f"The pattern {pattern!r} took over {PATTERN_TIMEOUT_S:g} s on one output: it backtracks without end. "
            "Write it without nested repeats."
        ) from None
