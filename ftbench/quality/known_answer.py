"""Is an answer right where the case says what is? By its label, its reference, or the JSON keys that it expects."""

from collections.abc import Mapping, Sequence
from typing import Any

from ftbench.quality.cases import Case
from ftbench.quality.formats import strict_json
from ftbench.quality.labels import normalise

KINDS = ("label", "reference", "expected")


def kinds(case: Case) -> list[str]:
    """Which right answers `case` declares."""
    return [kind for kind in KINDS if getattr(case, kind) is not None]


def is_right(case: Case, text: str, steps: Sequence[str]) -> bool:
    """`label` and `reference` must be the whole of `text` after the normalising `steps`; of `expected`, `text` must be a JSON object with
    every declared key and exactly its value (1 and 1.0 are one number, 1 and true are not). A case without a right answer has no right
    one."""
    if case.expected is not None:
        return _has_keys(case.expected, text)
    wanted = case.label if case.label is not None else case.reference
    return wanted is not None and normalise(text, steps) == normalise(wanted, steps)


def _has_keys(expected: Mapping[str, Any], text: str) -> bool:
    try:
        data = strict_json(text)
    except ValueError:
        return False
    return isinstance(data, dict) and all(key in data and same(data[key], value) for key, value in expected.items())


def same(a: Any, b: Any) -> bool:
    """Whether two JSON values are equal; Python takes true for 1."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return isinstance(a, bool) == isinstance(b, bool) and a == b
