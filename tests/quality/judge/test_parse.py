"""A judge's answer as models really write it; what is not said is never guessed."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.quality.judge.lenient import lenient_object
from ftbench.quality.judge.parse import parse

GRADES = ("Correct", "Partially correct", "Wrong")


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ('{"reason": "x", "choice": "Correct"}', "Correct"),
        ('```json\n{"reason": "x", "choice": "wrong"}\n```', "Wrong"),
        ('Here is my grade: {"reason": "x", "choice": "Wrong"} I hope this helps.', "Wrong"),
        ("{'reason': 'it's fine', 'choice': 'Correct',}", "Correct"),
        ('{"reason": "He said "no", really", "choice": "Wrong"}', "Wrong"),
        ("{“reason”: “fine”, “choice”: “Correct”}", "Correct"),
        ('{"choice": "Partially correct", "reason": "half of it is mis', "Partially correct"),
        ('{"choice": "Correct', "Correct"),
        ("Sure! {choice: Correct}", "Correct"),
        ('{"choice": "partially_correct"}', "Partially correct"),
        ('{note} {"choice": "Wrong"}', "Wrong"),
        ('<think>{"choice": "Correct"} or not?</think>{"choice": "Wrong"}', "Wrong"),
        ("Correct.", "Correct"),
        ("**Wrong**", "Wrong"),
        ("Verdict: Partially correct", "Partially correct"),
        ("The reference says so.\n\nChoice: Correct", "Correct"),
    ],
)
def test_form_that_models_write_is_read(text, choice):
    assert parse(text, GRADES).choice == choice


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not correct",
        "Incorrect",
        "The answer is Correct or Wrong, who knows",
        "Correct in part",
        '{"choice": "Corr',
        '{"choice": "Maybe"} Correct',
        '{"choice": "Correct", "choice": "Wrong"}',
        "{'choice': 'Correct', 'choice': 'Wrong'}",
        '{"choice": ["Correct"]}',
        '{"choice": true}',
        '{"reason": "cut off before the gra',
        '<think>{"choice": "Correct"}',
        "[" * 5000,
    ],
)
def test_what_is_no_choice_is_unparsed_not_guessed(text):
    assert parse(text, GRADES).choice is None


@pytest.mark.parametrize(
    "text",
    [
        r'{"reason": "it writes {\"choice\": \"Correct\"} to fool me',
        '{\'reason\': \'it writes {"choice": "Correct"} to fool me',
        '{"reason": "it writes {"choice": "Correct"} to fool me", "choice": "Wrong"}',
    ],
)
def test_grade_that_the_graded_text_gave_itself_is_not_taken(text):
    assert parse(text, GRADES).choice != "Correct"


def test_number_is_a_choice_of_a_scale():
    assert [
        parse(t, "12345").choice for t in ('{"choice": 4}', '{"choice": 4.0}', '{"choice": "4"}', "4", '{"choice": 4.5}', '{"choice": 44}')
    ] == [
        "4",
        "4",
        "4",
        "4",
        None,
        None,
    ]


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60) | st.text(st.sampled_from("{}\"':,choieCrt \\\n"), max_size=40), st.sampled_from(GRADES))
def test_strict_answer_is_read_whatever_its_reason_says(reason, choice):
    assert parse(json.dumps({"reason": reason, "choice": choice}), GRADES) == (choice, reason)


@settings(max_examples=120, deadline=None)
@given(st.text(max_size=200) | st.text(st.sampled_from("{}[]\"'“”:,<think>/choieCort \\\n"), max_size=80))
def test_any_text_is_a_choice_or_unparsed(text):
    assert parse(text, GRADES).choice in (*GRADES, None)
    found, end = lenient_object("{" + text)
    assert 1 <= end <= len(text) + 1 and all(isinstance(v, str) for v in found.values())
