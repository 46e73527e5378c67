"""JSON as small models write it: single or curly quotes, bare words, trailing commas, quotes inside of texts, cut off at the end."""

import re

_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "„": "“"}
_BARE = re.compile(r"[^\s,:{}\[\]\"]+")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def lenient_object(text: str) -> dict[str, str]:
    """Keys and values, as texts, of the object that begins `text`; as far as it can be followed. Never raises.

    A key that stands twice with two values is left out: whatever one of them says, the other denies it. Inside a value a quote ends it only
    before a comma, a bracket or the end, so that unescaped quotes in a reason do not.
    """
    found: dict[str, str] = {}
    denied: set[str] = set()
    at = 1
    while True:
        at = _skip(text, at, ", \t\r\n")
        key, at = _token(text, at, ends=":")
        at = _skip(text, at, " \t\r\n")
        if key is None or at >= len(text) or text[at] not in ":=":
            break
        value, at = _token(text, _skip(text, at + 1, " \t\r\n"), ends=",}]")
        if value is None:
            break
        key = key.casefold()
        if found.setdefault(key, value) != value:
            denied.add(key)
    return {key: value for key, value in found.items() if key not in denied}


def _skip(text: str, at: int, what: str) -> int:
    while at < len(text) and text[at] in what:
        at += 1
    return at


def _token(text: str, at: int, *, ends: str) -> tuple[str | None, int]:
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
        if char == close:
            after = _skip(text, at + 1, " \t\r\n")
            if after >= len(text) or text[after] in ends:
                return "".join(said), at + 1
        said.append(char)
        at += 1
    return "".join(said), at
