"""Phrase lists: a regular expression a line, in sections, with macros. Data that a speaker of the language can extend."""

import re
from functools import cache
from importlib import resources

_MACRO = re.compile(r"\b[A-Z]{3,}\b")


@cache
def phrases(name: str) -> dict[str, re.Pattern[str]]:
    """One compiled alternation a section of words/<name>.txt, to be searched in `plain` text.

    `[section]` begins a section (a name that comes again goes on with it), `NAME = ...` is a macro for the lines below it, `#` begins a
    comment line. A phrase begins and ends at word boundaries, one space stands for any white space, and no phrase has an unbounded gap,
    so that a search stays linear in the text.
    """
    sections: dict[str, list[str]] = {}
    macros: dict[str, str] = {}
    current: list[str] = []
    for line in (resources.files(__package__) / "words" / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            current = sections.setdefault(line.strip("[]"), [])
        elif (named := re.match(r"([A-Z]{3,}) = (.+)", line)) is not None:
            macros[named[1]] = f"(?:{_filled(named[2], macros)})"
        else:
            current.append(_filled(line, macros))
    return {section: re.compile(_bounded(lines)) for section, lines in sections.items()}


def _filled(line: str, macros: dict[str, str]) -> str:
    """Macros filled in; as `plain` folds ß to ss, so here; a word of a gap may have an apostrophe or a hyphen."""
    return _MACRO.sub(lambda found: macros[found[0]], line).replace("ß", "ss").replace(r"\w+ ", r"[\w'-]+ ")


def _bounded(lines: list[str]) -> str:
    return r"(?<!\w)(?:" + "|".join(f"(?:{line})".replace(" ", r"\s") for line in lines) + r")(?!\w)"
