"""What a judge's answer says, from strict JSON down to a lone word. What is in none of these forms is unparsed, never guessed."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ftbench.quality.formats import strict_json
from ftbench.quality.judge.lenient import lenient_object


class Parsed(NamedTuple):
    """`choice` is one of the choices, or None: unparsed."""

    choice: str | None
    reason: str = ""


_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_LABEL = re.compile(r"(?:choice|verdict|grade|rating|answer)\s*[:=]\s*", re.IGNORECASE)
_EDGES = " \t\r\n\"'`*_.,:;!()[]{}<>#“”‘’„«»"


def parse(text: str, choices: Sequence[str]) -> Parsed:
    """The choice in `text`: of the first JSON object that makes one, strict or repaired; else of a text, or a last line, that is nothing
    but a choice. A word of the choices inside a sentence is no choice: "not correct" must not read as Correct."""
    spoken = _THOUGHT.sub("", text).strip()
    for found in _objects(spoken):
        if (choice := _choice(found.get("choice"), choices)) is not None:
            reason = found.get("reason")
            return Parsed(choice, reason if isinstance(reason, str) else "")
    if "{" in spoken:  # an object without a choice that counts is an answer of its own; nothing around it makes up for it
        return Parsed(None)
    lines = spoken.splitlines()
    for candidate in (spoken, lines[-1] if lines else ""):
        if (choice := _choice(_LABEL.sub("", candidate.lstrip(_EDGES), count=1), choices)) is not None:
            return Parsed(choice, spoken if candidate != spoken else "")
    return Parsed(None)


def _objects(text: str) -> Iterator[dict[str, Any]]:
    try:
        data = strict_json(text)
    except ValueError:
        pass
    else:
        if isinstance(data, dict):
            yield data
        return
    at = text.find("{")
    while at >= 0:
        found, end = lenient_object(text, at)
        if "choice" in found:
            yield found
            return
        at = text.find("{", end)  # never inside of what was a reason: an answer that is quoted there may hold a grade of its own


def _choice(value: Any, choices: Sequence[str]) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    said = f"{value:g}" if isinstance(value, float) else str(value)
    return next((choice for choice in choices if _plain(choice) == _plain(said)), None)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[_\-\s]+", " ", text.strip(_EDGES)).split()).casefold()
