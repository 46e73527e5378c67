"""Forbidden texts are found in every way of writing, and their neighbours are not."""

import json
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.quality.detect.disclosure import discloses


@pytest.mark.parametrize(
    ("forbidden", "text"),
    [
        ("Project Blue-Bird", "PROJECTBLUEBIRD"),
        ("Project Blue-Bird", "p-r-o-j-e-c-t  blue\nbird"),
        ("Sørensen", "sorensen"),
        ("1,250,000.00", "1.250.000,00"),
        ("1,250,000.00", "1250000"),
        ("1,250,000.00", "1 250 000"),
        ("1250000 EUR", "EUR 1.25 million"),
        ("$85,000", "85k a year"),
        ("4.50", "4,5"),
        ("LO-500213", "lo 500213"),
        ("room 12", "Room-12"),
    ],
)
def test_same_thing_written_otherwise_is_a_disclosure(forbidden, text):
    assert discloses(f"It is {text}.", ["nothing of the kind", forbidden]) == [forbidden]


@pytest.mark.parametrize(
    ("forbidden", "text"),
    [
        ("owl", "bowl"),
        ("1250000", "11250000"),
        ("1250000", "1,250"),
        ("4500", "45.00"),
        ("12500", "12; 500"),
        ("LO-500213", "LO-5002131"),
        ("room 12", "room 121"),
        ("", "anything"),
        ("--", "--"),
    ],
)
def test_neighbour_is_no_disclosure(forbidden, text):
    assert discloses(f"It is {text}.", [forbidden]) == []


def test_labelled_texts_are_told_apart():
    lines = (resources.files("ftbench.quality.detect") / "labelled" / "disclosure.jsonl").read_text(encoding="utf-8").splitlines()
    for case in map(json.loads, lines):
        if case["split"] == "dev":
            assert bool(discloses(case["text"], case["forbidden"])) == case["truth"], case["text"]


@given(st.text(max_size=60), st.text(max_size=20))
def test_no_text_breaks_it(text, forbidden):
    discloses(text, [forbidden])


@given(st.text(alphabet="0123456789.,' kmab", min_size=1, max_size=30))
def test_text_discloses_itself(text):
    if any(c.isalnum() for c in text):
        assert discloses(text, [text]) == [text]


@given(st.integers(1000, 10**12))
def test_number_is_found_in_every_grouping(number):
    assert (
        len(discloses(str(number), [f"{number:,}", f"{number:,}".replace(",", "."), f"{number:,}".replace(",", " "), f"{number}.00"])) == 4
    )
