"""Which of two answers is better, case by case, and who said so."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from ftbench.checks.base import Inputs
from ftbench.quality.cases import Case
from ftbench.quality.judge.question import Question
from ftbench.quality.known_answer import is_right
from ftbench.quality.outputs import Output
from ftbench.quality.ratings import ReviewItem, decided, output_digest

Outcome = Literal["win", "loss", "tie"]  # of the candidate
CHOICES = ("A", "B", "equal")
ASKS = "Which answer is better?"


class Picks(NamedTuple):
    """`outcomes` by case id, in the test set's order; None waits for a person. `by` says who picked, `notes` what happened besides."""

    outcomes: Mapping[str, Outcome | None]
    by: str
    notes: Sequence[str]
    missing_baseline: int


def picks(inputs: Inputs) -> Picks:
    """A failed request of the candidate loses; one of the baseline ties, so that a broken one gives no wins. Equal answers tie."""
    decided_so = {case.id: _without_a_pick(case, inputs) for case in inputs.cases}
    open_ = [case for case in inputs.cases if decided_so[case.id] is None]
    alike = sum(_text(inputs.outputs, c) is not None and _text(inputs.outputs, c) == _text(inputs.baseline, c) for c in inputs.cases)
    failed = sum(_text(inputs.outputs, c) is None for c in inputs.cases)
    missing = sum(_text(inputs.baseline, c) is None for c in inputs.cases)
    notes = [f"{alike} of {len(inputs.cases)} cases were answered alike by both and are ties"] if alike else []
    if failed:
        notes.append(f"{failed} requests to the candidate failed and count as lost")
    if missing:
        notes.append(f"{missing} answers of the baseline are missing and count as ties, not as wins")
    outcomes, by, more = _PICK[inputs.spec.tests.ab_comparison.decide_by](open_, inputs)
    return Picks({c.id: decided_so[c.id] or outcomes.get(c.id) for c in inputs.cases}, by, [*notes, *more], missing)


def pick_questions(inputs: Inputs) -> list[Question]:
    """For the judge: the candidate's answer is `answer`; whoever asks shows both orders."""
    return [
        Question(_id(case), "pairwise", shown(case), inputs.outputs[case.id].text, inputs.baseline[case.id].text, reference=case.reference)
        for case in inputs.cases
        if _without_a_pick(case, inputs) is None
    ]


def pick_items(inputs: Inputs) -> list[ReviewItem]:
    """For people, blind. Empty where a rule or the calibrated judge picks."""
    how = inputs.spec.tests.ab_comparison.decide_by
    if how == "known_answer" or (how == "judge" and _judge_decides(inputs)):
        return []
    return [_item(case, inputs) for case in inputs.cases if _without_a_pick(case, inputs) is None]


def sides(item_id: str, digests: tuple[str, str]) -> bool:
    """Whether the candidate's answer is shown first. `digests` are output_digest of the candidate's and of the baseline's answer.

    The same answers always stand in the same order, over resumes and in another run; without knowing whose answer is whose, an item tells
    nothing: its own digest is over the answers as they are shown.
    """
    return hashlib.sha256("\0".join((item_id, *digests)).encode()).digest()[0] % 2 == 0


def shown(case: Case) -> str:
    """What was asked, for a reader; a conversation turn by turn."""
    if case.prompt is not None:
        return case.prompt
    return "\n\n".join(f"{m['role']}: {m['content']}" for m in case.messages or () if m["role"] != "system")


def _by_known_answer(cases: Sequence[Case], inputs: Inputs) -> tuple[dict[str, Outcome | None], str, list[str]]:
    steps = inputs.spec.tests.ab_comparison.normalise
    right = {c.id: (is_right(c, inputs.outputs[c.id].text, steps), is_right(c, inputs.baseline[c.id].text, steps)) for c in cases}
    outcomes = {case: "tie" if ours == theirs else "win" if ours else "loss" for case, (ours, theirs) in right.items()}
    return outcomes, "the rule that right beats wrong", []


def _by_judge(cases: Sequence[Case], inputs: Inputs) -> tuple[dict[str, Outcome | None], str, list[str]]:
    opinions = {c.id: inputs.opinions.get(_id(c)) for c in cases}
    said = {case: _OF_JUDGE[o.choice] for case, o in opinions.items() if o is not None and o.choice in _OF_JUDGE}
    unclear = len(cases) - len(said)
    if _judge_decides(inputs):
        notes = [f"{unclear} of the judge's opinions were missing, could not be read, or changed with the order; they are ties"]
        return {c.id: said.get(c.id, "tie") for c in cases}, "the calibrated judge, asked in both orders", notes if unclear else []
    outcomes, by, _ = _by_people(cases, inputs)
    calibration = inputs.calibration.get("pairwise")
    why = calibration.why if calibration else "it was not calibrated on comparisons"
    counts = ", ".join(f"{list(said.values()).count(outcome)} {outcome}" for outcome in ("win", "loss", "tie"))
    return outcomes, by, [f"the judge does not decide: {why}; it would say {counts}, {unclear} unclear"]


def _by_people(cases: Sequence[Case], inputs: Inputs) -> tuple[dict[str, Outcome | None], str, list[str]]:
    outcomes: dict[str, Outcome | None] = {}
    for case in cases:
        choice = decided(_item(case, inputs), inputs.ratings)
        first = _candidate_first(case, inputs)
        outcomes[case.id] = None if choice is None else "tie" if choice == "equal" else "win" if (choice == "A") == first else "loss"
    return outcomes, "people, who did not see which answer was whose", []


_PICK = {"known_answer": _by_known_answer, "judge": _by_judge, "ratings": _by_people}
_OF_JUDGE: dict[str, Outcome] = {"A": "win", "B": "loss", "equal": "tie"}


def _without_a_pick(case: Case, inputs: Inputs) -> Outcome | None:
    ours, theirs = _text(inputs.outputs, case), _text(inputs.baseline, case)
    if ours is None:
        return "loss"
    return "tie" if theirs is None or ours == theirs else None


def _text(outputs: Mapping[str, Output], case: Case) -> str | None:
    output = outputs.get(case.id)
    return None if output is None or output.error else output.text


def _candidate_first(case: Case, inputs: Inputs) -> bool:
    return sides(_id(case), (output_digest(inputs.outputs[case.id].text), output_digest(inputs.baseline[case.id].text)))


def _item(case: Case, inputs: Inputs) -> ReviewItem:
    both = inputs.outputs[case.id].text, inputs.baseline[case.id].text
    answers = both if _candidate_first(case, inputs) else both[::-1]
    return ReviewItem(
        id=_id(case),
        check="ab_comparison",
        case=case.id,
        question=ASKS,
        choices=CHOICES,
        prompt=shown(case),
        reference=case.reference,
        answers=answers,
        output_sha256=output_digest(*answers),
    )


def _judge_decides(inputs: Inputs) -> bool:
    calibration = inputs.calibration.get("pairwise")
    return calibration is not None and calibration.may_gate


def _id(case: Case) -> str:
    return f"ab_comparison/{case.id}"
