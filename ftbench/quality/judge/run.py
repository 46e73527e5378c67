"""The judge's part of a gate: people's labels first, then the questions."""

import json
from collections.abc import Callable
from pathlib import Path

from ftbench.errors import InputError
from ftbench.quality.chat import Target
from ftbench.quality.judge.ask import ask, readable, standing
from ftbench.quality.judge.calibrate import calibrate
from ftbench.quality.judge.labels import Label, Labels, read_labels
from ftbench.quality.judge.question import Calibration, Opinion, Question, Task
from ftbench.spec import Spec
from ftbench.text_file import write_whole


def run_judge(
    spec: Spec, target: Target, questions: list[Question], folder: Path, progress: Callable[[int, int], None]
) -> tuple[dict[str, Opinion], dict[Task, Calibration]]:
    """Opinions by question id, and for each task that was asked how the judge did on people's labels of it.

    Labels are asked before anything else, so that a judge that cannot be used is found out early. Everything it says stands in
    judge/opinions.jsonl of the run `folder`, the calibration in judge/calibration.json.

    Raises:
        InputError: the labels cannot be read, or not one of the judge's answers to them can be.
        InvalidMeasurement: the judge cannot be reached.
        ValueError: two questions have the same id.
    """
    judge, found = spec.judge, _labels(spec)
    tasks = _tasks(questions)
    labels = _wanted(found, tasks)
    _refuse_twice(questions)
    path, total = opinions_file(folder), len(labels) + len(questions)
    told = ask([label.question for label in labels], target, judge, path, lambda n, _: progress(n, total))
    if told and not any(readable(o) for o in told):
        said = next((o.raw[0] for o in told if o.raw), "")
        raise InputError(
            f"The judge {target.model} at {target.url} is of no use: none of its {len(told)} answers to people's labels can be read. "
            f"The first was {said[:120]!r}. Give another model as judge; if its answers are cut off, raise judge.max_tokens "
            f"({judge.max_tokens})."
        )
    calibration = calibrate(labels, {o.id: o for o in told}, tasks, judge)
    facts = {"judge": target.identity, "labels_sha256": found.sha256, "tasks": {t: c.model_dump() for t, c in calibration.items()}}
    write_whole(path.with_name("calibration.json"), json.dumps(facts, ensure_ascii=False, indent=2) + "\n")
    opinions = ask(questions, target, judge, path, lambda n, _: progress(len(labels) + n, total))
    return {o.id: o for o in opinions}, calibration


def asked(spec: Spec, target: Target, questions: list[Question], folder: Path) -> bool:
    """Nothing is left to be asked: the judge need not be brought up.

    Raises:
        InputError: the labels or earlier opinions cannot be read.
    """
    wanted = [label.question for label in _wanted(_labels(spec), _tasks(questions))] + questions
    return not standing(wanted, target, spec.judge, opinions_file(folder))[1]


def opinions_file(folder: Path) -> Path:
    return folder / "judge" / "opinions.jsonl"


def _labels(spec: Spec) -> Labels:
    return read_labels(spec.path(spec.judge.calibration)) if spec.judge.calibration else Labels("", [])


def _wanted(found: Labels, tasks: list[Task]) -> list[Label]:
    return [label for label in found.labels if label.question.task in tasks]


def _tasks(questions: list[Question]) -> list[Task]:
    return list(dict.fromkeys(q.task for q in questions))


def _refuse_twice(questions: list[Question]) -> None:
    ids = [q.id for q in questions]
    if len(set(ids)) < len(ids):
        raise ValueError(f"two questions have the id {next(i for i in ids if ids.count(i) > 1)!r}")
