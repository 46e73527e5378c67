"""Test 2 of the checklist on hand-made answers: who decides, and what the criteria make of it."""

import json

import pytest

from ftbench.checks import grounding
from ftbench.checks.hallucination import KINDS, UNKNOWN, Hallucination
from ftbench.errors import InputError
from ftbench.quality.cases import Case
from ftbench.quality.judge.question import Calibration, Opinion
from ftbench.quality.nli import Entailment
from ftbench.quality.ratings import Rating, output_digest
from tests.checks.builder import by_name, inputs, output, spec

SOURCE = "Orders can be returned within 30 days. Express delivery costs 12 EUR. The manager is Anna Schmidt."
RIGHT, WRONG, OPEN = "Orders can be returned within 30 days.", "Orders can be returned within 60 days.", "We wrap parcels in golden paper."
UNSURE = "I do not know; the information given does not say."
HIGH, GENERAL = KINDS["high-stakes"], KINDS["general"]
MODEL = {"endpoint": {"url": "http://judge", "model": "m"}}


def measured(
    answers: dict[str, str | None], *, unanswerable=(), domains=None, tmp_path=None, ratings=(), opinions=(), may_gate=None, **section
):
    """Inputs with one case an answer; None is a request that failed. Those in `unanswerable` ask for what the source does not hold."""
    section = {"domain": "general", "min_cases": 1, "min_unanswerable": 1, **section}
    domains = domains or {}
    cases = [Case(id=c, prompt="What is it?", source=SOURCE, answerable=c not in unanswerable, domain=domains.get(c)) for c in answers]
    found = [output(c, t or "", error_kind=None if t is not None else "timeout", check="hallucination") for c, t in answers.items()]
    extra = {"judge": MODEL} if section.get("judge") else {}
    given = inputs(spec({"hallucination": section}, **extra), cases, found)
    calibration = {} if may_gate is None else {"support": calibrated(may_gate)}
    said = [
        Rating(id=f"hallucination/{c}/facts", rating=r, rater="x", output_sha256=output_digest(answers[c]))
        for c, r in dict(ratings).items()
    ]
    return given._replace(ratings=said, opinions={o.id: o for o in opinions}, calibration=calibration)


def calibrated(may_gate: bool) -> Calibration:
    shares = {"agreement": 0.9, "sensitivity": 0.9, "specificity": 0.9}
    return Calibration(task="support", n=60, n_good=30, n_bad=30, unparsed=0, may_gate=may_gate, why="60 labels", **shares)


def opinion(case: str, choice: str | None, n: int = 1) -> Opinion:
    return Opinion(id=f"hallucination/{case}/{n}", task="support", choice=choice)


def judged(answers, **options):
    return Hallucination().evaluate(measured(answers, **options))


def many(n: int, **changed: str | None) -> dict[str, str | None]:
    return {**{f"c{i}": RIGHT for i in range(n)}, "u": UNSURE, **changed}


def test_thirty_right_answers_pass_and_99_prove():
    result = judged(many(30), unanswerable="u", min_cases=30)
    assert (result.status, result.evidence) == ("PASS", "INCONCLUSIVE")
    assert judged(many(99), unanswerable="u").criteria[1].evidence == "PROVEN"


def test_kind_without_a_case_is_not_asked_and_says_how():
    criterion = by_name(judged(many(5), unanswerable="u"))[HIGH]
    assert criterion.status == "SKIPPED" and "domain" in criterion.note


def test_too_few_answerable_cases_are_no_data_with_the_number_missing():
    """Unanswerable cases do not fill up the thirty."""
    answers = {**many(29), **{f"u{i}": UNSURE for i in range(5)}}
    result = judged(answers, unanswerable=("u", *(f"u{i}" for i in range(5))), min_cases=30)
    criterion = by_name(result)[GENERAL]
    assert (criterion.status, criterion.n, result.status) == ("INVALID", 29, "INVALID")
    assert "1 are missing" in criterion.note


def test_too_few_unanswerable_cases_are_no_data():
    criterion = by_name(judged(many(30), unanswerable="u", min_unanswerable=5))[UNKNOWN]
    assert (criterion.status, criterion.evidence) == ("INVALID", "NO_DATA") and "4 are missing" in criterion.note
    assert by_name(judged({"c": RIGHT}))[UNKNOWN].status == "INVALID"


def test_unsupported_number_counts_or_waits_as_the_spec_says():
    waits, counts = (judged(many(2, c0=WRONG), unanswerable="u", unsupported=how) for how in ("review", "count"))
    assert by_name(waits)[GENERAL].status == "NEEDS_REVIEW" and by_name(waits)[GENERAL].failures == ["c0"]
    assert by_name(counts)[GENERAL].status == "FAIL" and by_name(counts)[GENERAL].failures == ["c0"]
    assert any("'60 days'" in note and "'30 days'" in note for note in counts.notes)


def test_one_in_a_hundred_passes_generally_and_fails_where_stakes_are_high():
    answers = many(100, c0=WRONG)
    assert by_name(judged(answers, unanswerable="u", unsupported="count"))[GENERAL].status == "PASS"
    assert by_name(judged(answers, unanswerable="u", unsupported="count", domain="legal"))[HIGH].status == "FAIL"


def test_screen_alone_clears_no_answer_where_stakes_are_high():
    waits = by_name(judged(many(40), unanswerable="u", unsupported="count", domain="medical"))[HIGH]
    assert waits.status == "NEEDS_REVIEW" and len(waits.failures) == 40  # "I do not know" claims nothing
    people = {c: "no invented fact" for c in many(40) if c != "u"}
    assert by_name(judged(many(40), unanswerable="u", domain="medical", ratings=people))[HIGH].status == "PASS"


def test_cases_own_domain_makes_it_high_stakes():
    result = by_name(judged(many(40, c0=WRONG), unanswerable="u", unsupported="count", domains={"c0": "medical"}))
    assert (result[HIGH].status, result[HIGH].n, result[HIGH].failures) == ("FAIL", 1, ["c0"])
    assert (result[GENERAL].status, result[GENERAL].n) == ("PASS", 40)


def test_report_says_who_decided_and_how_good_the_screen_is():
    notes = judged(many(3, c0=OPEN), unanswerable="u").notes
    assert notes[0] == "answers decided by the screen of claims: 3, nobody yet: 1"
    assert "sensitivity" in notes[1] and "wrongly" in notes[1] and "sensitivity" in notes[2]


def test_failed_request_counts_as_invented_and_as_not_saying_unknown():
    result = by_name(judged(many(3, c0=None, u=None), unanswerable="u"))
    assert result[GENERAL].observed == 0.5 and result[GENERAL].status == "FAIL"
    assert result[UNKNOWN].status == "FAIL"


def test_undecided_cases_that_cannot_change_the_outcome_do_not_wait():
    answers = many(100, c0=WRONG, c1=WRONG, c2=WRONG, c3=WRONG, c4=OPEN)
    criterion = by_name(judged(answers, unanswerable="u", unsupported="count"))[GENERAL]
    assert criterion.status == "FAIL" and "cannot change" in criterion.note
    assert by_name(judged(many(100, c0=OPEN), unanswerable="u"))[GENERAL].status == "PASS"
    assert by_name(judged(many(100, c0=OPEN), unanswerable="u", domain="legal"))[HIGH].status == "NEEDS_REVIEW"


def test_people_decide_what_is_left_and_outrank_the_screen():
    ratings = {"c0": grounding.GROUNDED, "c1": grounding.INVENTED}
    result = judged(many(3, c0=WRONG), unanswerable="u", unsupported="count", ratings=ratings)
    assert by_name(result)[GENERAL].failures == ["c1"]
    assert "people: 2" in result.notes[0] and "the screen of claims: 2" in result.notes[0]


def test_rating_of_an_older_answer_decides_nothing():
    given = measured(many(2, c0=OPEN), unanswerable="u")
    old = Rating(id="hallucination/c0/facts", rating=grounding.GROUNDED, rater="x", output_sha256=output_digest("another text"))
    assert by_name(Hallucination().evaluate(given._replace(ratings=[old])))[GENERAL].status == "NEEDS_REVIEW"


def test_review_asks_for_what_is_open_and_keeps_what_is_rated():
    given = measured(many(3, c0=OPEN, c1=WRONG), unanswerable="u", ratings={"c2": grounding.GROUNDED})
    found = {item.case: item for item in Hallucination().review(given)}
    assert list(found) == ["c0", "c1", "c2"]
    assert found["c0"].source == SOURCE and found["c0"].choices == ("no invented fact", "invented fact")
    assert Hallucination().review(given._replace(ratings=())) == [found["c0"], found["c1"]]


def test_unanswerable_question_that_is_answered_fails_both_ways():
    result = by_name(judged(many(3, u="It was founded on 4 May 1999."), unanswerable="u", unsupported="count"))
    assert result[GENERAL].failures == ["u"] and result[UNKNOWN].failures == ["u"]


def test_evasive_answer_to_an_unanswerable_question_is_for_a_person():
    """The detector knows some ways to say "I do not know", not all."""
    answers = many(3, u="Please ask our manager Anna Schmidt.")
    assert by_name(judged(answers, unanswerable="u"))[UNKNOWN].status == "NEEDS_REVIEW"
    (item,) = Hallucination().review(measured(answers, unanswerable="u"))
    assert item.choices[0] == grounding.SAYS_UNKNOWN
    said = {choice: by_name(judged(answers, unanswerable="u", ratings={"u": choice})) for choice in item.choices}
    assert [r[UNKNOWN].status for r in said.values()] == ["PASS", "FAIL", "FAIL"]
    assert [r[GENERAL].status for r in said.values()] == ["PASS", "PASS", "FAIL"]


def test_judge_decides_only_when_it_is_calibrated_and_asked_for():
    answers = many(3, c0=OPEN)
    said = [opinion("c0", "unsupported")]
    for options, status in [
        ({"judge": True, "may_gate": True}, "FAIL"),
        ({"judge": True, "may_gate": False}, "NEEDS_REVIEW"),
        ({"judge": True}, "NEEDS_REVIEW"),
        ({"may_gate": True}, "NEEDS_REVIEW"),
    ]:
        assert by_name(judged(answers, unanswerable="u", opinions=said, **options))[GENERAL].status == status
    good = judged(answers, unanswerable="u", opinions=[opinion("c0", "supported")], judge=True, may_gate=True)
    assert by_name(good)[GENERAL].status == "PASS" and "the judge: 1" in good.notes[0]


def test_unparsed_opinion_leaves_the_case_to_people():
    result = judged(many(3, c0=OPEN), unanswerable="u", opinions=[opinion("c0", None)], judge=True, may_gate=True)
    assert by_name(result)[GENERAL].status == "NEEDS_REVIEW"


def test_judge_is_asked_about_open_sentences_only_with_the_source():
    given = measured(many(2, c0=f"{RIGHT} {OPEN}"), unanswerable="u", judge=True)
    (question,) = Hallucination().questions(given)
    assert (question.id, question.task, question.answer) == ("hallucination/c0/2", "support", OPEN)
    assert SOURCE in question.source and question.prompt == "What is it?"
    assert Hallucination().questions(measured(many(2, c0=OPEN), unanswerable="u")) == []


def test_entailment_model_decides_above_its_threshold_and_leaves_the_rest(monkeypatch):
    said = {OPEN: Entailment(0.95, 0.01), WRONG: Entailment(0.02, 0.97), "They have a garden.": Entailment(0.5, 0.3)}
    monkeypatch.setattr(grounding, "entailments", lambda pairs, folder: [said[sentence] for _, sentence in pairs])
    grounding._entailments.cache_clear()
    answers = many(3, c0=OPEN, c1=WRONG, c2="They have a garden.")
    found = grounding.decisions(measured(answers, unanswerable="u", nli_model="m"))
    grounding._entailments.cache_clear()
    assert [found[c].invented for c in ("c0", "c1", "c2")] == [False, True, None]
    assert [found[c].by for c in ("c0", "c1", "c2")] == ["the entailment model", "the entailment model", None]


def test_one_more_right_answer_never_makes_it_worse():
    order = ["FAIL", "NEEDS_REVIEW", "PASS"]
    for wrong in ({}, {"x": OPEN}, {"x": WRONG, "y": OPEN}):
        seen = [
            order.index(by_name(judged(many(n, **wrong), unanswerable="u", unsupported="count"))[GENERAL].status) for n in range(1, 80, 6)
        ]
        assert seen == sorted(seen)


def test_system_prompt_and_user_may_be_quoted():
    given = measured({"c": "Nordhafen thanks you.\nYour order is LO-123456."}, system_prompt="You speak for Nordhafen.")
    cases = [Case(id="c", prompt="My order is LO-123456", source=SOURCE)]
    assert grounding.decisions(given._replace(cases=cases))["c"].invented is False


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({"source": " "}, '"source" is missing'),
        ({"answerable": False}, "does not hold the answer"),
        ({"source": "x", "domain": "law"}, "'law' is unknown"),
    ],
)
def test_case_that_cannot_be_judged_is_refused_by_name(tmp_path, case, said):
    (tmp_path / "h.jsonl").write_text(json.dumps({"id": "c7", "prompt": "?", **case}))
    with pytest.raises(InputError, match="c7.*" + said):
        Hallucination().requests(spec({"hallucination": {"domain": "general", "cases": "h.jsonl"}}, tmp_path))


@pytest.mark.parametrize(
    ("section", "said"),
    [({}, "cases is missing"), ({"cases": "h.jsonl", "judge": True}, "no `judge`"), ({"cases": "h.jsonl", "nli_model": "m"}, "nli_model")],
)
def test_section_that_asks_for_what_is_not_there_is_refused(tmp_path, section, said):
    (tmp_path / "h.jsonl").write_text(json.dumps({"id": "c", "prompt": "?", "source": "x"}))
    with pytest.raises(InputError, match=said):
        Hallucination().requests(spec({"hallucination": {"domain": "general", **section}}, tmp_path))
