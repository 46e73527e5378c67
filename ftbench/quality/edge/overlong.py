"""Inputs that are 5 to 10 times as long as the median of the user's own, made of the user's own."""

import random
from collections.abc import Sequence
from statistics import median

from ftbench.quality.edge.made import Made, draw

_FACTORS = (5.5, 9.5)  # within 5 and 10 times, also after the cut at a word's end
_LINKS = (
    "Also:", "And another thing.", "By the way,", "To add to that:", "Since I am writing anyway,", "Before I forget:", "One more thing.",
    "Besides,", "While we are at it,", "Coming back to this,", "And then there is this:", "My neighbour asks as well:",
)  # fmt: skip


def overlong(inputs: Sequence[str], n: int, rng: random.Random) -> list[Made]:
    """Several inputs after another until the length is reached; one that comes again stands behind other words and begins elsewhere."""
    typical = median(map(len, inputs))

    def one() -> Made:
        factor = rng.uniform(*_FACTORS)
        return Made(
            _text(inputs, round(factor * typical), rng), "overlong", f"{factor:.1f} times the median length, made of your own inputs"
        )

    return draw("overlong", [one], n, rng)


def _text(inputs: Sequence[str], length: int, rng: random.Random) -> str:
    """`length` characters, or less by a part of the last word; at least 9 of 10."""
    parts: list[str] = []
    size, number = 0, 0
    while size < length + 1:
        for text in rng.sample(list(inputs), len(inputs)):
            part = text.strip() if len(parts) < len(inputs) else _again(text, number, rng)
            number += 1
            parts.append(part)
            size += len(part) + 1
            if size > length:
                break
    text = " ".join(parts)[:length]
    cut = text.rfind(" ")
    return text[:cut] if cut >= 0.92 * length else text


def _again(text: str, number: int, rng: random.Random) -> str:
    words = text.split()
    return f"({number}) {rng.choice(_LINKS)} {' '.join(words[rng.randrange(len(words)) :])}"
