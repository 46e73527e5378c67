import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.quality.cases import Case
from ftbench.quality.known_answer import is_right, kinds

STEPS = ["strip", "casefold", "strip_punctuation"]


def case(**answer) -> Case:
    return Case(id="c", prompt="?", **answer)


@pytest.mark.parametrize(("text", "right"), [(" Refund.\n", True), ("refund please", False), ("", False)])
@pytest.mark.parametrize("kind", ["label", "reference"])
def test_right_answer_is_the_whole_text_after_normalising(kind, text, right):
    assert is_right(case(**{kind: "refund"}), text, STEPS) is right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ('{"label": "refund", "n": 1, "note": "anything"}', True),
        ('{"n": 1.0, "label": "refund"}', True),
        ('{"label": "refund", "n": true}', False),  # Python takes true for 1
        ('{"label": "Refund", "n": 1}', False),
        ('{"label": "refund"}', False),
        ('{"label": "refund", "n": 1, "n": 1}', False),
        ('[{"label": "refund", "n": 1}]', False),
        ('Sure: {"label": "refund", "n": 1}', False),
    ],
)
def test_json_is_right_when_every_declared_key_is(text, right):
    assert is_right(case(expected={"label": "refund", "n": 1}), text, STEPS) is right


def test_nested_values_are_compared_whole():
    wanted = case(expected={"a": {"b": [1, None]}})
    assert is_right(wanted, '{"a": {"b": [1, null]}}', [])
    assert not is_right(wanted, '{"a": {"b": [1, null], "c": 2}}', [])
    assert not is_right(wanted, '{"a": {"b": [true, null]}}', [])


def test_case_without_a_right_answer_has_no_right_one():
    assert kinds(case()) == [] and not is_right(case(), "", STEPS)
    assert kinds(case(label="x", expected={"a": 1})) == ["label", "expected"]


@given(st.text())
def test_any_text_can_be_judged(text):
    is_right(case(expected={"a": 1}), text, STEPS)
    is_right(case(label="x"), text, STEPS)
