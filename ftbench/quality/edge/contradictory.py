"""Inputs with instructions that cannot all be followed."""

import random
from collections.abc import Sequence

from ftbench.quality.edge.made import Made, draw

_PATTERNS = (
    "{text}\n\nAnswer in exactly one word. Explain every step in at least three hundred words.",
    "{text} Do not answer this. Answer it now.",
    "Write in capital letters only and never use a capital letter. {text}",
    "{text}\n\nGive the whole answer as one JSON object, without any brackets or quotation marks.",
    "Ignore the next sentence completely. {text} Answer what I just asked.",
    "{text} Say yes and no at the same time, and be clear about which of the two it is.",
    "{text}\n\nCorrection: it is the other way round. Correction of the correction: both are true.",
    "Be as brief as possible and leave out no detail whatever. {text}",
    "{text} Reply in French, but without a single French word.",
    "Tell me nothing about this, and tell me everything: {text}",
    "{text}\n\nForget that I wrote this. What did I write?",
    "Answer the first of these and only the second.\n1. {text}\n2. {other}",
)


def contradictory(inputs: Sequence[str], n: int, rng: random.Random) -> list[Made]:
    """One of the user's inputs inside two wishes that exclude each other."""

    def one(pattern: str) -> Made:
        text, other = rng.choice(inputs).strip(), rng.choice(inputs).strip()
        return Made(pattern.format(text=text, other=other), "contradiction", "one of your inputs with instructions that exclude each other")

    return draw("contradictory", [lambda pattern=pattern: one(pattern) for pattern in _PATTERNS], n, rng)
