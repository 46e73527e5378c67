"""No text makes a detector raise, and none makes it run for ever."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.quality.detect.degenerate import degenerate
from ftbench.quality.detect.disclaimer import DOMAINS, has_disclaimer
from ftbench.quality.detect.graceful import graceful
from ftbench.quality.detect.language import in_language, language
from ftbench.quality.detect.offensive import offensive
from ftbench.quality.detect.phrases import phrases
from ftbench.quality.detect.refusal import refusal
from ftbench.quality.detect.tone import tone
from ftbench.quality.detect.unknown import says_unknown

ANY = st.text(st.characters(exclude_categories=[]), max_size=300)  # lone surrogates too: JSON can hold them
WORDS = st.lists(
    st.sampled_from(
        [
            "I",
            "cannot",
            "won't",
            "help",
            "with",
            "not",
            "know",
            "the",
            "facts",
            "do",
            "say",
            ",",
            ".",
            "!",
            "\n",
            "1.",
            "```",
            "{",
            '"',
            "fuck",
            "f*ck",
            "see",
            "a",
            "doctor",
        ]
    ),
    max_size=60,
)
DETECTORS = {
    "refusal": refusal,
    "unknown": says_unknown,
    "disclaimer": lambda text: has_disclaimer(text, "medical", extra=[text[:5]]),
    "degenerate": lambda text: degenerate(text, "length"),
    "offensive": lambda text: offensive(text, extra=[text[:5]]),
    "graceful": lambda text: graceful(text, "empty", None),
    "language": lambda text: (language(text), in_language(text, "en")),
    "tone": tone,
}


@given(ANY | WORDS.map(" ".join))
@settings(max_examples=60, deadline=None)
def test_no_text_makes_a_detector_raise(text):
    for detect in DETECTORS.values():
        detect(text)
    assert refusal(text) in ("refused", "complied", "undetermined")
    assert degenerate(text, "stop") in (None, "empty", "loop", "garbled")
    assert -1 <= tone(text) <= 1
    assert 0 <= language(text)[1] <= 1 + 1e-6


HOSTILE = {
    "one letter": "a" * 100_000,
    "I": "i " * 50_000,
    "refusals": "I cannot help with that. " * 4_000,
    "is not": "is is not " * 10_000,
    "the text": "the text of the " * 6_250,
    "stars": "f*" * 50_000,
    "spaced letters": "a b " * 25_000,
    "quotes": '"' * 100_000,
    "brackets": "[" * 100_000,
    "new lines": " \n" * 50_000,
    "combining": "e\u0301" * 50_000,
    "replacement": "\ufffd" * 100_000,
}


@pytest.mark.timeout(120)  # each takes well under a second; a phrase that backtracks takes for ever
@pytest.mark.parametrize("name", DETECTORS)
def test_a_long_hostile_text_does_not_hold_a_gate(name):
    for text in HOSTILE.values():
        DETECTORS[name](text)


def test_every_phrase_list_compiles_and_no_phrase_finds_nothing():
    for name in ("refusal", "unknown", "disclaimer", "graceful"):
        for section, pattern in phrases(name).items():
            assert pattern.search("") is None, (name, section)
            assert pattern.search("lamp chair 7 , .") is None, (name, section)
    assert set(DOMAINS) <= set(phrases("disclaimer"))


def test_no_macro_was_left_unfilled():
    for name in ("refusal", "unknown", "disclaimer", "graceful"):
        for pattern in phrases(name).values():
            assert not re.search(r"[A-Z]{3,}", pattern.pattern)
