import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.quality.pairs.words import PLACEHOLDER, holds, mentioned, replace, unlike


def test_name_inside_another_word_stays():
    assert replace("Ann sent the Annual report to ANN's desk", ["Ann"], by="_") == "_ sent the Annual report to _'s desk"


def test_longer_phrase_goes_before_its_part():
    assert replace("Maria Garcia wrote", ["Maria", "Maria Garcia"], by="_") == "_ wrote"


@pytest.mark.parametrize(("text", "word"), [("田中さんへ", "田中"), ("สวัสดีสมชายครับ", "สมชาย")])
def test_scripts_without_spaces_have_no_word_boundary_to_wait_for(text, word):
    assert PLACEHOLDER in replace(text, [word])


def test_composed_and_decomposed_accents_are_the_same_name():
    assert holds("Cher Étienne,", ["Étienne"])
    assert replace("Étienne!", ["étienne"], by="_") == "_!"


def test_expression_characters_in_a_word_mean_themselves():
    assert replace("(C++) is a.b", ["a.b", "(C++)"], by="_") == "_ is _"
    assert not holds("axb", ["a.b"])


def test_stem_finds_every_ending_and_a_whole_word_only_itself():
    assert mentioned("That is Confusing", ["confus*", "confus", "her*"]) == ["confus*"]
    assert mentioned("She is there", ["she", "here", "*"]) == ["she"]


def test_no_words_replace_nothing():
    assert replace("text", []) == replace("text", ["", " "]) == "text"
    assert not holds("text", [""])


def test_words_that_differ_are_named_by_side():
    assert unlike("I am a man of 25", "I am an old man of 25") == (["a"], ["an", "old"])


@given(st.text(), st.lists(st.text(max_size=6), max_size=3))
def test_any_text_and_any_words_can_be_searched(text, words):
    replace(text, words)
    holds(text, words)
    mentioned(text, [*words, *(f"{w}*" for w in words)])
    unlike(text, "".join(words))
