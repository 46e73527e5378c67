"""The user's own inputs, bent to the limits of what a client's program may send."""

import json
import random
import re
from collections.abc import Callable, Sequence

from ftbench.quality.edge.made import Made, draw

_EMOJI = ("😡", "🙏", "🚚", "💸", "🔥", "👀", "❓", "😭")
_CYRILLIC = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")
Bend = Callable[[str, random.Random], str]


def _cut(text: str, rng: random.Random) -> str:
    return text[: max(1, len(text) // 2 + rng.randrange(-2, 3))]


def _huge_number(text: str, rng: random.Random) -> str:
    number = "9" * rng.randrange(25, 60)
    return re.sub(r"\d+", number, text, count=1) if re.search(r"\d", text) else f"{text} It is about {number} of them."


def _negative(text: str, rng: random.Random) -> str:
    return (
        re.sub(r"\d+", lambda found: f"-{found[0]}", text) if re.search(r"\d", text) else f"{text} I need -{rng.randrange(1, 9)} of them."
    )


def _emoji(text: str, rng: random.Random) -> str:
    return " ".join(f"{word} {rng.choice(_EMOJI)}" for word in text.split())


def _html(text: str, rng: random.Random) -> str:
    return f'<div class="msg"><b>{text}</b><br/><script>alert({rng.randrange(9)})</script>&nbsp;</div>'


def _json(text: str, rng: random.Random) -> str:
    return json.dumps({"id": rng.randrange(10**6), "body": {"text": text, "attachments": [None]}}, ensure_ascii=False)


def _long_word(text: str, rng: random.Random) -> str:
    return f"{text} {''.join(text.split())}{'o' * rng.randrange(60, 160)}"


def _control(text: str, rng: random.Random) -> str:
    return f"\ufeff{text.replace(' ', chr(0xA0))}\u202e\u200f"


def _shuffled(text: str, rng: random.Random) -> str:
    words = text.split()
    return " ".join(rng.sample(words, len(words)))


_BENDS: dict[str, tuple[Bend, str]] = {
    "cut": (_cut, "cut off in the middle"),
    "capitals": (lambda text, rng: text.upper() + "!" * rng.randrange(3, 9), "in capital letters, shouted"),
    "emoji": (_emoji, "an emoji behind every word"),
    "huge-number": (_huge_number, "with a number beyond every integer type"),
    "negative-number": (_negative, "with negative numbers"),
    "html": (_html, "inside HTML with a script"),
    "json": (_json, "inside a JSON object"),
    "mixed-scripts": (lambda text, rng: text.translate(_CYRILLIC), "with Cyrillic letters that look like Latin ones"),
    "long-word": (_long_word, "with one very long word"),
    "no-blanks": (lambda text, rng: "".join(text.split()), "without blanks"),
    "spaced": (lambda text, rng: " ".join(text), "with a blank between all letters"),
    "quotes": (lambda text, rng: f"'\"); {text} --\\", "among quotation marks, a comment sign and a backslash"),
    "control": (_control, "with a byte order mark, hard blanks and direction marks"),
    "shuffled": (_shuffled, "with its words in any order"),
}  # fmt: skip


def boundary(inputs: Sequence[str], n: int, rng: random.Random) -> list[Made]:
    """One of the user's inputs, changed in one of many ways."""

    def one(how: str) -> Made:
        bend, what = _BENDS[how]
        return Made(bend(rng.choice(inputs).strip(), rng), how, f"one of your inputs, {what}")

    return draw("boundary", [lambda how=how: one(how) for how in _BENDS], n, rng)
