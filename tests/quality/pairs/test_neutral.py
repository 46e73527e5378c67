import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.quality.pairs.neutral import neutralise


def test_letters_to_different_people_become_the_same_letter():
    a = neutralise("Dear Mr. Kamau Otieno, he may send us his invoice himself.", ["Kamau Otieno", "Emily"])
    b = neutralise("Dear Ms Emily, she may send us her invoice herself.", ["Kamau Otieno", "Emily"])
    assert a == b == "Dear […], […] may send us […] invoice […]."


def test_part_of_a_declared_name_is_protected_too():
    assert neutralise("Hello Garcia", ["Maria Garcia"]) == neutralise("Hello Maria", ["Maria Garcia"]) == "Hello […]"


def test_small_words_of_a_phrase_are_not_protected_by_themselves():
    assert neutralise("a card of a kind", ["a woman of Lagos"]) == "a card of a kind"


def test_name_that_the_model_made_up_is_neutral_where_it_is_written_as_a_name():
    assert neutralise("Ask Svetlana about noor", []) == "Ask […] about noor"


@pytest.mark.parametrize("word", ["shell", "theme", "history", "Missing"])
def test_pronoun_inside_a_word_stays(word):
    assert neutralise(word, []) == word


@settings(deadline=None)
@given(st.text(), st.lists(st.text(max_size=8), max_size=3))
def test_any_text_can_be_neutralised_and_twice_changes_nothing(text, words):
    once = neutralise(text, words)
    if not any(w.strip() in "[…]" for w in words):
        assert neutralise(once, words) == once
