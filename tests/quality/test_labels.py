"""Exact match after a declared normalisation, and nothing cleverer."""

import unicodedata
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.quality.labels import STEPS, normalise
from ftbench.spec.checks import Accuracy

DEFAULT = Accuracy().normalise


@pytest.mark.parametrize(
    "answer", ["billing", " Billing.\n", "**BILLING**", '"billing"', "`billing`!", "- billing", "«billing»", "billing。"]
)
def test_dress_around_a_label_is_no_wrong_answer(answer):
    assert normalise(answer, DEFAULT) == "billing"


@pytest.mark.parametrize("answer", ["billing team", "not billing", "bill-ing", "billing or refund", "billing\nrefund", ""])
def test_more_than_the_label_is_no_right_answer(answer):
    assert normalise(answer, DEFAULT) != "billing"


def test_first_line_takes_the_first_line_that_says_anything():
    assert normalise("\n \n billing\nbecause ...", [*DEFAULT, "first_line"]) == "billing"
    assert normalise("", ["first_line"]) == ""


def test_steps_that_are_not_declared_are_not_done():
    assert normalise(" Billing. ", []) == " Billing. "
    assert normalise(" Billing. ", ["strip"]) == "Billing."
    assert normalise(" Billing. ", ["casefold"]) == " billing. "


def test_order_in_which_steps_are_declared_does_not_matter():
    assert normalise(' "Straße!" \n x', STEPS) == normalise(' "Straße!" \n x', tuple(reversed(STEPS))) == "strasse"


def test_two_ways_to_write_the_same_character_are_the_same_label():
    assert normalise("re\u0301clamation", DEFAULT) == normalise("R\u00c9CLAMATION", DEFAULT)


@given(st.text(st.characters(codec=None)), st.sampled_from([c for n in range(5) for c in combinations(STEPS, n)]))
def test_no_text_raises_and_canonically_equal_texts_stay_equal(text, steps):
    assert normalise(text, steps) == normalise(unicodedata.normalize("NFD", text), steps)
