"""What a check asks the judge, and what comes back."""

from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

Task = Literal["correctness", "support", "quality", "pairwise"]
CHOICES: dict[Task, tuple[str, ...]] = {
    "correctness": ("Correct", "Partially correct", "Wrong"),  # against `reference`
    "support": ("supported", "unsupported"),  # is the claim `answer` in `source`
    "quality": ("1", "2", "3", "4", "5"),  # how good an answer is, by itself
    "pairwise": ("A", "B", "equal"),  # which of `answer` and `other` is better
}
GOOD: dict[Task, tuple[str, ...]] = {"correctness": ("Correct",), "support": ("supported",), "quality": ("4", "5"), "pairwise": ("A",)}
UNPARSED = "unparsed"


class Question(NamedTuple):
    """One thing to grade. `id` as a ReviewItem's, so that a person can answer the same question."""

    id: str
    task: Task
    prompt: str
    answer: str
    other: str | None = None
    reference: str | None = None
    source: str | None = None


class Opinion(BaseModel):
    """What the judge said. `choice` None: unparsed, or asked in both orders and not the same; it stays in every denominator.

    For pairwise, `choice` is in terms of the question (A is `answer`), whatever order it was shown in; `consistent` says whether
    both orders agreed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    task: Task
    choice: str | None
    reason: str = ""
    consistent: bool = True
    error: str | None = None
    raw: tuple[str, ...] = ()
    key: str = ""


class Calibration(BaseModel):
    """How the judge did on people's labels of one task. `may_gate` False: its word is shown and decides nothing.

    `sensitivity` and `specificity` are the shares of labels that people called good, and not good, on which the judge agreed; unparsed
    answers count as disagreement. `good` choices stand in GOOD. `counts[people's choice][judge's choice]` is the whole table; a judge's
    choice that could not be read, or was not the same in both orders, stands under UNPARSED.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: Task
    n: int
    agreement: float | None
    sensitivity: float | None
    specificity: float | None
    n_good: int
    n_bad: int
    unparsed: int
    may_gate: bool
    why: str
    counts: dict[str, dict[str, int]] = {}
