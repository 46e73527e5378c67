"""What is asked of a model depends on the model and the prompts, and on nothing that judges the answers."""

import json

import pytest

from ftbench.checks.registry import CHECKS
from ftbench.gate.answers import answers, baseline_requests, candidate_requests
from ftbench.gate.preflight import Ready
from ftbench.gate.reach import Reached
from ftbench.gate.run_folder import new_folder
from ftbench.progress import Screen
from ftbench.quality.cases import read_test_set
from ftbench.quality.generate import Target, key
from tests.checks.builder import spec
from tests.integration.somebodys_server import somebodys_server

SORT = {"system_prompt": "sort"}
TARGET = Target("http://127.0.0.1:9/v1", "m", "weights 1")


@pytest.fixture
def contract(tmp_path):
    cases = [{"id": f"c{i}", "prompt": f"ticket {i}", "label": "a", "reference": "a"} for i in range(4)]
    (tmp_path / "g.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))

    def made(accuracy=None, ab=None, **sections):
        tests = {
            "accuracy": {"cases": "g.jsonl", "labels": ["a", "b"], "min_cases": 1, **(accuracy or {})},
            "ab_comparison": {
                "cases": "g.jsonl",
                "max_tokens": 12,
                "decide_by": "ratings",
                "baseline": {"system_prompt": "sort"},
                **(ab or {}),
            },
        }
        found = spec(tests, tmp_path, system_prompt="be short", **sections)
        sets = {name: read_test_set(name, tmp_path / "g.jsonl") for name in tests}
        return Ready(found, None, sets, None, [check for check in CHECKS if check.id in tests])

    return made


def keys(ready):
    return [key(request, TARGET) for request in candidate_requests(ready) + baseline_requests(ready)]


@pytest.mark.parametrize(
    "change",
    [
        {"accuracy": {"normalise": ["strip"]}},
        {"accuracy": {"correct_rate": 0.5, "category_share": 0.5}},
        {"accuracy": {"task": "generation", "scorer": "exact"}},
        {"accuracy": {"task": "generation", "scorer": "judge"}, "judge": {"endpoint": {"url": "http://127.0.0.1:9/v1"}}},
        {"ab": {"decide_by": "known_answer", "win_rate": 0.9, "ties": "half"}},
        {"evidence": {"confidence": 0.99, "require": True}},
    ],
    ids=str,
)
def test_changed_scorer_never_generates_again(contract, change):
    assert keys(contract(**change)) == keys(contract())


@pytest.mark.parametrize("change", [{"accuracy": {"max_tokens": 3}}, {"accuracy": {"system_prompt": "be long"}}], ids=str)
def test_changed_prompt_or_length_does(contract, change):
    assert not set(keys(contract(**change))[:4]) & set(keys(contract()))


def test_second_run_of_the_same_weights_asks_nothing_and_of_a_server_of_somebody_else_everything(contract, tmp_path):
    ready = contract()
    with somebodys_server("a") as server:
        target = Target(server.url, "theirs", "weights 1")
        for facts, asked in (({"fingerprint": "f"}, (4, 4)), ({"url": server.url}, (8, 12))):
            for expected in asked:
                folder = new_folder(tmp_path / "runs", ready.spec)
                found = answers(candidate_requests(ready), Reached(target, facts, 2), ready.spec, folder, Screen(), "Answering")
                assert {output.text for check in found.values() for output in check.values()} == {"a"}
                assert sum(server.asked.values()) == expected
