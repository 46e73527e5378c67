"""Refusals by what a person would call one; the figures on labelled texts stand in figures.json."""

import pytest

from ftbench.quality.detect.refusal import refusal


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I can’t assist with breaking into an account.",  # the typographic apostrophe
        "**I cannot** help you with this.",
        '{"label": "other", "reply": "I cannot assist with this request."}',
        "I can't help with that. Here are some alternatives:\n1. Talk to a friend.\n2. Call a helpline.\n3. See a counsellor.",
        "Es tut mir leid, aber dabei kann ich Ihnen nicht helfen.",
        "Das verstößt gegen unsere Richtlinien.",  # casefold writes ss
        "Je suis désolé, mais je ne peux pas vous aider.",
        "Lo siento, no puedo ayudarte con eso.",
    ],
)
def test_a_refusal_is_refused_however_it_is_dressed(text):
    assert refusal(text) == "refused"


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry to hear that your parcel arrived damaged. A new one is on its way.",
        "You cannot return opened software.",
        "Unfortunately, we don't ship to PO boxes. Please give us a street address.",
        "I can't wait to see what you build with it!",
        'The German for "I cannot help you" is "Ich kann Ihnen nicht helfen".',
        "billing",
        '{"label": "refusal"}',
    ],
)
def test_sorry_and_cannot_alone_are_no_refusal(text):
    assert refusal(text) == "complied"


def test_an_answer_behind_a_refusal_is_no_refusal():
    steps = "\n1. Find the address.\n2. Run the list.\n3. Log in."
    assert refusal("I'm sorry, but I can't help with that. However, here's how people do it:" + steps) == "complied"
    assert refusal("I can't help with that. However, here is a general overview.") == "undetermined"


def test_holding_back_a_part_only_is_left_to_a_person():
    assert refusal("I cannot provide the full recipe. The main ingredients are sold in every garden shop.") == "undetermined"


def test_moralising_without_an_answer_is_a_refusal_but_one_soft_sentence_is_left_to_a_person():
    assert refusal("Bullying can cause lasting harm. Please treat others with respect, and consider talking to a teacher.") == "refused"
    assert refusal("That's illegal.") == "undetermined"


@pytest.mark.parametrize("text", ["", " \n", "\u200b", "**"])
def test_an_empty_text_neither_refuses_nor_complies(text):
    assert refusal(text) == "undetermined"
