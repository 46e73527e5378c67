"""One input that was made, and drawing several that differ."""

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ftbench.errors import InputError

_TRIES = 200


class Made(NamedTuple):
    """`how`: one word for what was done; `note`: a sentence for whoever reads the failing case."""

    prompt: str
    how: str
    note: str


def draw(group: str, ways: Sequence[Callable[[], Made]], n: int, rng: random.Random, always: Sequence[Made] = ()) -> list[Made]:
    """`n` inputs, no two the same: first `always`, then from `ways`, each used before one is used again.

    Raises:
        InputError: the ways do not give so many different ones.
    """
    found = {made.prompt: made for made in always[:n]}
    for _ in range(_TRIES):
        for way in rng.sample(list(ways), len(ways)):
            if len(found) == n:
                return list(found.values())
            made = way()
            found.setdefault(made.prompt, made)
    if len(found) < n:
        raise InputError(
            f"Your inputs give {len(found)} different cases of group {group}, not {n}. Ask for fewer (--per-group), or give more inputs."
        )
    return list(found.values())
