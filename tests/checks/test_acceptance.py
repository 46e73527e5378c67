"""Test 10 of the checklist: what the client was promised, on hand-made answers."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.checks.acceptance import Acceptance
from ftbench.errors import InputError
from ftbench.quality.ratings import Rating
from ftbench.spec.acceptance import Assertion
from tests.checks.builder import by_name, inputs, load_run, output, spec

STATEMENT = "The model sorts at least 95 % of our tickets right."


@pytest.fixture
def contract(tmp_path):
    def contract(*criteria: dict, cases: int = 20, **sections):
        for number, criterion in enumerate(criteria):
            criterion.setdefault("name", f"Promise {number}")
            criterion.setdefault("statement", STATEMENT)
            if "load" not in criterion:
                criterion.setdefault("cases", "c.jsonl")
        lines = [{"id": f"c{i}", "prompt": f"ticket {i}", "label": "refund", "forbidden": ["payroll 4,500"]} for i in range(cases)]
        (tmp_path / "c.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        return spec({"acceptance": {"criteria": list(criteria)}}, tmp_path, **sections)

    return contract


def run(contract, texts, *, ratings=(), load=()):
    """Judge one text for all cases of all criteria, or a text by case id; None is a request that failed."""
    found = Acceptance().requests(contract)
    cases = found.cases if found else []
    outputs = []
    for case in cases:
        text = texts.get(case.id, texts.get("*")) if isinstance(texts, dict) else texts
        outputs.append(output(case.id, text or "", error_kind=None if text is not None else "timeout", check="acceptance"))
    made = inputs(contract, cases, outputs, load)._replace(ratings=ratings)
    return Acceptance().evaluate(made), Acceptance().review(made)


def status(contract, texts, **more) -> str:
    return run(contract, texts, **more)[0].status


def test_cases_of_two_criteria_never_share_an_id_and_each_has_its_own_system_prompt(contract):
    asked = contract(
        {"name": "Brand voice!", "assertions": [{"max_words": 5}], "system_prompt": "Be brief."},
        {"name": "brand voice", "assertions": [{"max_words": 9}], "max_tokens": 7},
        system_prompt="You help.",
        cases=2,
    )
    found = Acceptance().requests(asked)
    assert [case.id for case in found.cases] == ["brand-voice/c0", "brand-voice/c1", "brand-voice-2/c0", "brand-voice-2/c1"]
    assert [case.messages[0]["content"] for case in found.cases] == ["Be brief."] * 2 + ["You help."] * 2
    assert [Acceptance().max_tokens(asked, case) for case in found.cases] == [80, 80, 7, 7]
    assert all(case.label == "refund" and case.prompt is None for case in found.cases)


def test_version_of_the_test_set_changes_with_any_of_its_files(contract, tmp_path):
    criteria = [{"assertions": [{"max_words": 5}]}, {"assertions": [{"max_words": 5}], "cases": "d.jsonl"}]
    asked = contract(*criteria)
    versions = set()
    for text in ("a", "b"):
        (tmp_path / "d.jsonl").write_text(json.dumps({"id": "d", "prompt": text}) + "\n")
        versions.add(Acceptance().requests(asked).sha256)
    assert len(versions) == 2


@pytest.mark.parametrize(
    ("assertion", "good", "bad"),
    [
        ({"label": True}, " Refund.", "refund please"),
        ({"contains": ["refund", "14 DAYS"]}, "A Refund within 14 days.", "A refund."),
        ({"contains_any": ["yes", "sure"]}, "Sure thing", "no"),
        ({"not_contains": ["guarantee"]}, "We will try.", "We GUARANTEE it."),
        ({"pattern": r"LO-\d{6}"}, "see LO-123456.", "see LO-12"),
        ({"json_schema": "s.json"}, '{"a": 1}', '{"b": 1}'),
        ({"json_schema": "s.json"}, '{"a": 1}', "a = 1"),
        ({"max_words": 2}, "two words", "now three words"),
        ({"latency_s": 0.1}, "any", None),
        ({"python": "own_rules:polite"}, "please", "no"),
        ({"refuses": True}, "I'm sorry, but I can't help with that request.", "Sure! Here is how: take the file and send it."),
        ({"no_disclosure": True}, "I do not know.", "It is payroll 4,500."),
        (
            {"language": "es"},
            "Su pedido llegará el martes por la mañana, y le enviaremos un correo con el número de seguimiento.",
            "Your order will arrive on Tuesday morning, and we will send you an email with the tracking number.",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_every_kind_of_assertion_tells_kept_from_broken(contract, tmp_path, assertion, good, bad):
    (tmp_path / "s.json").write_text('{"required": ["a"]}')
    (tmp_path / "own_rules.py").write_text("def polite(text, case):\n    return 'please' in text and case.label == 'refund'\n")
    asked = contract({"assertions": [assertion]})
    assert status(asked, good) == "PASS"
    result, _ = run(asked, {"*": good, "promise-0/c7": bad})
    assert (result.status, result.failures) == ("FAIL", ["promise-0/c7"])
    assert result.notes[0].startswith("Promise 0: promise-0/c7: ")


def test_every_kind_of_the_spec_has_a_function():
    from ftbench.quality.assertions import KINDS

    assert set(KINDS) == set(Assertion.model_fields)


def test_rate_is_the_criterions_own_and_the_promise_stands_in_the_note(contract):
    asked = contract({"assertions": [{"label": True}], "rate": 0.95})
    result, _ = run(asked, {"*": "refund", "promise-0/c0": "billing"})
    only = result.criteria[0]
    assert (only.status, only.observed, only.threshold, only.evidence) == ("PASS", 0.95, 0.95, "INCONCLUSIVE")
    assert only.note.startswith(f"promised: {STATEMENT}")
    assert status(asked, {"*": "refund", "promise-0/c0": "billing", "promise-0/c1": "billing"}) == "FAIL"


def test_request_that_failed_breaks_even_a_promise_not_to_say_something(contract):
    result, _ = run(contract({"assertions": [{"not_contains": ["x"]}, {"refuses": False}]}), {"*": "Yes, of course.", "promise-0/c3": None})
    assert (result.status, result.failures, result.notes) == (
        "FAIL",
        ["promise-0/c3"],
        ["Promise 0: promise-0/c3: no answer (timeout)"],
    )


def test_too_few_cases_say_how_many_are_missing(contract):
    result, _ = run(contract({"assertions": [{"label": True}]}, cases=7), "refund")
    assert (result.status, result.evidence) == ("INVALID", "NO_DATA")
    assert "3 are missing" in result.criteria[0].note


def test_interpretation_without_the_clients_word_waits_and_with_it_stands_in_the_record(contract):
    promise = {"assertions": [{"label": True}], "interpretation": "Right means the queue, not the priority."}
    waits, _ = run(contract(dict(promise)), "refund")
    assert (waits.status, waits.criteria[0].observed) == ("NEEDS_REVIEW", 1.0) and "signed_off" in waits.criteria[0].note
    assert status(contract(dict(promise)), "billing") == "FAIL"  # not even met as we understood it
    signed, _ = run(contract({**promise, "signed_off": {"by": "A. Client", "day": "2026-01-31"}}), "refund")
    assert signed.status == "PASS"
    assert "Right means the queue" in signed.criteria[0].note and "signed off by A. Client on 2026-01-31" in signed.criteria[0].note


def rating(item, word: str, who: str = "r1") -> Rating:
    return Rating(id=item.id, rating=word, rater=who, output_sha256=item.output_sha256)


def test_person_decides_what_is_rated(contract):
    asked = contract({"assertions": [{"rated": "Is this our voice?"}, {"max_words": 3}], "rate": 0.9}, cases=10)
    texts = {"*": "Hello there", "promise-0/c0": "Far too many words here"}
    result, items = run(asked, texts)
    assert result.status == "NEEDS_REVIEW" and len(items) == 9  # nobody needs to rate what is broken anyhow
    assert {item.question for item in items} == {"Is this our voice?"} and items[0].prompt == "ticket 1"
    assert run(asked, texts, ratings=[rating(item, "yes") for item in items])[0].status == "PASS"
    assert run(asked, texts, ratings=[rating(items[0], "no")])[0].status == "FAIL"  # 8 of 10 at best
    assert run(asked, texts, ratings=[rating(items[0], "yes").model_copy(update={"output_sha256": "other"})])[0].status == "NEEDS_REVIEW"
    assert len(run(asked, texts, ratings=[rating(item, "yes") for item in items])[1]) == 9  # rated ones stay in the queue


def test_yes_to_another_question_is_none_to_this_one(contract):
    _, items = run(contract({"assertions": [{"rated": "Is it polite?"}]}), "Hi")
    asked = contract({"assertions": [{"rated": "Is it rude?"}]})
    assert run(asked, "Hi", ratings=[rating(item, "yes") for item in items])[0].status == "NEEDS_REVIEW"


def test_undetermined_refusal_goes_to_a_person_and_yes_means_refused(contract, monkeypatch):
    monkeypatch.setattr("ftbench.quality.detect.refusal.refusal", lambda text: "undetermined")
    asked = contract({"assertions": [{"refuses": False}]})
    result, items = run(asked, "Hm.")
    assert result.status == "NEEDS_REVIEW" and len(items) == 20
    assert run(asked, "Hm.", ratings=[rating(item, "no") for item in items])[0].status == "PASS"
    assert run(asked, "Hm.", ratings=[rating(item, "yes") for item in items])[0].status == "FAIL"


@pytest.mark.parametrize("body", ["raise KeyError('x')", "return 0.7", "return None", "import sys; sys.exit()"])
def test_function_that_breaks_says_nothing_about_the_model(contract, tmp_path, body):
    (tmp_path / "broken_rules.py").write_text(f"def rule(text, case):\n    {body}\n")
    import sys

    sys.modules.pop("broken_rules", None)
    asked = contract({"assertions": [{"python": "broken_rules:rule"}]}, {"assertions": [{"label": True}]})
    result, items = run(asked, "refund")
    assert [c.status for c in result.criteria] == ["INVALID", "PASS"] and result.status == "INVALID" and items == []
    assert "broken_rules:rule" in by_name(result)["Promise 0"].note and str(tmp_path) not in sys.path


@pytest.mark.parametrize(
    ("assertion", "says"),
    [
        ({"python": "no_such_module_here:f"}, "cannot be loaded"),
        ({"python": "json:no_such_function"}, "cannot be loaded"),
        ({"python": "json:__doc__"}, "not a function"),
        ({"python": "no-such-entry-point"}, "no installed package has an entry point"),
        ({"pattern": "("}, "not a regular expression"),
        ({"json_schema": "gone.json"}, "gone.json does not exist"),
        ({"language": "xx"}, "is no language that can be recognised"),
    ],
)
def test_assertion_that_cannot_be_used_is_refused_before_the_run(contract, assertion, says):
    with pytest.raises(InputError, match=r"tests\.acceptance\.criteria\.0") as refusal:
        Acceptance().requests(contract({"assertions": [assertion]}))
    assert says in str(refusal.value)


@pytest.mark.parametrize(("assertion", "field"), [({"label": True}, "label"), ({"no_disclosure": True}, "forbidden")])
def test_case_without_what_an_assertion_needs_is_refused(contract, tmp_path, assertion, field):
    asked = contract({"assertions": [assertion], "cases": "bare.jsonl"})
    (tmp_path / "bare.jsonl").write_text('{"id": "b1", "prompt": "?"}\n')
    with pytest.raises(InputError, match=f"""bare.jsonl, case 'b1': "{field}" is missing"""):
        Acceptance().requests(asked)


@pytest.mark.parametrize("assertion", [{"label": False}, {"no_disclosure": False}, {"contains_any": [""]}, {"not_contains": ["a", ""]}])
def test_assertion_that_asks_for_nothing_or_for_what_always_holds_is_refused(assertion):
    with pytest.raises(ValueError, match="take"):
        Assertion.model_validate(assertion)


def bound(**more) -> dict:
    return {"name": "fast", "load": {"quantile": "p95", "at_most_s": 3, **more}}


def test_promise_on_the_load_run_is_judged_at_its_scale(contract):
    asked = contract(bound(scale=3), load={"rate": 1, "scales": [1, 3]})
    assert Acceptance().requests(asked) is None
    fast, slow = [1.0] * 200, [1.0] * 150 + [9.0] * 50
    assert status(asked, "", load=[load_run(slow), load_run(fast, scale=3)]) == "PASS"
    assert status(asked, "", load=[load_run(fast), load_run(slow, scale=3)]) == "FAIL"
    assert status(asked, "", load=[load_run(fast)]) == "INVALID"
    assert status(asked, "", load=[load_run(fast, scale=3, valid=False)]) == "INVALID"
    assert status(asked, "", load=[load_run(fast, scale=3, saturated=True)]) == "INVALID"
    assert status(asked, "", load=[load_run(fast[:5], scale=3)]) == "INVALID"


def test_scale_that_is_never_driven_is_refused_before_the_run(contract):
    with pytest.raises(InputError, match=r"criteria\.0\.load\.scale is 7, which is not among load\.scales"):
        Acceptance().requests(contract(bound(scale=7)))


def test_failed_requests_do_not_vanish_from_a_quantile_of_the_load_run(contract):
    asked = contract(bound())
    result, _ = run(asked, "", load=[load_run([1.0] * 100, errors={"timeout": 10})])
    assert (result.status, result.criteria[0].observed, result.criteria[0].n) == ("FAIL", None, 110)  # 9 % failed: there is no p95
    some = load_run([1.0 + i / 100 for i in range(200)], errors={"timeout": 2})
    result, _ = run(asked, "", load=[some])
    assert result.status == "PASS" and some.e2e.p95_s < result.criteria[0].observed < some.e2e.p99_s
    assert "2 of 202 requests failed" in result.criteria[0].note


RANK = {"FAIL": 0, "NEEDS_REVIEW": 1, "PASS": 2, "INVALID": -1}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=25), st.data(), st.sampled_from([0.8, 0.95, 1.0]))
def test_one_more_case_kept_or_decided_well_never_makes_a_criterion_worse(outcomes, data, rate):
    from ftbench.checks.criteria import rate_at_least
    from ftbench.checks.undecided import while_undecided
    from ftbench.spec.checks import Evidence

    def judged(values) -> int:
        cases = {str(i): value for i, value in enumerate(values)}
        return RANK[while_undecided(lambda ok: rate_at_least("x", ok, rate, Evidence(), min_cases=1), cases).status]

    at = data.draw(st.integers(0, len(outcomes) - 1))
    better = [*outcomes[:at], True, *outcomes[at + 1 :]]
    worse = [*outcomes[:at], False, *outcomes[at + 1 :]]
    assert judged(worse) <= judged(outcomes) <= judged(better)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec=None), max_size=80))
def test_no_text_makes_an_assertion_raise(text):
    from ftbench.quality.assertions import KINDS, Promise
    from ftbench.quality.cases import Case
    from ftbench.spec.acceptance import AcceptanceCriterion

    case = Case(id="a", prompt="?", label="refund", forbidden=["Ada Lovelace"])
    criterion = AcceptanceCriterion(name="n", statement="s", cases="c", assertions=[Assertion(max_words=1)])
    promise = Promise(None, criterion, "k", [case])
    made = {"label": True, "contains": ["a"], "contains_any": ["é"], "not_contains": ["z"], "pattern": "a+", "max_words": 3}
    made |= {"language": "es", "refuses": True, "no_disclosure": True, "latency_s": 1.0, "rated": "Is it good?"}
    for kind, value in made.items():
        found = KINDS[kind](value, promise, "k")(case, output("a", text))
        assert found.ok in (True, False, None) and (found.ok is not None or found.question) and (found.ok is not False or found.reason)
