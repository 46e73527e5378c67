"""The sentences that all renderings share."""

import pytest

from ftbench.report import words
from tests.report import builder


def test_a_ship_says_how_many_tests_were_not_run():
    assert words.sentence(builder.ships()) == "SmolLM2-135M-Instruct met every criterion of the 4 tests run; 6 tests were not run."


def test_a_failure_names_the_tests_that_failed():
    sentence = words.sentence(builder.does_not_ship())
    assert "test 1 (Accuracy on golden test set), test 4 (Latency benchmark) and test 9 (Cost per inference)" in sentence
    assert sentence.endswith("it passed 1 of the 4 tests run.")


def test_an_invalid_run_is_no_word_about_the_model():
    assert words.headline(builder.invalid()) == "No verdict: the measurement is not valid"
    assert "says nothing about" in words.sentence(builder.invalid())


def test_a_pass_without_proof_is_borderline_and_a_failure_without_proof_is_not():
    assert words.evidence(builder.criterion("x", ">=", 0.9, 0.95, evidence="INCONCLUSIVE")) == "borderline"
    assert words.evidence(builder.criterion("x", ">=", 0.9, 0.85, status="FAIL", evidence="INCONCLUSIVE")) == "inconclusive"
    assert words.evidence(builder.check(2, "SKIPPED", "NO_DATA")) == ""


def test_a_failed_test_is_decided_by_its_failing_criteria_not_by_its_first():
    cost = next(c for c in builder.does_not_ship().checks if c.number == 9)
    assert words.decisive(cost) == ["margin at 1x: 18 % (at least 40 %)", "cost per inference at 10x: USD 0.00081 (at most USD 0.0005)"]


def test_a_criterion_without_an_observation_says_no_data():
    check = builder.bare().checks[0]
    assert words.decisive(check) == ["right answers: no data"]


def test_a_skipped_test_is_decided_by_its_reason():
    assert words.decisive(builder.skipped(2)) == ["The spec has no section tests.hallucination."]


def test_what_to_do_is_said_only_where_something_failed():
    assert [c.number for c in builder.does_not_ship().checks if words.next_step(c)] == [1, 4, 9]
    assert not any(words.next_step(c) for c in builder.ships().checks)


@pytest.mark.parametrize(
    ("note", "quantile", "found"), [("p99 needs 662", "p99", True), ("p99.9 needs 6,636", "p99", False), ("p9 x", "p99", False)]
)
def test_a_note_on_p999_is_not_one_on_p99(note, quantile, found):
    latency = builder.latency(1.0).model_copy(update={"notes": [note]})
    assert (words.uncertified(latency, quantile) is not None) == found


def test_failing_ids_that_a_criterion_names_are_not_repeated():
    check = builder.check(1, "FAIL", "REFUTED", [builder.criterion("a", ">=", 1, 0.9, failures=["x"])], failures=["x", "y"])
    assert words.other_failures(check) == ["y"]


def test_a_saturated_run_is_not_trusted_though_its_measurement_is_valid():
    run = builder.load(10, saturated=True)
    assert (
        not words.is_trusted(run)
        and words.condition(run) == "saturated"
        and "20 /s was more than the model could serve" in words.warnings(run)[0]
    )
    assert words.condition(builder.load(10, saturated=True, valid=False)) == "invalid measurement"
