"""Which language a text is in, where it is long enough to say."""

import re
import unicodedata
from functools import cache
from typing import Any

from ftbench.errors import InputError
from ftbench.quality.detect.plain import strings

CHARACTERS = 5_000
ENOUGH = 12  # letters of an alphabet; one Chinese, Japanese or Korean character says as much as two or three of them
SURE = 0.5
_NOT_PROSE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\S+|```.*?```|\b[A-Z]*\d[\w-]*", re.DOTALL)
_SAME = {"nb": "no", "nn": "no", "fil": "tl", "iw": "he"}
_DENSE = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")


def language(text: str) -> tuple[str, float]:
    """Most likely language (ISO 639-1 code) and its probability; ("und", 0.0) where there is no letter.

    Of a JSON answer the string values are read, and links, addresses and numbers are left out. Source: package py3langid, all of its
    languages, its probabilities normalised. A short text gets a low one: ask `in_language` whether it is enough.
    """
    said = _prose(text)
    if not any(c.isalpha() for c in said):
        return "und", 0.0
    code, probability = _identifier().classify(said)
    return str(code), float(probability)


def in_language(text: str, code: str) -> bool | None:
    """Whether `text` is in the language `code` ("de", "pt-BR"); None where it is too short or too alike to others to say.

    Its measured accuracy: `figures("language")`.

    Raises:
        InputError: a code that is not among `languages()`.
    """
    wanted = _known(code)
    said = _prose(text)
    if _weight(said) < ENOUGH:
        return None
    ranked = dict(_identifier().rank(said))
    best = max(ranked, key=lambda name: ranked[name])
    if _SAME.get(best, best) == wanted:
        return True if ranked[best] >= SURE else None
    return False if ranked[best] >= SURE else None


def languages() -> list[str]:
    """The codes that can be told apart."""
    return sorted({_SAME.get(str(code), str(code)) for code in _identifier().labels})


def _known(code: str) -> str:
    base = re.split(r"[-_]", code.strip().casefold())[0]
    base = _SAME.get(base, base)
    if base not in languages():
        raise InputError(f"{code!r} is no language that can be recognised. Use a two-letter code: {', '.join(languages())}.")
    return base


def _prose(text: str) -> str:
    said = strings(text[:CHARACTERS])
    return _NOT_PROSE.sub(" ", "\n".join(said) if said is not None else text[:CHARACTERS]).strip()


def _weight(said: str) -> float:
    """Letters, a Chinese, Japanese or Korean one counted as three."""
    return sum(3 if unicodedata.name(c, "").startswith(_DENSE) else 1 for c in said if c.isalpha())


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
