"""People's labels: each complete, each once."""

import json

import pytest

from ftbench.errors import InputError
from ftbench.quality.judge.labels import read_labels

GOOD = {"task": "correctness", "prompt": "p", "answer": "a", "reference": "r", "human": "partially correct"}


def test_labels_are_questions_with_what_people_said(tmp_path):
    path = tmp_path / "labels.jsonl"
    pair = {"task": "pairwise", "prompt": "p", "answer": "a", "other": "b", "human": "B"}
    path.write_text(json.dumps(GOOD) + "\n\n" + json.dumps(pair))
    found = read_labels(path).labels
    assert [(x.question.id, x.question.task, x.human) for x in found] == [
        ("calibration/1", "correctness", "Partially correct"),
        ("calibration/3", "pairwise", "B"),
    ]


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([], "holds no label"),
        (["{"], "line 1: this is not JSON"),
        ([json.dumps([1])], "line 1: the label"),
        ([json.dumps({**GOOD, "task": "taste"})], "line 1: task"),
        ([json.dumps({**GOOD, "refernce": "r"})], "line 1: refernce"),
        ([json.dumps({**GOOD, "human": "Right"})], "line 1: human is 'Right'; of task correctness it must be one of: Correct,"),
        ([json.dumps({**GOOD, "human": 1})], "line 1: human"),
        ([json.dumps({**GOOD, "reference": ""})], "line 1: 'reference' is missing"),
        ([json.dumps({**GOOD, "task": "support", "human": "supported"})], "line 1: 'source' is missing"),
        ([json.dumps({**GOOD, "task": "pairwise", "human": "A"})], "line 1: 'other' is missing"),
        ([json.dumps(GOOD), json.dumps({**GOOD, "human": "Wrong"})], "line 2: the same answer is labelled on line 1"),
    ],
)
def test_bad_label_is_named_by_its_line(tmp_path, lines, says):
    (tmp_path / "labels.jsonl").write_text("\n".join(lines))
    with pytest.raises(InputError) as refusal:
        read_labels(tmp_path / "labels.jsonl")
    assert says in str(refusal.value)


def test_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(InputError, match=r"labels\.jsonl does not exist\. It is the file of labelled answers"):
        read_labels(tmp_path / "labels.jsonl")
