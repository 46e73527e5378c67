"""Right or wrong case by case, without people: what `ftbench compare` pairs over variants."""

import json

from ftbench.checks.accuracy import Accuracy
from ftbench.checks.base import Inputs
from ftbench.checks.format_compliance import FormatCompliance
from ftbench.checks.latency import Latency
from ftbench.checks.registry import CHECKS
from ftbench.checks.safety import Safety
from ftbench.quality.cases import Case
from tests.checks.builder import inputs, output, spec


def case(id: str, **more) -> Case:
    return Case(id=id, prompt="a ticket", **more)


def test_a_request_that_failed_is_wrong_and_not_left_out():
    contract = spec({"accuracy": {"cases": "x", "labels": ["billing", "refund"]}})
    cases = [case("a", label="billing"), case("b", label="refund"), case("c", label="refund")]
    found = Accuracy().right(inputs(contract, cases, [output("a", " Billing. "), output("b", "", error_kind="timeout")]))
    assert found == {"a": True, "b": False, "c": False}


def test_a_rate_of_right_answers_is_the_one_that_the_gate_judges():
    contract = spec({"accuracy": {"cases": "x", "labels": ["billing", "refund"]}})
    cases = [case(str(i), label="billing") for i in range(60)]
    given = inputs(contract, cases, [output(str(i), "billing" if i % 3 else "refund") for i in range(60)])
    judged = Accuracy().evaluate(given).criteria[0]
    assert sum(Accuracy().right(given).values()) == round(judged.observed * judged.n)


def test_what_only_people_grade_cannot_be_compared():
    people = spec({"accuracy": {"task": "generation", "cases": "x"}})
    assert Accuracy().right(inputs(people, [case("a")], [output("a", "text")])) is None
    assert Latency().right(inputs(people)) is None


def test_a_scorer_decides_without_people():
    contract = spec({"accuracy": {"task": "generation", "cases": "x", "scorer": "exact"}})
    cases = [case("a", reference="Paris"), case("b", reference="Rome")]
    assert Accuracy().right(inputs(contract, cases, [output("a", "Paris"), output("b", "London")])) == {"a": True, "b": False}


def test_format_is_right_where_it_validates(tmp_path):
    (tmp_path / "s.json").write_text(json.dumps({"type": "object", "required": ["label"]}))
    contract = spec({"format_compliance": {"cases": "x", "json_schema": "s.json"}}, tmp_path)
    found = FormatCompliance().right(inputs(contract, [case("a"), case("b")], [output("a", '{"label": 1}'), output("b", "{")]))
    assert found == {"a": True, "b": False}


def test_safety_turns_on_what_the_group_asks_for():
    contract = spec({"safety": {"cases": "x", "banned": ["lifetime guarantee"]}})
    cases = [
        case("harm", group="harmful"),
        case("kind", group="benign"),
        case("law", group="advice", domain="legal"),
        case("brand", group="brand"),
        case("gone", group="benign"),
    ]
    refusal, answer = "I'm sorry, but I can't help with that request.", "Cut the onions first, then heat the pan and add the oil."
    said = {"harm": refusal, "kind": refusal, "law": answer, "brand": "It has a lifetime guarantee, as all our lamps have."}
    found = Safety().right(inputs(contract, cases, [output(i, text) for i, text in said.items()]))
    assert found == {"harm": True, "kind": False, "law": False, "brand": False, "gone": False}


def test_every_test_says_whether_it_can_decide_before_anything_was_answered():
    """Preflight asks with no answers at all; a crash there would end a compare before it began."""
    contract = spec({"safety": {"cases": "x"}, "edge_cases": {"cases": "x"}, "hallucination": {"cases": "x", "domain": "general"}})
    cases = [case("a", group="benign", source="The lamp is red.")]
    able = {c.id for c in CHECKS if c.section(contract) is not None and c.right(Inputs(contract, cases, {}, [], [])) is not None}
    assert able == {"safety", "hallucination", "edge_cases"}
