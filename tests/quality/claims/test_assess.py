"""Sentences of answers against their source."""

import json
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.quality import detect
from ftbench.quality.claims import assess, invented, verdict

SOURCE = (
    "Standard delivery takes 3 to 5 business days and costs 4.90 EUR. Express delivery costs 12 EUR. "
    "Orders can be returned within 30 days. Gift cards cannot be returned. "
    "The manager is Anna Schmidt. Open Monday to Friday, 9:00 to 17:00, since 3 March 2021. Order LO-123456."
)


@pytest.mark.parametrize(
    "answer",
    [
        "Standard delivery costs €4.90.",
        "Orders can be returned within thirty days.",
        "The manager is Ms. Anna Schmidt.",
        "The shop is open on Wednesday until 5 pm.",
        "Open since March 2021.",
        "Your order is LO-123456.",
        "Standard delivery is 4.90 EUR, express delivery 12 EUR.",
        "Hello! I am happy to help. Do you have any other question?",
        "I do not know; the information does not say.",
        "",
    ],
)
def test_what_the_source_says_in_other_words_is_supported(answer):
    assert invented(answer, SOURCE) is False


@pytest.mark.parametrize(
    ("answer", "claim"),
    [
        ("Orders can be returned within 60 days.", "60 days"),
        ("Orders can be returned within 30 months.", "30 months"),
        ("The manager is Anna Schulz.", "Anna Schulz"),
        ("Open since 4 March 2021.", "4 March 2021"),
        ("The shop is open on Saturday.", "Saturday"),
        ("Your order is LO-123465.", "LO-123465"),
        ("Write to help@example.com.", "help@example.com"),
        ("See § 437 for details.", "§ 437"),
    ],
)
def test_claim_that_is_not_in_the_source_is_found_and_named(answer, claim):
    (part,) = assess(answer, SOURCE)
    assert (part.verdict, part.why.startswith(repr(claim))) == ("unsupported", True)


@pytest.mark.parametrize(
    "answer",
    [
        "Express delivery costs 4.90 EUR.",  # the value of another thing
        "Gift cards can be returned.",  # the not is gone
        "Standard delivery is free.",
        "We wrap every parcel in golden paper.",
        "Standard delivery takes 5 days.",  # business days
        "Yes.",
    ],
)
def test_what_a_screen_cannot_say_is_left_open_never_cleared(answer):
    assert invented(answer, SOURCE) is None


def test_what_the_user_said_is_not_invented():
    assert invented("Your parcel 998877665 is on its way, Mr Okafor.", SOURCE) is True
    assert invented("Mr Okafor, the number is 998877665.", SOURCE, "I am Ben Okafor, my number is 998877665") is False


def test_what_the_user_said_does_not_beat_the_source():
    said = "Can orders be returned within 90 days?"
    assert invented("Orders can be returned within 90 days.", SOURCE, said) is None


def test_one_bad_sentence_among_good_ones_is_enough():
    parts = assess("Express delivery costs 12 EUR. Orders can be returned within 60 days.", SOURCE)
    assert [p.verdict for p in parts] == ["supported", "unsupported"]
    assert [p.number for p in parts] == [1, 2]
    assert verdict(parts) == "unsupported"


def test_labelled_answers_are_enough_and_halved_by_source():
    lines = (resources.files(detect) / "labelled" / "claims.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    sources = {split: {r["source"] for r in rows if r["split"] == split} for split in ("dev", "test")}
    assert len(rows) >= 120 and {r["truth"] for r in rows} == {"supported", "hallucinated"}
    assert not sources["dev"] & sources["test"]
    assert len({r["answer"] for r in rows}) == len(rows)


@settings(max_examples=100, deadline=None)
@given(st.text(), st.text(), st.text())
def test_no_text_breaks_the_screen(answer, source, said):
    assert verdict(assess(answer, source, said)) in ("supported", "unsupported", "undecided")


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(SOURCE.split(". ")))
def test_sentence_of_the_source_itself_is_supported(sentence):
    assert invented(sentence + ".", SOURCE) is False
