"""Test 8 of the checklist on hand-made pairs of answers."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.checks.ab_baseline import refuse_equal_baseline
from ftbench.checks.ab_comparison import AbComparison
from ftbench.checks.ab_picks import sides
from ftbench.checks.ab_rules import LOST, RATE, TASK
from ftbench.errors import InputError
from ftbench.quality.cases import Case
from ftbench.quality.judge.question import Calibration, Opinion
from ftbench.quality.ratings import Rating, output_digest
from tests.checks.builder import by_name, inputs, output, spec

BASELINE = {"system_prompt": "another"}
JUDGE = {"endpoint": {"url": "http://127.0.0.1:1/v1"}}


def contract(decide_by="known_answer", folder=None, sections=None, **section):
    tests = {"ab_comparison": {"decide_by": decide_by, "baseline": BASELINE, "cases": "ab.jsonl", **section}}
    return spec(tests, *([folder] if folder else []), **(sections or {}))


def golden(n: int, categories: int = 1) -> list[Case]:
    return [Case(id=f"c{i}", prompt="?", label="yes", category=f"k{i % categories}") for i in range(n)]


ANSWERS = {
    "W": ("yes", "no"),
    "L": ("no", "yes"),
    "T": ("no", "nope"),
    "=": ("yes", "yes"),
    "F": (None, "yes"),
    "B": ("yes", None),
    "2": (None, None),
}


def compared(outcomes: str, the_contract=None, cases=None, **section):
    """One case a letter: W L T win, loss, tie by the known answer; = alike; F candidate failed, B baseline, 2 both."""
    cases = cases or golden(len(outcomes))
    ours, theirs = [], []
    for case, letter in zip(cases, outcomes, strict=True):
        a, b = ANSWERS[letter]
        ours.append(output(case.id, a or "", error_kind=None if a else "timeout"))
        theirs.append(output(case.id, b or "", error_kind=None if b else "timeout"))
    made = inputs(the_contract or contract(**section), cases, ours)
    return made._replace(baseline={o.id: o for o in theirs})


def judged(*args, **kwargs):
    return AbComparison().evaluate(compared(*args, **kwargs))


def test_clear_winner_passes_and_is_proven():
    result = judged("W" * 45 + "T" * 5)
    assert (result.status, result.evidence) == ("PASS", "PROVEN")
    assert by_name(result)[RATE].observed == 0.9
    assert "picked by the rule that right beats wrong" in result.notes[0]


def test_sixty_percent_of_fifty_passes_the_rate_but_shows_no_improvement():
    result = judged("W" * 30 + "L" * 20)
    rate, task = by_name(result)[RATE], by_name(result)[TASK]
    assert (rate.status, rate.evidence) == ("PASS", "INCONCLUSIVE")
    assert (task.status, task.evidence) == ("FAIL", "INCONCLUSIVE")
    assert task.observed == pytest.approx(0.1013, abs=1e-4)
    assert rate.failures == [f"c{i}" for i in range(30, 50)]


@pytest.mark.parametrize(("ties", "status", "observed"), [("of_all", "FAIL", 0.5), ("half", "PASS", 0.7), ("excluded", "PASS", 25 / 30)])
def test_rule_for_ties_decides_and_the_other_two_stand_beside_it(ties, status, observed):
    rate = by_name(judged("W" * 25 + "L" * 5 + "T" * 20, ties=ties))[RATE]
    assert (rate.status, rate.observed) == (status, pytest.approx(observed))
    assert "25 won, 5 lost, 20 ties" in rate.note
    assert sum(text in rate.note for text in ("50.0%", "70.0%", "83.3%")) == 2


def test_same_answers_are_ties_however_right():
    result = judged("=" * 50)
    assert (result.status, by_name(result)[RATE].observed) == ("FAIL", 0)
    assert any("50 of 50 cases were answered alike" in note for note in result.notes)


def test_failed_candidate_loses_and_failed_baseline_gives_no_win():
    result = judged("W" * 45 + "FB2")
    rate = by_name(result)[RATE]
    assert "45 won, 2 lost, 1 ties" in judged("W" * 45 + "FB2", min_cases=40).criteria[0].note
    assert rate.status == "INVALID"  # 48 of 50


def test_baseline_that_hardly_answered_is_no_comparison():
    result = judged("W" * 44 + "B" * 6)
    assert {c.status for c in result.criteria} == {"INVALID"}
    assert "6 of 50 answers of the baseline are missing" in result.criteria[0].note
    assert judged("W" * 45 + "B" * 5).status == "PASS"


def test_too_few_cases_are_no_data_with_the_number_missing():
    result = judged("W" * 49)
    assert {(c.status, c.evidence) for c in result.criteria} == {("INVALID", "NO_DATA")}
    assert "1 are missing" in by_name(result)[RATE].note


def test_category_that_always_loses_fails_though_the_whole_wins():
    cases = golden(60, categories=6)
    letters = "".join("L" if c.category == "k2" else "W" for c in cases)
    result = judged(letters, cases=cases)
    lost = by_name(result)[LOST]
    assert (lost.status, lost.evidence, lost.observed) == ("FAIL", "REFUTED", 1)
    assert lost.failures == [c.id for c in cases if c.category == "k2"]
    assert lost.note.startswith("lost: k2")
    assert by_name(result)[RATE].status == "PASS"


def test_bad_luck_in_one_of_many_categories_is_not_a_consistent_loss():
    cases = golden(100, categories=10)
    behind = [c.id for c in cases if c.category == "k0"][:9]  # 9 of 10 lost: p = 0.011 alone, 0.11 among ten
    assert by_name(judged("".join("L" if c.id in behind else "W" for c in cases), cases=cases))[LOST].status == "PASS"


def test_small_category_is_not_judged_and_says_so():
    cases = [*golden(50), *[Case(id=f"s{i}", prompt="?", label="yes", category="rare") for i in range(4)]]
    lost = by_name(judged("W" * 50 + "L" * 4, cases=cases))[LOST]
    assert (lost.status, lost.evidence) == ("PASS", "INCONCLUSIVE")
    assert "rare (4)" in lost.note


def test_no_category_large_enough_is_no_data():
    lost = by_name(judged("W" * 50, cases=golden(50, categories=25)))[LOST]
    assert (lost.status, lost.evidence) == ("INVALID", "NO_DATA")
    assert "3 are missing" in lost.note


def test_clients_own_task_is_judged_by_its_own_cases():
    cases = golden(60, categories=2)
    letters = "".join("T" if c.category == "k1" else "W" for c in cases)
    result = judged(letters, cases=cases, key_categories=["k1"], win_rate=0.5)
    assert by_name(result)[RATE].status == "PASS"
    assert (by_name(result)[TASK].status, by_name(result)[TASK].n) == ("FAIL", 30)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from("WLTFB="), min_size=20, max_size=40), st.data(), st.sampled_from(["of_all", "half", "excluded"]))
def test_one_more_right_answer_never_makes_a_criterion_worse(letters, data, ties):
    at = data.draw(st.integers(0, len(letters) - 1))
    cases = golden(len(letters), categories=3)
    better = [*letters]
    better[at] = {"L": "=", "T": "W", "F": "="}.get(letters[at], letters[at])
    settings_ = {"min_cases": 10, "ties": ties, "cases": cases}
    before, after = judged("".join(letters), **settings_), judged("".join(better), **settings_)
    rank = {"INVALID": 0, "FAIL": 0, "PASS": 1}
    level = {"NO_DATA": 0, "REFUTED": 0, "INCONCLUSIVE": 1, "PROVEN": 2}
    for was, now in zip(before.criteria, after.criteria, strict=True):
        assert rank[now.status] >= rank[was.status]
        assert level[now.evidence] >= level[was.evidence]


def rated(made, choose):
    """A person's rating of each item; `choose` sees whether the candidate stands first."""
    ratings = []
    for item in AbComparison().review(made):
        ours, theirs = made.outputs[item.case].text, made.baseline[item.case].text
        first = sides(item.id, (output_digest(ours), output_digest(theirs)))
        assert item.answers == ((ours, theirs) if first else (theirs, ours))
        ratings.append(Rating(id=item.id, rating=choose(first), rater="r", output_sha256=item.output_sha256))
    return made._replace(ratings=ratings)


def test_person_who_prefers_the_candidate_wherever_it_stands_makes_it_win():
    made = compared("W" * 40 + "L" * 10, contract("ratings"))
    result = AbComparison().evaluate(rated(made, lambda first: "A" if first else "B"))
    assert by_name(result)[RATE].observed == 1.0
    assert "people, who did not see" in result.notes[0]
    assert by_name(AbComparison().evaluate(rated(made, lambda first: "B" if first else "A")))[RATE].observed == 0
    assert "0 won, 0 lost, 50 ties" in by_name(AbComparison().evaluate(rated(made, lambda first: "equal")))[RATE].note


def test_queue_does_not_tell_whose_answer_is_whose():
    made = compared("W" * 60, contract("ratings"), [Case(id=f"c{i}", prompt="?", label="yes") for i in range(60)])
    items = AbComparison().review(made)
    first = sum(item.answers == ("yes", "no") for item in items)
    assert 15 < first < 45
    swapped = made._replace(outputs=made.baseline, baseline=made.outputs)
    for item, other in zip(items, AbComparison().review(swapped), strict=True):
        if item.answers == other.answers:
            assert item == other  # nothing but the texts and their order is in it
    assert not any("candidate" in item.model_dump_json() or "baseline" in item.model_dump_json() for item in items)


def test_unrated_comparisons_wait_and_are_named():
    made = compared("W" * 49 + "=", contract("ratings"))
    made = rated(made, lambda first: "A")
    result = AbComparison().evaluate(made._replace(ratings=made.ratings[1:]))
    assert {c.status for c in result.criteria} == {"NEEDS_REVIEW"}
    assert result.criteria[0].failures == ["c0"]
    assert "c49" not in {item.case for item in AbComparison().review(made)}  # alike: nothing to pick


def calibration(may_gate: bool) -> dict[str, Calibration]:
    numbers = {"n": 60, "agreement": 0.9, "sensitivity": 0.9, "specificity": 0.9, "n_good": 30, "n_bad": 30, "unparsed": 0}
    return {"pairwise": Calibration(task="pairwise", **numbers, may_gate=may_gate, why="agreed in 54 of 60")}


def asked(made, choices, may_gate=True):
    questions = AbComparison().questions(made)
    for q in questions:
        case = q.id.removeprefix("ab_comparison/")
        assert (q.task, q.answer, q.other) == ("pairwise", made.outputs[case].text, made.baseline[case].text)
    opinions = {
        q.id: Opinion(id=q.id, task="pairwise", choice=c, consistent=c is not None) for q, c in zip(questions, choices, strict=True)
    }
    return made._replace(opinions=opinions, calibration=calibration(may_gate))


def test_judge_that_changes_its_mind_with_the_order_gives_no_win():
    made = compared("W" * 50, contract("judge", sections={"judge": JUDGE}))
    result = AbComparison().evaluate(asked(made, ["A"] * 35 + [None] * 10 + ["B"] * 5))
    assert "35 won, 5 lost, 10 ties" in by_name(result)[RATE].note
    assert "calibrated judge, asked in both orders" in result.notes[0]
    assert any("10 of the judge's opinions" in note for note in result.notes)


def test_judge_that_was_not_calibrated_decides_nothing():
    made = asked(compared("W" * 50, contract("judge", sections={"judge": JUDGE})), ["A"] * 50, may_gate=False)
    result = AbComparison().evaluate(made)
    assert result.status == "NEEDS_REVIEW" and len(AbComparison().review(made)) == 50
    assert any("it would say 50 win, 0 loss, 0 tie" in note for note in result.notes)
    assert AbComparison().review(made._replace(calibration=calibration(True))) == []
    assert AbComparison().evaluate(rated(made, lambda first: "A" if first else "B")).status == "PASS"


def test_nobody_asks_the_judge_where_it_does_not_pick():
    assert AbComparison().questions(compared("W" * 50)) == []
    assert AbComparison().review(compared("W" * 50)) == []


def written(tmp_path, *cases):
    (tmp_path / "ab.jsonl").write_text("\n".join(json.dumps(c) for c in cases))
    return tmp_path


@pytest.mark.parametrize(
    ("case", "says"),
    [({}, "needs one of: label, reference, expected"), ({"label": "x", "expected": {"a": 1}}, "has label and expected")],
)
def test_case_without_one_right_answer_is_refused(tmp_path, case, says):
    with pytest.raises(InputError, match=says):
        AbComparison().requests(contract(folder=written(tmp_path, {"id": "c", "prompt": "?", **case})))


def test_key_category_that_no_case_has_is_refused(tmp_path):
    folder = written(tmp_path, {"id": "c", "prompt": "?", "label": "x", "category": "billing"})
    with pytest.raises(InputError, match="has the category 'biling'. It has: billing"):
        AbComparison().requests(contract(folder=folder, key_categories=["biling"]))


def test_judge_that_the_spec_does_not_have_is_refused(tmp_path):
    with pytest.raises(InputError, match="has no `judge`"):
        AbComparison().requests(contract("judge", written(tmp_path, {"id": "c", "prompt": "?"})))


@pytest.mark.parametrize(
    ("sections", "baseline"),
    [
        ({"model": {"path": "m"}}, {"model": {"path": "./m/../m"}}),
        ({"model": {"path": "org/name", "revision": "v1"}}, {"model": {"path": "org/name", "revision": "v1", "name": "other"}}),
        ({"model": None, "endpoint": {"url": "http://h/v1"}}, {"endpoint": {"url": "http://h/v1/"}}),
        ({"system_prompt": "be kind"}, {"system_prompt": " be kind\n"}),
    ],
)
def test_baseline_that_is_the_candidate_is_refused(tmp_path, sections, baseline):
    (tmp_path / "m").mkdir()
    same = contract(folder=tmp_path, sections=sections, baseline=baseline)
    with pytest.raises(InputError, match="is the candidate itself"):
        refuse_equal_baseline(same)


@pytest.mark.parametrize(
    "baseline",
    [
        {"system_prompt": "another"},
        {"model": {"path": "m", "variant": "int8"}},
        {"model": {"path": "m", "adapter": "a"}},
        {"model": {"path": "m"}, "system_prompt": "another"},
        {"model": {"path": "other"}},
        {"endpoint": {"url": "http://h/v1"}},
    ],
)
def test_baseline_that_differs_in_one_thing_is_compared(tmp_path, baseline):
    refuse_equal_baseline(contract(folder=tmp_path, sections={"model": {"path": "m"}}, baseline=baseline))
    refuse_equal_baseline(spec({}))


def test_other_system_prompt_that_no_case_would_get_is_refused(tmp_path):
    case = {"id": "c", "messages": [{"role": "user", "content": "?"}], "label": "x"}
    with pytest.raises(InputError, match="case 'c' has `messages`"):
        AbComparison().requests(contract(folder=written(tmp_path, case)))
