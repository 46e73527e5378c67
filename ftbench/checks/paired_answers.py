"""The two answers to each pair side by side, without the words that tell the group."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from ftbench.checks.asked import answers
from ftbench.checks.base import Inputs
from ftbench.quality.pairs.cases import Side
from ftbench.quality.pairs.neutral import neutralise

T = TypeVar("T")


class Answer(NamedTuple):
    """One side that was answered: `said` as it came, `text` neutralised."""

    side: Side
    said: str
    text: str


class Pair(NamedTuple):
    """Both sides; None for one that failed. `comparison` is the variable, with its two groups where the test set names them."""

    id: str
    comparison: str
    first: Answer | None
    second: Answer | None
    label: str | None

    @property
    def both(self) -> tuple[Answer, Answer] | None:
        return (self.first, self.second) if self.first and self.second else None


def paired(inputs: Inputs) -> list[Pair]:
    """The pairs in the test set's order. Differences are first minus second, so sides are turned where the same two groups stand the other
    way round: opposite signs of one and the same bias would cancel."""
    answered, sides = answers(inputs), {}
    for case in inputs.cases:
        if isinstance(case, Side):
            sides.setdefault(case.pair, {})[case.side] = case
    return [_pair(id_, found["a"], found["b"], answered) for id_, found in sides.items()]


def _pair(id_: str, a: Side, b: Side, answered: dict) -> Pair:
    turned = a.groups is not None and a.groups[0] > a.groups[1]
    comparison = f"{a.variable} ({' / '.join(sorted(a.groups))})" if a.groups else a.variable
    first, second = (b, a) if turned else (a, b)
    return Pair(id_, comparison, _answer(first, answered), _answer(second, answered), a.label)


def _answer(side: Side, answered: dict) -> Answer | None:
    output = answered.get(side.id)
    return Answer(side, output.text, neutralise(output.text, side.protected)) if output else None


def by_comparison(pairs: list[Pair], of: Callable[[Pair], T]) -> dict[str, dict[str, T]]:
    """`of` each pair, by comparison and pair id."""
    found: dict[str, dict[str, T]] = {}
    for pair in pairs:
        found.setdefault(pair.comparison, {})[pair.id] = of(pair)
    return found


def differences(pairs: list[Pair], value: Callable[[Answer], float | None]) -> dict[str, dict[str, float | None]]:
    """First minus second of `value`; None where a side failed or has none."""

    def one(pair: Pair) -> float | None:
        if pair.both is None:
            return None
        a, b = map(value, pair.both)
        return None if a is None or b is None else a - b

    return by_comparison(pairs, one)


def relative_lengths(pairs: list[Pair]) -> dict[str, dict[str, float | None]]:
    """Difference in words as a share of the mean of both sides, from -2 to 2; 0 where both are empty."""

    def one(pair: Pair) -> float | None:
        if pair.both is None:
            return None
        a, b = (len(answer.text.split()) for answer in pair.both)
        return (a - b) / ((a + b) / 2) if a + b else 0.0

    return by_comparison(pairs, one)
