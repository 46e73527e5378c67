"""Words that no answer to a customer may hold."""

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources

from ftbench.quality.detect.letters import fold

CHARACTERS = 200_000
_LEET = str.maketrans("@4380!1$57+", "aaeboiisstt")
_TOKEN = re.compile(r"[^\s\"“”„«»(),;:?…/\\|<>\[\]{}]+")
_SPACED = re.compile(r"(?<![^\W_])(?:[^\W_][ ._*\-]{1,2}){3,40}[^\W_](?![^\W_])")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")


def offensive(text: str, extra: Iterable[str] = ()) -> list[str]:
    """The offensive words in `text` as they are in the list, each once, in alphabetical order; empty for a clean text.

    Whole words only (Scunthorpe is a town), whatever the case, accents, digits for letters (sh1t), dots between letters (f.u.c.k) or
    stars in place of them (f*ck). The shipped list is modest and knows nothing of context: a text that quotes an insult holds it too.
    `extra` are words or phrases of the client's own; a star at the end stands for any ending. Its measured accuracy:
    `figures("offensive")`.
    """
    innocent, words, starred = _shipped()
    said = innocent.sub(" ", _folded(text[:CHARACTERS]))
    own = {w: _pattern([w]) for word in extra if (w := _folded(word).strip())}
    found: set[str] = set()
    for view in _views(said):
        found |= {words[hit] if hit in words else _listed(hit, starred) for hit in _hits(view)}
        found |= {word for word, pattern in own.items() if pattern.search(view)}
    if "*" in said:
        found |= {word for token in set(_TOKEN.findall(said)) if "*" in token.strip("*.!") for word in _masked(token, words)}
    return sorted(found)


def _views(said: str) -> list[str]:
    """The text itself, with digits and signs read as letters, with single letters that stand apart drawn together, and without letters that
    come three times or more (fuuuck)."""
    decoded = _TOKEN.sub(lambda m: _decoded(m[0]), said)
    together = _SPACED.sub(lambda m: re.sub(r"[ ._*\-]", "", m[0]), said)
    drawn = _DRAWN_OUT.sub(r"\1", said)
    return list(dict.fromkeys([said, decoded, together, drawn]))


def _decoded(token: str) -> str:
    core = token.rstrip("!.+$")
    return core.translate(_LEET) if any(c.isalpha() for c in core) and not core.isalpha() else token


def _hits(view: str) -> list[str]:
    return [" ".join(m[0].split()) for m in _all().finditer(view)]


def _listed(hit: str, starred: tuple[str, ...]) -> str:
    return max((w for w in starred if hit.startswith(w[:-1])), key=len, default=hit)


def _masked(token: str, words: dict[str, str]) -> list[str]:
    """f*ck and s**t: stars in place of letters between the first and the last; at least two letters must be left."""
    core = token.strip(".!,'").rstrip("*") if not token.strip(".!,'").strip("*").isalpha() else ""
    if sum(c.isalpha() for c in core) < 2 or not core[:1].isalpha():
        return []
    wanted = re.compile("".join("[a-z]" if c == "*" else re.escape(c) for c in core))
    return [shown for w, shown in words.items() if " " not in w and len(w) == len(core) and wanted.fullmatch(w)][:1]


def _folded(text: str) -> str:
    return fold(text.replace("’", "'"))


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    forms = (r"\s+".join(map(re.escape, w.removesuffix("*").split())) + (r"\w{0,20}" if w.endswith("*") else "") for w in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(sorted(forms, key=len, reverse=True))})(?!\w)")


@cache
def _shipped() -> tuple[re.Pattern[str], dict[str, str], tuple[str, ...]]:
    lines = (resources.files(__package__) / "words" / "offensive.txt").read_text(encoding="utf-8").splitlines()
    kept = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    words = {w.removesuffix("*"): w for w in kept if not w.startswith("=")}
    innocent = re.compile(rf"(?<!\w)(?:{'|'.join(w[1:].strip() for w in kept if w.startswith('='))})(?!\w)")
    return innocent, words, tuple(w for w in words.values() if w.endswith("*"))


@cache
def _all() -> re.Pattern[str]:
    return _pattern(_shipped()[1].values())
