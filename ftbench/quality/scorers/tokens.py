"""Words as the overlap scores count them, in every script."""

import re
import unicodedata

# Scripts without spaces between words: every character counts as a word, as in MLQA's evaluation of Chinese.
_UNSPACED = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_ARTICLES = frozenset(("a", "an", "the"))


def words(text: str) -> list[str]:
    """Letters and digits in runs, small; on ASCII text the same as rouge-score's own, which drops every other script."""
    return _WORD.findall(text.lower())


def squad_words(text: str) -> list[str]:
    """Lower case, no punctuation (joined: "U.S." is "us"), no articles, as in SQuAD's evaluation script."""
    kept = "".join(c for c in text.lower() if unicodedata.category(c)[0] not in "PS")
    return [word for run in kept.split() for word in _split(run) if word not in _ARTICLES]


def _split(run: str) -> list[str]:
    return [part for part in re.split(rf"([{_UNSPACED}])", run) if part]
