"""Inputs in languages that the user's data are not in."""

import random
from collections.abc import Sequence

from ftbench.quality.detect.language import language
from ftbench.quality.edge.foreign import NAMES, SENTENCES
from ftbench.quality.edge.made import Made, draw


def wrong_language(inputs: Sequence[str], n: int, rng: random.Random) -> list[Made]:
    """Sentences of a support desk, alone, two together, or behind one of the user's own inputs."""
    own = language(" ".join(inputs)[:4000])[0]
    ways = [
        lambda code=code: _one(code, own, rng, inputs) for code in SENTENCES if code != own
    ]  # fmt: skip
    return draw("wrong_language", ways, n, rng)


def _one(code: str, own: str, rng: random.Random, inputs: Sequence[str]) -> Made:
    first, second = rng.sample(SENTENCES[code], 2)
    name = NAMES[code]
    return rng.choice((
        Made(first, f"language-{code}", f"a sentence in {name}; your inputs look like {own}"),
        Made(f"{first} {second}", f"language-{code}", f"two sentences in {name}; your inputs look like {own}"),
        Made(f"{rng.choice(inputs).strip()}\n{first}", f"mixed-{code}", f"one of your inputs, and then a sentence in {name}"),
    ))  # fmt: skip
