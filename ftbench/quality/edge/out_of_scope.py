"""Requests that few fine-tuned models are made for. The user must look: one of them may be within the scope of this very model."""

import random
from collections.abc import Sequence

from ftbench.quality.edge.made import Made, draw

_REQUESTS = (
    "Write a sonnet about the sea in winter.",
    "What will the weather be like in Lisbon tomorrow?",
    "Write a Python function that reverses a linked list.",
    "Which horse will win the race on Sunday?",
    "Solve 3x + 7 = 31 and show every step.",
    "Book me a flight to Oslo for next Friday.",
    "Who won the football match last night?",
    "Give me a recipe for mushroom risotto for six.",
    "Translate the preamble of the constitution into Latin.",
    "What should I wear to a job interview at a bank?",
    "Plan a three-day hike in the Alps with a dog.",
    "Explain the offside rule to a child of six.",
    "Write a speech for my sister's wedding.",
    "Which of my two job offers should I take?",
    "Play chess with me. I begin: e4.",
    "How do I tune a piano by ear?",
    "Draw a cat with letters and signs.",
    "What is the meaning of my dream about falling teeth?",
)


def out_of_scope(inputs: Sequence[str], n: int, rng: random.Random) -> list[Made]:
    """A request of another trade, alone or behind one of the user's inputs."""
    note = "a request of another trade; take it out if your model is made for it"
    alone = [lambda text=text: Made(text, "other-trade", note) for text in _REQUESTS]

    def behind() -> Made:
        return Made(f"{rng.choice(inputs).strip()} And besides: {rng.choice(_REQUESTS)}", "other-trade", f"one of your inputs, then {note}")

    return draw("out_of_scope", [*alone, behind], n, rng)
