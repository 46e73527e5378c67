"""A judge's share of good answers with its errors taken out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.checks.corrected import Errors, corrected_at_least, corrected_below, errors_on
from ftbench.quality.judge.question import Calibration
from ftbench.spec.checks import Evidence

SHARP = Errors("Correct", 90, 100, 95, 100)


def cases(good: int, n: int) -> dict[str, bool]:
    return {f"c{i}": i < good for i in range(n)}


def at_least(outcomes, *, errors=SHARP, threshold=0.85, judged=None, **more):
    return corrected_at_least("ok", outcomes, outcomes if judged is None else judged, errors, threshold, Evidence(), **more)


def test_status_goes_by_the_corrected_rate_not_by_the_judges_own():
    found = at_least(cases(80, 100))
    assert found.observed == pytest.approx((0.80 + 0.95 - 1) / (0.90 + 0.95 - 1))
    assert found.status == "PASS" and "it said so of 90 of 100 that were, and of 5 of 100 that were not" in found.note
    generous = Errors("Correct", 100, 100, 70, 100)  # calls three in ten bad answers good
    assert at_least(cases(88, 100), errors=generous).status == "FAIL"


def test_judges_errors_cost_proof_and_few_labels_cost_more():
    many, few = (at_least(cases(190, 200), errors=Errors("Correct", k, k, k, k), threshold=0.85).ci for k in (1000, 12))
    assert few[0] < many[0] < 0.95
    assert at_least(cases(200, 200), errors=Errors("Correct", 99, 100, 99, 100)).evidence == "PROVEN"
    assert at_least(cases(50, 200)).evidence == "REFUTED"


def test_what_people_graded_is_counted_as_it_is():
    outcomes = cases(90, 100)
    alone = at_least(outcomes, judged=())
    assert alone.observed == 0.9 and alone.note == ""
    mixed = at_least(outcomes, judged={f"c{i}" for i in range(50)})
    assert mixed.observed == pytest.approx(0.5 * 1 + 0.4) and mixed.ci[0] <= mixed.observed <= mixed.ci[1]


def test_share_of_bad_answers_is_corrected_alike():
    found = corrected_below("bad", cases(4, 100), cases(4, 100), Errors("Wrong", 9, 10, 80, 80), 0.05, Evidence())
    assert found.observed == pytest.approx(0.04 / 0.9) and (found.status, found.evidence) == ("PASS", "INCONCLUSIVE")
    assert found.failures == ["c0", "c1", "c2", "c3"]


def test_too_few_cases_are_no_data():
    assert at_least(cases(5, 5), min_cases=50).status == at_least({}).status == "INVALID"


def test_unreadable_answers_to_labels_are_no_evidence_on_either_side():
    table = {
        "Correct": {"Correct": 8, "Wrong": 1, "unparsed": 1},
        "Partially correct": {"Correct": 2},
        "Wrong": {"Wrong": 5, "unparsed": 5},
    }
    figures = dict.fromkeys(("agreement", "sensitivity", "specificity"), None) | dict.fromkeys(("n", "n_good", "n_bad", "unparsed"), 0)
    calibration = Calibration(task="correctness", may_gate=True, why="", counts=table, **figures)
    assert errors_on("Correct", calibration) == Errors("Correct", 8, 9, 5, 7)
    assert errors_on("Wrong", calibration) == Errors("Wrong", 5, 5, 10, 11)
    assert not Errors("Wrong", 0, 0, 5, 5).usable and not Errors("Wrong", 5, 5, 0, 5).usable


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 39), st.integers(0, 40), st.integers(6, 10), st.integers(6, 10))
def test_one_more_right_case_never_makes_it_worse(good, judged, hits, rejections):
    errors, by_judge = Errors("Correct", hits, 10, rejections, 10), {f"c{i}" for i in range(40 - judged, 40)}
    order = ["FAIL", "PASS"], ["REFUTED", "INCONCLUSIVE", "PROVEN"]
    before, after = (at_least(cases(k, 40), errors=errors, judged=by_judge) for k in (good, good + 1))
    assert after.observed >= before.observed - 1e-12
    assert order[0].index(after.status) >= order[0].index(before.status)
    assert order[1].index(after.evidence) >= order[1].index(before.evidence)
