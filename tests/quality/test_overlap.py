"""A model that saw its test cases cannot be measured by them."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.errors import InputError
from ftbench.quality import cases as test_sets
from ftbench.quality.cases import Case
from ftbench.quality.overlap import overlaps, refuse_overlap
from ftbench.quality.training_texts import TrainingText, training_texts
from tests.checks.builder import spec

TICKET = "The oak chair from my order LO-111111 has arrived with a broken leg, please send me a new one"


def found(cases: list[str], training: list[str]) -> list[tuple[str, int]]:
    tested = [("accuracy", Case(id=f"c{i}", prompt=text)) for i, text in enumerate(cases)]
    return [(o.case, o.line) for o in overlaps(tested, [TrainingText("t.jsonl", i, text) for i, text in enumerate(training)])]


def test_same_words_are_found_whatever_their_case_spacing_and_punctuation():
    assert found(["Where is my PARCEL?", "hello"], ["Hi!", " where   is my parcel", "Ｈｅｌｌｏ"]) == [("c0", 1), ("c1", 2)]


def test_text_with_one_word_changed_is_found():
    assert found([TICKET.replace("oak", "pine")], ["Something else entirely", TICKET]) == [("c0", 1)]


def test_same_words_in_another_order_are_found():
    assert found(["please send me a new one: " + TICKET.removesuffix(", please send me a new one")], [TICKET]) == [("c0", 0)]


def test_case_that_was_pasted_into_a_longer_training_text_is_found():
    around = (
        "### Instruction\nSort this ticket of the shop into one of the six queues that we have.\n{}\n### Answer\nrefund, because of it."
    )
    assert found([TICKET], ["x y z", around.format(TICKET)]) == [("c0", 1)]


def test_two_texts_about_the_same_trouble_are_no_overlap():
    other = "One leg of the chair you delivered is snapped off, can I have another chair instead?"
    assert found([other, "My lamp hums"], [TICKET, "My lamp does not light up"]) == []


def test_empty_inputs_of_test_and_training_are_no_overlap():
    assert found(["", " ", "???", "\U0001f600"], ["", "?", "\U0001f600"]) == []


def test_template_around_every_input_makes_no_two_of_them_alike():
    rng = random.Random(0)
    head = "You are given a ticket of a customer of our shop. Sort it into one of the queues billing, refund and other. The ticket: "
    words = [f"word{i}" for i in range(300)]

    def one() -> str:
        return head + " ".join(rng.sample(words, 8))

    training = [one() for _ in range(60)]
    assert found([one() for _ in range(20)], training) == []
    assert found([training[7]], training) == [("c0", 7)]
    assert found([training[7] + " soon"], training) == [("c0", 7)]  # seen behind the template


def test_only_the_last_turn_of_a_conversation_is_the_case():
    chat = Case(id="c", messages=[{"role": "user", "content": "Hello"}, {"role": "user", "content": "Where is it?"}])
    assert overlaps([("x", chat)], [TrainingText("t", 1, "Hello")]) == []
    assert overlaps([("x", chat)], [TrainingText("t", 1, "where is it")])


def test_error_names_case_and_line_and_the_way_out(tmp_path):
    (tmp_path / "train.jsonl").write_text("\n" + json.dumps({"messages": [{"role": "user", "content": TICKET}]}) + "\n")
    contract = spec({}, tmp_path, training=["train.jsonl"])
    cases = [Case(id="g1", prompt=TICKET.replace("oak", "pine")), Case(id="g2", prompt="Hello there")]
    with pytest.raises(InputError) as refusal:
        refuse_overlap(contract, [test_sets.TestSet("accuracy", "golden.jsonl", "", cases)])
    message = str(refusal.value)
    assert message.startswith("1 of 2 test cases stand in the training data")
    assert "tests.accuracy, case g1: 95 % alike to train.jsonl, line 2" in message and "Write new cases" in message
    refuse_overlap(contract, [test_sets.TestSet("accuracy", "golden.jsonl", "", cases[1:])])
    refuse_overlap(spec({}, tmp_path), [test_sets.TestSet("accuracy", "golden.jsonl", "", cases)])  # nothing declared, nothing compared


@pytest.mark.parametrize(
    ("line", "texts"),
    [
        (
            {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]},
            ["a"],
        ),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]}, ["a\nb"]),
        ({"prompt": "a", "completion": "b"}, ["a"]),
        ({"prompt": [{"role": "user", "content": "a"}], "completion": [{"role": "assistant", "content": "b"}]}, ["a"]),
        ({"text": "a"}, ["a"]),
    ],
)
def test_forms_of_training_data_are_read(tmp_path, line, texts):
    (tmp_path / "t.jsonl").write_text(json.dumps(line) + "\n")
    assert [text.text for text in training_texts(tmp_path / "t.jsonl")] == texts


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "does not exist"),
        (b"\xff", "cannot be read"),
        (b"\n", "holds no example"),
        (b"{", "t.jsonl, line 1: this is not JSON"),
        (b'{"input": "a"}', "line 1: this is no training example"),
        (b"[1]", "line 1: this is no training example"),
        (b'{"text": 5}', "`text` is int"),
        (b'{"messages": [5]}', "a message needs the form"),
        (b'{"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}', "is not text"),
    ],
)
def test_training_file_that_cannot_be_compared_is_refused(tmp_path, content, says):
    if content is not None:
        (tmp_path / "t.jsonl").write_bytes(content)
    with pytest.raises(InputError, match="t.jsonl") as refusal:
        training_texts(tmp_path / "t.jsonl")
    assert says in str(refusal.value)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text(st.characters(codec=None), max_size=30), max_size=6), st.lists(st.text(max_size=30), max_size=6))
def test_no_text_makes_the_comparison_raise_and_every_case_overlaps_itself(cases, training):
    found(cases, training)
    worded = [text for text in training if any(c.isascii() and c.isalnum() for c in text)]
    assert len(found(worded, training)) == len(worded)
