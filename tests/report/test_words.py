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
    assert [words.next_step(c) for c in builder.needs_review().checks if c.status == "NEEDS_REVIEW"] == [words.LET_PEOPLE_DECIDE]


def test_a_test_that_waits_for_a_signature_does_not_send_people_to_the_queue():
    unsigned = builder.criterion("brand voice", ">=", 0.9, 0.95, status="NEEDS_REVIEW").model_copy(update={"next": "Have it signed."})
    assert words.next_step(builder.check(10, "NEEDS_REVIEW", criteria=[unsigned, unsigned])) == "Have it signed."


def test_a_sample_too_small_for_p999_is_not_too_small_for_p99():
    latency = builder.latency(1.0, n=700)
    assert words.uncertified(latency, "p999") and not words.uncertified(latency, "p99")


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


@pytest.mark.parametrize(("steady", "word"), [(True, "steady"), (False, "not steady"), (None, "valid")])
def test_a_run_is_only_called_steady_where_that_was_found(steady, word):
    assert words.condition(builder.load(1).model_copy(update={"steady": steady})) == word


def test_a_closed_loop_has_users_and_no_rate_that_was_asked_for():
    closed = builder.load(1).model_copy(update={"loop": "closed", "concurrency": 8, "requested_rate": None, "arrivals": "think 2 s"})
    assert words.traffic(closed).startswith("Think 2 s, closed loop of 8 users, 2 /s sent")


def test_without_an_slo_the_share_of_good_requests_is_not_a_hundred_per_cent():
    assert words.good(builder.load(1).model_copy(update={"slo": {}, "attainment": 1.0})) == "no SLO given"


def test_a_failure_is_shown_with_what_one_of_its_kind_said():
    load = builder.load(1, errors={"http_5xx": 2, "timeout": 1, "reset": 0}).model_copy(update={"error_samples": {"http_5xx": "died"}})
    assert words.failures(load) == ["2 x http_5xx: died", "1 x timeout"]


def test_an_slo_that_was_only_counted_has_its_limits_and_says_whether_it_was_missed():
    assert words.further_slos(builder.load(1)) == ["chat (TTFT at most 200 ms): 97 % good, 99 % wanted, missed"]
