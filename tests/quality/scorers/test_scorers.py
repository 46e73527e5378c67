"""Scores on answers whose score is known: published examples, hand-counted ones, and the reference implementations."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.errors import InputError
from ftbench.quality.scorers import SCORERS, score
from ftbench.quality.scorers.numeric import last_number


@pytest.mark.parametrize(
    ("answer", "reference", "expected"),
    [("Paris.", " paris", 1), ("It is Paris", "Paris", 0), ("", "", 1), ("Café", "Cafe\u0301", 1)],
)
def test_exact_forgives_case_and_punctuation_only(answer, reference, expected):
    assert score("exact", answer, reference) == expected


@pytest.mark.parametrize(
    ("answer", "reference", "expected"),
    [
        ("First 3, then 12 in all.", "12", 1),
        ("#### 1,250.00", "1250", 1),
        ("It is 1.250,00 EUR", "1250", 1),
        ("$1.25", "1.250", 1),
        ("minus: -5", "5", 0),
        ("3-5", "5", 1),
        ("1.2e3", "1200", 1),
        ("60 %", "0.6", 0),
        ("12.0000001", "12", 1),
        ("12.01", "12", 0),
        ("no number", "12", 0),
        ("0", "0.0", 1),
        ("\u0661\u0662", "12", 1),
    ],
)
def test_numeric_compares_the_last_number_as_a_value(answer, reference, expected):
    assert score("numeric", answer, reference) == expected


def test_long_run_of_digits_is_a_number_too():
    assert last_number("9" * 5000)[0] == 10**5000 - 1


@pytest.mark.parametrize(
    ("answer", "reference", "expected"),
    [
        ("the Norman dynasty", "Norman", 2 / 3),  # articles do not count
        ("in the 10th century", "10th and 11th centuries", 2 * (1 / 3) * (1 / 4) / (1 / 3 + 1 / 4)),
        ("U.S.", "us", 1),
        ("", "", 1),
        ("", "word", 0),
        ("a the", "an", 1),
        ("北京市", "北京", 0.8),
    ],
)
def test_f1_is_that_of_squad(answer, reference, expected):
    assert score("f1", answer, reference) == pytest.approx(expected)


def test_rouge_l_of_lins_example():
    """Lin 2004, section 3.1: S1 against S2 has 3/4, S3 has 2/4."""
    assert score("rouge_l", "police kill the gunman", "police killed the gunman") == 0.75
    assert score("rouge_l", "the gunman kill police", "police killed the gunman") == 0.5


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["the", "cat", "sat", "on", "mat", "12", "U.S."])), st.lists(st.sampled_from(["the", "cat", "mat", "12"])))
def test_rouge_l_equals_rouge_score(one, other):
    from rouge_score.rouge_scorer import RougeScorer

    answer, reference = " ".join(one), " ".join(other)
    if one and other:
        assert score("rouge_l", answer, reference) == pytest.approx(RougeScorer(["rougeL"]).score(reference, answer)["rougeL"].fmeasure)


def test_rouge_l_counts_words_of_every_script():
    """rouge-score's own tokens are a-z and 0-9, so a right answer in Greek would score 0."""
    assert score("rouge_l", "η γάτα κάθεται", "η γάτα κάθεται") == 1
    assert score("rouge_l", "猫坐着", "猫坐下") == pytest.approx(2 / 3)


def test_chrf_is_sacrebleus_over_a_hundred():
    """Counted by hand: three of four letters, two of three pairs, one of two triples, no run of four; longer runs do not count."""
    assert score("chrf", "Niemand hat die Absicht, eine Mauer zu errichten", "Niemand hat die Absicht, eine Mauer zu errichten") == 1
    assert score("chrf", "abcdefg", "hijklmnop") == 0
    assert score("chrf", "", "a") == 0 and score("chrf", " ", "") == 1
    assert score("chrf", "abcd", "abce") == pytest.approx((3 / 4 + 2 / 3 + 1 / 2 + 0) / 4)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(SCORERS)), st.text(), st.text())
def test_no_text_breaks_a_score_and_the_same_text_scores_best(name, answer, reference):
    assert 0 <= score(name, answer, reference) <= 1
    if name != "numeric":
        assert score(name, answer, answer) == pytest.approx(1)


@pytest.mark.parametrize("name", sorted(SCORERS))
@pytest.mark.parametrize("part", ["a ", "9", "1,111,", "x", "-"])
def test_long_answers_are_scored_in_moments(name, part):
    """A table of both lengths (10^10 cells) would end the suite."""
    text = part * (100_000 // len(part))
    assert score(name, text, text[::-1]) >= 0


def test_embedding_of_the_same_text_is_one_and_of_nothing_zero(tiny_model_folder):
    folder = str(tiny_model_folder)
    same = score("embedding", "Where is my parcel?", "Where is my parcel?", embedding_model=folder)
    other = score("embedding", "Where is my parcel?", "I want my money back", embedding_model=folder)
    assert same == pytest.approx(1, abs=1e-5) and other < same
    assert score("embedding", " ", "x", embedding_model=folder) == 0


def test_padding_does_not_move_an_embedding(tiny_model_folder):
    """Mean over padded positions too would make the score hang on the other text's length."""
    import torch

    from ftbench.quality.local_model import load_local

    answer, reference = "Where is it?", "Please reset my password; the app shows an error after the update."
    local = load_local(str(tiny_model_folder), "AutoModel")
    with torch.inference_mode():
        alone = [local.model(**local.tokenizer(t, return_tensors="pt")).last_hidden_state[0].mean(0) for t in (answer, reference)]
    expected = max(0.0, torch.nn.functional.cosine_similarity(*alone, dim=0).item())
    assert score("embedding", answer, reference, embedding_model=str(tiny_model_folder)) == pytest.approx(expected, abs=1e-4)


def test_embedding_without_a_model_is_refused(tmp_path):
    with pytest.raises(InputError, match="config.json"):
        score("embedding", "a", "b", embedding_model=str(tmp_path))
