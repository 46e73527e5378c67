"""Test 1 on generated answers: graded by people, by a scorer, by a calibrated judge."""

import json

import pytest

from ftbench.checks.accuracy import Accuracy
from ftbench.errors import InputError
from ftbench.quality.cases import Case
from ftbench.quality.judge.calibrate import calibrate
from ftbench.quality.judge.labels import Label
from ftbench.quality.judge.question import Opinion, Question
from ftbench.quality.ratings import Rating, output_digest
from ftbench.spec.judge import Judge
from tests.checks.builder import by_name, inputs, output, spec

JUDGE = {"endpoint": {"url": "http://127.0.0.1:9/v1"}}
CASES = [Case(id=f"c{i}", prompt=f"p{i}", category=f"k{i % 10}", reference="fine") for i in range(100)]
ANSWERS = [output(f"c{i}", "fine") for i in range(100)]


def contract(scorer="ratings", folder=None, **section):
    return spec({"accuracy": {"task": "generation", "scorer": scorer, **section}}, *([folder] if folder else []), judge=JUDGE)


def rating(n, word="Correct", rater="Ann", text="fine"):
    return Rating(id=f"accuracy/c{n}", rating=word, rater=rater, output_sha256=output_digest(text))


def opinion(n, choice="Correct"):
    return Opinion(id=f"accuracy/c{n}", task="correctness", choice=choice)


def calibration(right=40, wrong=20, missed=0):
    """A judge that was right on all labels but `missed` of the right answers, which it called wrong."""
    said = [("Correct", "Correct")] * (right - missed) + [("Correct", "Wrong")] * missed + [("Wrong", "Wrong")] * wrong
    labels = [Label(Question(f"l{i}", "correctness", "p", str(i)), human) for i, (human, _) in enumerate(said)]
    told = {f"l{i}": Opinion(id=f"l{i}", task="correctness", choice=judge) for i, (_, judge) in enumerate(said)}
    return calibrate(labels, told, ["correctness"], Judge.model_validate(JUDGE))


def measured(agreed, answers=ANSWERS, **more):
    return inputs(agreed, CASES, answers)._replace(**more)


def of_judge(opinions, *, answers=ANSWERS, **more):
    found = measured(contract("judge"), answers, opinions={o.id: o for o in opinions}, **{"calibration": calibration(), **more})
    return Accuracy().evaluate(found), Accuracy().review(found)


def test_ratings_that_were_imported_into_the_run_decide():
    agreed = contract()
    result = Accuracy().evaluate(measured(agreed, ratings=[rating(n, "Wrong" if n < 6 else "Correct") for n in range(100)]))
    assert by_name(result)["answers rated Correct"].observed == 0.94
    assert by_name(result)["answers rated Wrong"].status == "FAIL"
    assert result.notes == ["graded by people's ratings"]


def test_raters_who_are_even_leave_the_case_open_and_their_agreement_is_told():
    both = [rating(n) for n in range(100)] + [rating(n, "Wrong" if n == 7 else "Correct", "Ben") for n in range(50)]
    result = Accuracy().evaluate(measured(contract(), ratings=both))
    assert result.status == "NEEDS_REVIEW" and result.criteria[0].failures == ["c7"]
    assert any("Ann and Ben agree on 49 of 50" in note for note in result.notes)
    third = Accuracy().evaluate(measured(contract(), ratings=[*both, rating(7, rater="Cid")]))
    assert third.status == "PASS"


def test_ratings_of_file_and_of_run_count_together(tmp_path):
    rows = [{"id": f"c{n}", "rating": "Correct", "output_sha256": output_digest("fine")} for n in range(50)]
    (tmp_path / "ratings.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    agreed = contract(folder=tmp_path, ratings="ratings.jsonl")
    assert Accuracy().evaluate(measured(agreed, ratings=[rating(n) for n in range(50, 100)])).status == "PASS"


def test_people_are_shown_every_answer_that_came_with_its_reference():
    items = Accuracy().review(measured(contract(), [output("c0", "", error_kind="timeout"), *ANSWERS[1:]]))
    assert [i.id for i in items] == [f"accuracy/c{n}" for n in range(1, 100)]
    assert (items[0].reference, items[0].answers, items[0].choices) == ("fine", ("fine",), ("Correct", "Partially correct", "Wrong"))
    assert Accuracy().review(measured(contract("exact"))) == []


def test_exact_scorer_grades_without_people():
    answers = [output(f"c{n}", "fine" if n >= 4 else "no") for n in range(100)]
    result = Accuracy().evaluate(measured(contract("exact"), answers))
    assert (by_name(result)["answers rated Correct"].observed, by_name(result)["answers rated Wrong"].observed) == (0.96, 0.04)
    assert result.notes == ["graded by the scorer exact against each reference"]


def test_graded_scorer_grades_by_the_limits_of_the_spec():
    agreed = contract("f1", correct_at=0.9, partial_at=0.5)
    answers = [output("c0", "fine day"), output("c1", "bad day"), *ANSWERS[2:]]
    result = Accuracy().evaluate(measured(agreed, answers))
    assert by_name(result)["answers rated Correct"].failures == ["c0", "c1"] and by_name(result)["answers rated Wrong"].failures == ["c1"]
    assert "Correct from 0.9, Partially correct from 0.5" in result.notes[0]


def test_calibrated_judge_decides_with_its_errors_taken_out():
    result, items = of_judge([opinion(n, "Wrong" if n < 2 else "Correct") for n in range(100)], calibration=calibration(missed=2))
    correct = by_name(result)["answers rated Correct"]
    assert correct.observed == 1.0 and "the judge said Correct of 98 of 100; corrected" in correct.note  # (0.98 + 1 - 1) / 0.95, held at 1
    assert by_name(result)["answers rated Wrong"].observed == 0 and items == []
    assert result.status == "PASS" and result.notes[0].startswith("graded by the judge: the judge agreed with people on 58 of 60")


@pytest.mark.parametrize(
    ("why", "found"),
    [
        ("it was not calibrated", {}),
        ("labels more are needed", calibration(right=10, wrong=5)),
        ("tells Wrong from the rest", "no label Wrong"),
    ],
)
def test_judge_that_may_not_decide_leaves_everything_to_people(why, found):
    if found == "no label Wrong":
        one = calibration()["correctness"]
        table = {"Correct": one.counts["Correct"], "Partially correct": {"Partially correct": 20}, "Wrong": {}}
        found = {"correctness": one.model_copy(update={"counts": table})}
    result, items = of_judge([opinion(n) for n in range(100)], calibration=found)
    assert result.status == "NEEDS_REVIEW" and len(items) == 100
    assert "people grade, not the judge" in result.notes[0] and why in result.notes[0]
    by_people, _ = of_judge([opinion(n) for n in range(100)], calibration=found, ratings=[rating(n) for n in range(100)])
    assert by_people.status == "PASS"


def test_unread_word_of_the_judge_stays_in_the_count_and_goes_to_people():
    said = [opinion(n, None if n < 3 else "Correct") for n in range(100)]
    result, items = of_judge(said)
    correct = by_name(result)["answers rated Correct"]
    assert (correct.n, correct.status) == (100, "PASS") and correct.observed == pytest.approx(0.97)  # counted against the model
    assert [i.case for i in items] == ["c0", "c1", "c2"] and "3 answers could not be read" in result.notes[1]
    undecided, _ = of_judge([opinion(n, None if n < 20 else "Correct") for n in range(100)])
    assert by_name(undecided)["answers rated Correct"].status == "NEEDS_REVIEW"
    rated, _ = of_judge([opinion(n, None if n < 20 else "Correct") for n in range(100)], ratings=[rating(n) for n in range(20)])
    assert rated.status == "PASS" and by_name(rated)["answers rated Correct"].observed == 1


def test_persons_word_stands_above_the_judges():
    result, _ = of_judge([opinion(n) for n in range(100)], ratings=[rating(n, "Wrong") for n in range(10)])
    assert by_name(result)["answers rated Wrong"].failures == [f"c{n}" for n in range(10)]


def test_answer_that_never_came_is_wrong_whoever_grades():
    answers = [output("c0", "", error_kind="timeout"), *ANSWERS[1:]]
    result, _ = of_judge([opinion(n) for n in range(1, 100)], answers=answers)
    assert by_name(result)["answers rated Wrong"].failures == ["c0"]
    assert [q.id for q in Accuracy().questions(measured(contract("judge"), answers))] == [f"accuracy/c{n}" for n in range(1, 100)]
    assert Accuracy().questions(measured(contract())) == []


def test_scorer_without_references_or_judge_is_refused_before_the_run(tmp_path):
    (tmp_path / "golden.jsonl").write_text('{"id": "a", "prompt": "?", "reference": "x"}\n{"id": "b", "prompt": "?"}')
    agreed = contract("exact", tmp_path, cases="golden.jsonl")
    with pytest.raises(InputError, match="case 'b': \"reference\" is missing. The scorer exact"):
        Accuracy().requests(agreed)
    with pytest.raises(InputError, match="the spec has no `judge`"):
        Accuracy().requests(contract("judge", tmp_path, cases="golden.jsonl").but(judge=None))
    Accuracy().requests(contract("ratings", tmp_path, cases="golden.jsonl"))
    with pytest.raises(InputError, match=r"none holds no config\.json"):
        Accuracy().requests(contract("embedding", tmp_path, cases="golden.jsonl", embedding_model="none", correct_at=0.8, partial_at=0.5))
