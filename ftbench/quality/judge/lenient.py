"""JSON as small models write it: single or curly quotes, bare words, trailing commas, quotes inside of texts, cut off at the end."""

import re

_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "„": "“"}
_BARE = re.compile(r"[^\s,:{}\[\]\"]+")
_AFTER_KEY = re.compile(r"\s*(?:[:=]|\Z)")
_AFTER_VALUE = re.compile(r"""\s*(?:\Z|[}\]]|,\s*(?:\Z|\}|["'“„‘]?\w*["'”’]?\s*(?:[:=]|\Z)))""")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def lenient_object(text: str, start: int = 0) -> tuple[dict[str, str], int]:
    """(keys and values as texts, where it ends) of the object whose brace stands at `start`, as far as it can be followed. Never raises.

    A key that stands twice with two values is left out: whatever one of them says, the other denies it. Inside a value a quote ends it only
    before another key, a bracket or the end, so that unescaped quotes in a reason do not.
    """
    found: dict[str, str] = {}
    denied: set[str] = set()
    at = start + 1
    while True:
        at = _skip(text, at, ", \t\r\n")
        key, at = _token(text, at, _AFTER_KEY)
        at = _skip(text, at, " \t\r\n")
        if key is None or at >= len(text) or text[at] not in ":=":
            break
        value, at = _token(text, _skip(text, at + 1, " \t\r\n"), _AFTER_VALUE)
        if value is None:
            break
        key = key.casefold()
        if found.setdefault(key, value) != value:
            denied.add(key)
    return {key: value for key, value in found.items() if key not in denied}, at


def _skip(text: str, at: int, what: str) -> int:
    while at < len(text) and text[at] in what:
        at += 1
    return at


def _token(text: str, at: int, after: re.Pattern[str]) -> tuple[str | None, int]:
    """A quoted text or a bare word at `at`, and where it ends; None where there is neither."""
    if at >= len(text):
        return None, at
    close = _QUOTES.get(text[at])
    if close is None:
        bare = _BARE.match(text, at)
        return (bare.group(), bare.end()) if bare else (None, at)
    said: list[str] = []
    at += 1
    while at < len(text):
        char = text[at]
        if char == "\\" and at + 1 < len(text):
            said.append(_ESCAPES.get(text[at + 1], text[at + 1]))
            at += 2
            continue
        if char == close and after.match(text, at + 1):
            return "".join(said), at + 1
        said.append(char)
        at += 1
    return "".join(said), at
