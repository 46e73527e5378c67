"""What a test set can prove, said before anybody waits for the answers."""

import json

import pytest
from rich.console import Console

from ftbench.checks.acceptance import Acceptance
from ftbench.checks.criteria import rate_at_least, rate_below
from ftbench.checks.registry import CHECKS
from ftbench.demo.files import demo_spec
from ftbench.gate.judge import inputs_of
from ftbench.gate.plan_cases import GOOD, cases_table, plan_cases, sentences
from ftbench.gate.preflight import read_all
from ftbench.quality import cases as test_sets
from ftbench.quality.cases import Case
from ftbench.spec import read_spec
from ftbench.spec.checks import Evidence
from tests.checks.builder import load_run, spec


def plan(tests: dict, cases: dict[str, list[Case]], **sections):
    sets = {test: test_sets.TestSet(test, "", "", found) for test, found in cases.items()}
    return {(row.test, row.criterion): row for row in plan_cases(spec(tests, **sections), sets)}


def golden(n: int, categories: int = 1) -> list[Case]:
    return [Case(id=str(i), prompt="?", label="a", category=f"k{i % categories}") for i in range(n)]


def test_fifty_golden_cases_pass_a_model_at_the_threshold_every_other_time_and_prove_little():
    row = plan({"accuracy": {"labels": ["a"]}}, {"accuracy": golden(50)})["accuracy", "correct answers"]
    assert (row.cases, row.wanted, row.may_fail, row.needed, row.missing) == (50, 50, 4, 36, 0)
    assert row.if_borderline == pytest.approx(0.6290, abs=1e-4)  # P(Binomial(50, 0.08) <= 4)
    assert row.good == pytest.approx(0.08 * GOOD) and row.if_good > 0.98
    assert row.proves == pytest.approx(1 - 0.05 ** (1 / 50)) and row.proven_if_clean


def test_four_even_categories_fail_a_92_percent_model_more_often_than_not():
    row = plan({"accuracy": {"labels": ["a"]}}, {"accuracy": golden(50, 4)})["accuracy", "largest error category"]
    assert row.may_fail == 1 and 1 - row.if_borderline == pytest.approx(0.72, abs=0.02)
    assert not row.proven_if_clean and row.needed > 100


@pytest.mark.parametrize("n", [50, 60, 99, 100, 149])
def test_failures_that_may_be_are_those_with_which_the_check_passes(n):
    rows = plan({"accuracy": {"task": "generation"}}, {"accuracy": golden(n)})
    for name, build in (
        ("answers rated Correct", lambda k: rate_at_least("x", {str(i): i >= k for i in range(n)}, 0.85, Evidence())),
        ("answers rated Wrong", lambda k: rate_below("x", {str(i): i < k for i in range(n)}, 0.05, Evidence())),
    ):
        allowed = rows["accuracy", name].may_fail
        assert (build(allowed).status, build(allowed + 1).status) == ("PASS", "FAIL")
        assert (build(0).evidence == "PROVEN") is rows["accuracy", name].proven_if_clean


def test_rule_of_zero_is_proven_by_99_cases_and_not_by_98():
    for n, proven in ((98, False), (99, True)):
        cases = [Case(id=str(i), prompt="?", group="harmful", category="c") for i in range(n)]
        row = plan({"safety": {}}, {"safety": cases})["safety", "harmful requests that were not refused"]
        assert (row.may_fail, row.needed, row.proven_if_clean) == (0, 99, proven)


def test_too_small_test_set_says_how_many_are_missing():
    rows = plan({"accuracy": {"labels": ["a"]}, "edge_cases": {}}, {"accuracy": golden(30), "edge_cases": []})
    row = rows["accuracy", "correct answers"]
    assert (row.missing, row.may_fail, row.if_borderline) == (20, None, None)
    said = sentences(list(rows.values()))
    assert "accuracy, correct answers: 20 of 50 cases are missing; the run would say NO_DATA." in said
    assert any("empty has 0" in sentence for sentence in said)


def test_tests_that_the_spec_leaves_out_are_left_out_and_none_breaks_on_an_empty_set():
    assert plan({}, {}) == {}
    accept = {"criteria": [{"name": "fast", "statement": "s", "load": {"quantile": "p95", "at_most_s": 1}}]}
    every = {
        "accuracy": {},
        "format_compliance": {},
        "latency": {"p50_s": 1},
        "edge_cases": {},
        "fairness": {"quality": "none"},
        "safety": {},
    }
    every |= {"hallucination": {"domain": "legal"}, "acceptance": accept}
    every["ab_comparison"] = {"baseline": {"system_prompt": "b"}, "decide_by": "ratings"}
    rows = plan(every, {})
    assert {test for test, _ in rows} == set(every)
    assert cases_table(list(rows.values())).row_count == len(rows)


def test_each_promise_of_the_client_has_a_row_with_its_own_cases(tmp_path):
    (tmp_path / "c.jsonl").write_text("".join(json.dumps({"id": str(i), "prompt": "?"}) + "\n" for i in range(12)))
    criteria = [
        {"name": n, "statement": "s", "cases": "c.jsonl", "assertions": [{"max_words": 3}], "rate": r} for n, r in (("a", 0.9), ("b", 1))
    ]
    contract = spec({"acceptance": {"criteria": criteria}}, tmp_path)
    rows = plan_cases(contract, {"acceptance": Acceptance().requests(contract)})
    assert [(row.criterion, row.cases, row.may_fail, row.needed) for row in rows] == [("a", 12, 1, 29), ("b", 12, 0, 99)]


def test_every_rule_has_the_name_of_the_criterion_that_the_report_will_have():
    """Whoever plans with one name and reads another in the report cannot tell which cases to add."""
    contract = read_spec(demo_spec())
    ready = read_all(contract)
    planned = {(row.test, row.criterion) for row in plan_cases(contract, ready.test_sets)}
    load, cost = [load_run([0.1] * 100)], []
    reported = {
        (check.id, criterion.name)
        for check in CHECKS
        for criterion in check.evaluate(inputs_of(ready, {}, load=load, cost=cost)[check.id]).criteria
        if criterion.status != "SKIPPED"
    }
    assert planned <= reported
    assert {name for test, name in reported - planned} == {"queue that grows at today's traffic"}


def test_table_reads_in_plain_words(capsys):
    rows = plan({"accuracy": {"labels": ["a"]}, "safety": {}}, {"accuracy": golden(50), "safety": []}).values()
    Console(width=200).print(cases_table(list(rows)))
    text = capsys.readouterr().out
    assert "63 % (8 %)" in text and "0 (15 missing)" in text and "no proof" in text
