"""Assertions on the words of an answer."""

import unicodedata

import regex

from ftbench.quality.assertions.outcome import Judge, Outcome, Promise
from ftbench.quality.cases import Case
from ftbench.quality.formats.pattern import check_pattern, matches
from ftbench.quality.outputs import Output


def contains(wanted: list[str], promise: Promise, key: str) -> Judge:
    """All texts appear, whatever the case."""

    def judge(case: Case, output: Output) -> Outcome:
        missing = [text for text in wanted if _folded(text) not in _folded(output.text)]
        return Outcome(not missing, f"does not contain {missing[0]!r}" if missing else "")

    return judge


def contains_any(wanted: list[str], promise: Promise, key: str) -> Judge:
    """At least one of the texts appears, whatever the case."""

    def judge(case: Case, output: Output) -> Outcome:
        found = any(_folded(text) in _folded(output.text) for text in wanted)
        return Outcome(found, "" if found else f"contains none of {', '.join(map(repr, wanted))}"[:300])

    return judge


def not_contains(banned: list[str], promise: Promise, key: str) -> Judge:
    """None of the texts appears, whatever the case."""

    def judge(case: Case, output: Output) -> Outcome:
        found = [text for text in banned if _folded(text) in _folded(output.text)]
        return Outcome(not found, f"contains {found[0]!r}" if found else "")

    return judge


def pattern(wanted: str, promise: Promise, key: str) -> Judge:
    """The regular expression is found somewhere in the answer."""
    check_pattern(wanted, key)

    def judge(case: Case, output: Output) -> Outcome:
        found = matches(regex.search, wanted, output.text)
        return Outcome(found, "" if found else "the pattern is not found")

    return judge


def max_words(most: int, promise: Promise, key: str) -> Judge:
    """At most so many words."""

    def judge(case: Case, output: Output) -> Outcome:
        words = len(output.text.split())
        return Outcome(words <= most, "" if words <= most else f"{words} words, at most {most} agreed")

    return judge


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
