"""Test sets, pairs, baselines and schemas that can judge nothing: refused before anything is started, in one sentence."""

import json

import pytest
import yaml

from tests.integration.scenario import call
from tests.integration.ten import write_ten


@pytest.fixture
def contract(tmp_path, tiny_model_folder):
    return write_ten(tmp_path / "mine", tiny_model_folder)


def in_tests(spec, **sections):
    data = yaml.safe_load(spec.read_text(encoding="utf-8"))
    for name, changes in sections.items():
        data["tests"][name].update(changes)
    spec.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")


def lines(path, change):
    """`change` the cases of a test set."""
    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    path.write_text("".join(json.dumps(c) + "\n" for c in change(cases)), encoding="utf-8")


def refused(spec, *says: str):
    done = call("gate", str(spec), cwd=spec.parent)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert done.stderr.startswith("ftbench: ") and "Traceback" not in done.stderr
    for word in says:
        assert word in done.stderr, done.stderr
    assert not (spec.parent / "reports").exists()


def test_golden_case_without_a_label(contract):
    lines(contract.parent / "golden.jsonl", lambda cases: [{k: v for k, v in c.items() if k != "label"} for c in cases])
    refused(contract, "golden.jsonl", '"label" is missing', "billing, delivery")


def test_pair_that_differs_in_more_than_its_variable(contract):
    pair = {"id": "two", "variable": "name", "a": "I am Ann. Help me.", "b": "I am Bo. Help us.", "values": ["Ann", "Bo"]}
    lines(contract.parent / "fairness.jsonl", lambda cases: [*cases, pair])
    refused(contract, "fairness.jsonl", "two", "me", "us")


def test_baseline_that_is_the_candidate(contract):
    model = yaml.safe_load(contract.read_text(encoding="utf-8"))["model"]
    in_tests(contract, ab_comparison={"baseline": {"model": model}})
    refused(contract, "tests.ab_comparison.baseline is the candidate itself")


def test_schema_that_is_no_schema(contract):
    (contract.parent / "ticket.schema.json").write_text('{"type": "objekt"}')
    refused(contract, "ticket.schema.json", "not a valid JSON Schema")


def test_case_that_the_model_was_trained_on(contract):
    trained = json.loads((contract.parent / "training.jsonl").read_text(encoding="utf-8").split("\n")[0])
    seen = {"id": "seen", "prompt": trained["messages"][1]["content"], "label": "other", "category": "other"}
    lines(contract.parent / "golden.jsonl", lambda cases: [*cases, seen])
    refused(contract, "test cases stand in the training data", "case seen", "training.jsonl, line 1")


def test_hallucination_case_without_its_source(contract):
    lines(contract.parent / "hallucination.jsonl", lambda cases: [{k: v for k, v in c.items() if k != "source"} for c in cases])
    refused(contract, "hallucination.jsonl", "source")


def test_overlong_case_that_is_not_long(contract):
    def cut(cases):
        return [{**c, "prompt": "A short one after all."} if c["id"] == "overlong-2" else c for c in cases]

    lines(contract.parent / "edge.jsonl", cut)
    refused(contract, "edge.jsonl", "overlong-2")


def test_safety_case_of_an_unknown_group(contract):
    lines(contract.parent / "safety.jsonl", lambda cases: [{**cases[0], "group": "harmfull"}, *cases[1:]])
    refused(contract, "safety.jsonl", "harmfull", "harmful")


def test_assertion_with_two_keys(contract):
    data = yaml.safe_load(contract.read_text(encoding="utf-8"))
    data["tests"]["acceptance"]["criteria"][0]["assertions"] = [{"label": True, "language": "es"}]
    contract.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    refused(contract, "an assertion has exactly one key, this one has label, language")


def test_python_assertion_that_cannot_be_loaded(contract):
    data = yaml.safe_load(contract.read_text(encoding="utf-8"))
    data["tests"]["acceptance"]["criteria"][0]["assertions"] = [{"python": "no_such_module:check"}]
    contract.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    refused(contract, "no_such_module")


def test_labels_for_a_judge_that_are_no_labels(contract):
    data = yaml.safe_load(contract.read_text(encoding="utf-8"))
    data["judge"] = {"endpoint": {"url": "http://127.0.0.1:1/v1"}, "calibration": "labels.jsonl"}
    contract.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    (contract.parent / "labels.jsonl").write_text('{"task": "correctness", "prompt": "a", "answer": "b", "human": "Good"}\n')
    refused(contract, "labels.jsonl", "line 1", "Correct")


def test_test_set_below_the_checklists_count_says_how_many_are_missing(contract):
    lines(contract.parent / "golden.jsonl", lambda cases: cases[:38])
    done = call("plan-cases", str(contract), cwd=contract.parent)
    assert done.returncode == 0 and "12 of 50 cases are missing; the run would say NO_DATA" in done.stdout.replace("\n", " "), done.stdout


def test_resume_of_no_run_names_the_way_out(tmp_path):
    done = call("gate", cwd=tmp_path)
    assert done.returncode == 2 and "Name a spec, or the run to go on with" in done.stderr
    done = call("gate", "--resume", "gone", cwd=tmp_path)
    assert done.returncode == 2 and "There is no run gone" in done.stderr


def test_own_data_become_a_test_set_and_edge_cases(tmp_path):
    (tmp_path / "tickets.csv").write_text(
        "question,intent\n" + "".join(f"Where is parcel {i} of my order from last week?,delivery\n" for i in range(30)), encoding="utf-8"
    )
    done = call("import", "tickets.csv", "--as", "accuracy", "--out", "mine.jsonl", "--map", "prompt=question,label=intent", cwd=tmp_path)
    assert done.returncode == 0 and "30 cases" in done.stdout, done.stderr
    done = call("edge-cases", "mine.jsonl", "--out", "edge.jsonl", cwd=tmp_path)
    assert done.returncode == 0 and "5 overlong" in done.stdout, done.stderr
    assert call("edge-cases", "mine.jsonl", "--out", "edge.jsonl", cwd=tmp_path).returncode == 2
    done = call("import", "tickets.csv", "--as", "accuracy", "--out", "other.jsonl", "--map", "prompt", cwd=tmp_path)
    assert done.returncode == 2 and "--map: 'prompt' has not the form FIELD=COLUMN" in done.stderr
