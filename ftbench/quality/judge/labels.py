"""What people said of answers, to calibrate a judge against: JSONL, one labelled answer a line."""

import hashlib
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from ftbench.errors import InputError
from ftbench.quality.formats import strict_json
from ftbench.quality.judge.question import CHOICES, Question, Task
from ftbench.text_file import read_text

NEEDS: dict[Task, tuple[str, ...]] = {"correctness": ("reference",), "support": ("source",), "quality": (), "pairwise": ("other",)}


class Label(NamedTuple):
    """One question to the judge, and what people answered to it."""

    question: Question
    human: str


class Labels(NamedTuple):
    """All labels of a file and the sha256 of its text, which is the version of the calibration set."""

    sha256: str
    labels: list[Label]


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    task: Task
    prompt: str = ""
    answer: str
    human: str
    other: str | None = None
    reference: str | None = None
    source: str | None = None
    note: str = ""


def read_labels(path: Path) -> Labels:
    """Labels in the order of the file; the ids of their questions are `calibration/<line>`.

    Raises:
        InputError: a missing or empty file, a line that is no label, a choice that the task does not have, what the task is judged by
            missing, the same answer labelled twice.
    """
    text = read_text(path, "the file of labelled answers that judge.calibration names")
    labels: list[Label] = []
    line_of: dict[Question, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        label = _label(f"{path.name}, line {number}", number, line)
        same = label.question._replace(id="")
        if same in line_of:
            raise InputError(f"{path.name}, line {number}: the same answer is labelled on line {line_of[same]} already. Keep one of them.")
        line_of[same] = number
        labels.append(label)
    if not labels:
        raise InputError(f"{path} holds no label. Write one labelled answer a line, or leave judge.calibration out.")
    return Labels(hashlib.sha256(text.encode()).hexdigest(), labels)


def _label(where: str, number: int, line: str) -> Label:
    try:
        found = _Line.model_validate(strict_json(line))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"])) or "the label"
        raise InputError(f"{where}: {name}: {first['msg']}. A label has: {', '.join(_Line.model_fields)}.") from None
    except ValueError as error:
        raise InputError(f"{where}: this is not JSON: {error}. Every line must be one labelled answer.") from None
    choices = CHOICES[found.task]
    human = next((c for c in choices if c.casefold() == found.human.strip().casefold()), None)
    if human is None:
        raise InputError(f"{where}: human is {found.human!r}; of task {found.task} it must be one of: {', '.join(choices)}.")
    if missing := next((name for name in NEEDS[found.task] if not getattr(found, name)), None):
        raise InputError(f"{where}: {missing!r} is missing. A label of task {found.task} is judged by it.")
    shown = found.model_dump(include={"task", "prompt", "answer", "other", "reference", "source"})
    return Label(Question(id=f"calibration/{number}", **shown), human)
