"""A text made comparable: one kind of quote, one space, no Markdown, and of JSON only what it says."""

import json
import re
import unicodedata
from typing import Any

_QUOTES = str.maketrans({"’": "'", "‘": "'", "‛": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})
_SENTENCE = re.compile(r"(?<=[.!?…;])[\"')\]]*\s+|[。！？]|\n+|\s-+\s|\s[–—]+\s|—")
_FENCE = re.compile(r"^```[\w+-]*[ \t]*\n|\n?```\s*$")


def strings(text: str) -> list[str] | None:
    """The string values inside `text` where the whole of it is a JSON object or array (a code fence around it allowed), else None."""
    body = _FENCE.sub("", text.strip()).strip()
    if not body.startswith(("{", "[")):
        return None
    try:
        return list(_strings(json.loads(body)))
    except (ValueError, RecursionError):
        return None


def plain(text: str) -> str:
    """`text` in lower case with straight quotes, without Markdown's emphasis and invisible characters. Lines stay lines.

    Of JSON, the string values, a line each: {"label": "other", "reply": "I cannot help."} speaks to the user only through them.
    """
    said = strings(text)
    text = "\n".join(said) if said is not None else text
    text = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    text = "".join(c for c in text if unicodedata.category(c) != "Cf").casefold()
    text = re.sub(r"\*+|__+|^[ \t]*(?:#+|>)[ \t]*", "", text, flags=re.MULTILINE)
    return re.sub(r"[^\S\n]+", " ", text).strip()


def sentences(text: str) -> list[str]:
    """The sentences of a `plain` text; a line or a dash ends one as well."""
    return [s for part in _SENTENCE.split(text) if (s := part.strip())]


def _strings(data: Any) -> Any:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _strings(value)
    elif isinstance(data, list):
        for value in data:
            yield from _strings(value)
