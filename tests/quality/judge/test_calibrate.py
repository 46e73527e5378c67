"""A judge may gate only when it agreed with people on both kinds of answers."""

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from ftbench.quality.judge.calibrate import calibrate
from ftbench.quality.judge.labels import Label
from ftbench.quality.judge.question import CHOICES, Opinion
from tests.quality.judge.builder import question, settings


def calibrated(pairs, *, task="correctness", **more):
    """`pairs`: what people said and what the judge said."""
    labels = [Label(question(n, task=task)._replace(id=f"calibration/{n}"), human) for n, (human, _) in enumerate(pairs)]
    opinions = {f"calibration/{n}": Opinion(id=f"calibration/{n}", task=task, choice=judge) for n, (_, judge) in enumerate(pairs)}
    return calibrate(labels, opinions, [task], settings(**more))[task]


def test_figures_are_those_of_the_table():
    pairs = [("Correct", "Correct")] * 36 + [("Correct", "Wrong")] * 4 + [("Wrong", "Wrong")] * 9 + [("Wrong", None)]
    found = calibrated(pairs)
    assert (found.n, found.n_good, found.n_bad, found.unparsed) == (50, 40, 10, 1)
    assert (found.agreement, found.sensitivity, found.specificity) == (0.9, 0.9, 0.9)
    assert found.counts["Wrong"] == {"Correct": 0, "Partially correct": 0, "Wrong": 9, "unparsed": 1}
    assert found.may_gate and "agreed with people on 45 of 50 labels of correctness (90%" in found.why


@pytest.mark.parametrize(
    ("pairs", "why"),
    [
        ([("Correct", "Correct")] * 40 + [("Wrong", "Wrong")] * 9, "1 labels more are needed"),
        ([("Correct", "Correct")] * 42 + [("Wrong", "Partially correct")] * 8, "less than 85%"),
        ([("Correct", "Correct")] * 60, "all labels are good answers"),
        ([("Wrong", "Wrong")] * 60, "all labels are not good answers"),
        ([("Correct", "Correct")] * 55 + [("Wrong", "Correct")] * 5, "no better than chance"),
        ([], "nobody's labels of correctness"),
    ],
)
def test_judge_that_was_not_tried_or_failed_may_not_gate(pairs, why):
    found = calibrated(pairs)
    assert not found.may_gate and why in found.why


def test_always_unparsed_is_never_agreement():
    found = calibrated([("Correct", None)] * 30 + [("Wrong", None)] * 30)
    assert (found.agreement, found.sensitivity, found.specificity, found.may_gate) == (0, 0, 0, False)


def test_just_enough_agreement_is_enough():
    assert calibrated([("Correct", "Correct")] * 10 + [("Wrong", "Wrong")] * 7 + [("Wrong", "Correct")] * 3, min_labels=20).may_gate


said = st.sampled_from(CHOICES["correctness"])


@limits(max_examples=60, deadline=None)
@given(st.lists(st.tuples(said, said | st.none()), min_size=1, max_size=60))
def test_one_more_agreement_never_takes_the_right_to_gate_away(pairs):
    before = calibrated(pairs, min_labels=5, min_agreement=0.6)
    for grade in CHOICES["correctness"]:
        after = calibrated([*pairs, (grade, grade)], min_labels=5, min_agreement=0.6)
        assert after.may_gate or not before.may_gate
