"""The judge's part of a gate, from people's labels to opinions."""

import json

import pytest

from ftbench.errors import InputError
from ftbench.quality.judge.run import asked, run_judge
from tests.checks.builder import spec
from tests.quality.judge.builder import garbage, good_judge, question, target
from tests.quality.server import serving


def contract(folder, n=60, **more):
    lines = [
        {
            "task": "correctness",
            "prompt": f"p{i}",
            "answer": "no" if i % 4 == 0 else "yes",
            "reference": "r",
            "human": "Wrong" if i % 4 == 0 else "Correct",
        }
        for i in range(n)
    ]
    (folder / "labels.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    section = {"endpoint": {"url": "http://127.0.0.1:9/v1"}, "calibration": "labels.jsonl", **more}
    return spec({}, folder, judge=section)


def judged(agreed, server, questions, folder, progress=lambda *_: None):
    return run_judge(agreed, target(server), questions, folder / "run", progress)


def test_good_judge_may_gate_and_is_not_asked_again(tmp_path):
    agreed, questions, told = contract(tmp_path), [question(1), question(2, good=False)], []
    with serving(good_judge) as server:
        assert not asked(agreed, target(server), questions, tmp_path / "run")
        opinions, calibration = judged(agreed, server, questions, tmp_path, lambda *at: told.append(at))
        assert asked(agreed, target(server), questions, tmp_path / "run")
        assert judged(agreed, server, questions, tmp_path) == (opinions, calibration) and len(server.seen) == 62
    assert {k: o.choice for k, o in opinions.items()} == {"accuracy/c1": "Correct", "accuracy/c2": "Wrong"}
    assert (calibration["correctness"].may_gate, calibration["correctness"].n) == (True, 60)
    assert told[0] == (0, 62) and told[-1] == (62, 62) and told == sorted(told)
    written = json.loads((tmp_path / "run" / "judge" / "calibration.json").read_text())
    assert written["tasks"]["correctness"]["agreement"] == 1 and len(written["labels_sha256"]) == 64


def test_judge_that_never_parses_ends_the_run_with_a_sentence_before_any_question(tmp_path):
    with serving(garbage) as server, pytest.raises(InputError, match="of no use: none of its 60 answers .* 'As a judge, I find") as refusal:
        judged(contract(tmp_path), server, [question(1)], tmp_path)
    assert "Give another model as judge" in str(refusal.value) and len(server.seen) == 60


def test_without_labels_nothing_counts(tmp_path):
    with serving(good_judge) as server:
        opinions, calibration = judged(contract(tmp_path, calibration=None), server, [question(1)], tmp_path)
    assert opinions["accuracy/c1"].choice == "Correct" and not calibration["correctness"].may_gate


def test_labels_of_another_task_are_neither_asked_nor_counted(tmp_path):
    with serving(good_judge) as server:
        _, calibration = judged(contract(tmp_path), server, [question(1, task="pairwise")], tmp_path)
    assert len(server.seen) == 2 and calibration["pairwise"].n == 0 and not calibration["pairwise"].may_gate
    assert set(calibration) == {"pairwise"}
