"""Inputs with nothing, or nearly nothing, in them."""

import random
from collections.abc import Sequence

from ftbench.quality.edge.made import Made, draw

_NEARLY = {
    "": "nothing at all",
    " ": "one blank",
    "\n\n\n": "empty lines",
    "\t \n ": "white space of several kinds",
    "\u200b": "one invisible character (zero width space)",
    "?": "a question mark alone",
    ".": "a full stop alone",
    "...": "three dots",
    "-": "a hyphen",
    "hi": "a greeting without a request",
    "ok": "a word without a request",
    "a": "one letter",
    "0": "one digit",
    "😀": "one emoji",
    "null": "what a program writes for nothing",
    "N/A": "what a form writes for nothing",
    "{}": "an empty JSON object",
    '""': "two quotation marks",
    "<p></p>": "HTML without a text",
    "help": "a call for help without a request",
}


def empty(inputs: Sequence[str], n: int, rng: random.Random) -> list[Made]:
    """Among them always the input that is nothing at all."""
    nothing, *others = (Made(text, "near-empty", note) for text, note in _NEARLY.items())
    ways = [lambda made=made: made for made in others] + [lambda: _first_word(rng.choice(inputs))]
    return draw("empty", ways, n, rng, [nothing._replace(how="empty")])


def _first_word(text: str) -> Made:
    return Made(text.split()[0][:20], "first-word", "the first word of one of your inputs, and nothing more")
