"""How generated answers of test 1 get their grades: by people, a scorer against the reference, or the calibrated judge."""

from typing import NamedTuple

from ftbench.checks.asked import answers, shown
from ftbench.checks.base import Inputs
from ftbench.checks.corrected import Errors, errors_on
from ftbench.errors import InputError
from ftbench.quality.judge.question import CHOICES, Question
from ftbench.quality.raters import agreement_notes
from ftbench.quality.rating_file import chosen, read_rating_file
from ftbench.quality.ratings import Rating, ReviewItem, decided, output_digest
from ftbench.spec import Spec

GRADES = CHOICES["correctness"]
ASKS = "Is the answer right? Compare it with the reference where there is one."


class Grades(NamedTuple):
    """`grades` by case id; `waiting`: without a person's word nothing can be said; `unread`: the judge's word could not be read.

    `judged`: graded by the judge, whose `errors` by choice have to be taken out; all other grades are certain.
    """

    grades: dict[str, str]
    waiting: list[str]
    unread: list[str]
    judged: frozenset[str]
    errors: dict[str, Errors]
    notes: list[str]

    def are(self, grade: str) -> dict[str, bool | None]:
        """Whether each case has this grade; None where that is open."""
        return {case: given == grade for case, given in self.grades.items()} | dict.fromkeys(self.unread)


def grades(inputs: Inputs) -> Grades:
    """A grade for every case. An answer that never came is Wrong, whoever grades the others.

    Raises:
        InputError: the file of ratings cannot be used.
    """
    section = inputs.spec.tests.accuracy
    came = answers(inputs)
    given = {c.id: "Wrong" for c in inputs.cases if c.id not in came}
    if section.scorer not in ("ratings", "judge"):
        limits = (
            "" if section.correct_at is None else f" (Correct from {section.correct_at:g}, Partially correct from {section.partial_at:g})"
        )
        scored = {c.id: _scored(inputs, c.reference or "", came[c.id].text) for c in inputs.cases if c.id in came}
        return Grades(given | scored, [], [], frozenset(), {}, [f"graded by the scorer {section.scorer} against each reference{limits}"])
    all_items, ratings = _all_items(inputs), [*ratings_of_file(inputs.spec), *inputs.ratings]
    people = {i.case: grade for i in all_items if (grade := decided(i, ratings))}
    rest = [i for i in all_items if i.case not in people]
    agreement = agreement_notes(all_items, ratings)
    if section.scorer == "judge":
        errors, why = judges_errors(inputs)
        if errors:
            said = {i.case: o.choice if (o := inputs.opinions.get(i.id)) else None for i in rest}
            read = {case: choice for case, choice in said.items() if choice}
            unread = [case for case, choice in said.items() if not choice]
            notes = [f"graded by the judge: {why}", *([f"graded by people: {len(people)} answers"] if people else []), *agreement]
            if unread:
                notes.append(f"the judge's word on {len(unread)} answers could not be read; they stay in the count and go to people")
            return Grades(given | people | read, [], unread, frozenset(read), errors, notes)
        return Grades(given | people, [i.case for i in rest], [], frozenset(), {}, [f"people grade, not the judge: {why}", *agreement])
    return Grades(given | people, [i.case for i in rest], [], frozenset(), {}, ["graded by people's ratings", *agreement])


def items(inputs: Inputs) -> list[ReviewItem]:
    """Every answer, where people grade; those that the judge did not grade, where it does; none beside a scorer."""
    scorer = inputs.spec.tests.accuracy.scorer
    if scorer not in ("ratings", "judge"):
        return []
    found = _all_items(inputs)
    if scorer == "ratings" or not judges_errors(inputs)[0]:
        return found
    return [i for i in found if (opinion := inputs.opinions.get(i.id)) is None or opinion.choice is None]


def questions(inputs: Inputs) -> list[Question]:
    """What the judge is asked: every answer that came, against its reference."""
    return [Question(id=i.id, task="correctness", prompt=i.prompt, answer=i.answers[0], reference=i.reference) for i in _all_items(inputs)]


def judges_errors(inputs: Inputs) -> tuple[dict[str, Errors], str]:
    """(errors by choice, why it counts), or ({}, why it does not)."""
    calibration = inputs.calibration.get("correctness")
    if calibration is None:
        return {}, "it was not calibrated"
    if not calibration.may_gate:
        return {}, calibration.why
    errors = {choice: errors_on(choice, calibration) for choice in ("Correct", "Wrong")}
    useless = [choice for choice, found in errors.items() if not found.usable]
    if useless:
        return {}, f"{calibration.why}; its labels do not show that it tells {useless[0]} from the rest; add labels of both kinds"
    return errors, calibration.why


def ratings_of_file(spec: Spec) -> list[Rating]:
    """The ratings in the file that `tests.accuracy.ratings` names, whose ids are those of cases; none without such a file.

    Raises:
        InputError: unreadable file, a line without id, rating or output_sha256, an unknown rating, a case rated twice by one person.
    """
    section = spec.tests.accuracy
    if section is None or section.ratings is None:
        return []
    ratings: list[Rating] = []
    seen: set[tuple[str, str]] = set()
    for row in read_rating_file(spec.path(section.ratings), "the file of ratings that tests.accuracy.ratings names"):
        if not row.output_sha256:
            raise InputError(f"{row.where}: output_sha256 is missing. It ties a rating to the text that was rated.")
        rater = row.rater or section.ratings
        if (row.id, rater) in seen:
            raise InputError(f"{row.where}: the case {row.id!r} is rated twice. Keep one rating a case and person.")
        seen.add((row.id, rater))
        digest = row.output_sha256.casefold()
        ratings.append(Rating(id=f"accuracy/{row.id}", rating=chosen(row, GRADES), rater=rater, output_sha256=digest, note=row.note))
    return ratings


def _all_items(inputs: Inputs) -> list[ReviewItem]:
    came = answers(inputs)
    return [
        ReviewItem(
            id=f"accuracy/{case.id}",
            check="accuracy",
            case=case.id,
            question=ASKS,
            choices=GRADES,
            prompt=shown(case, "accuracy", inputs),
            reference=case.reference,
            answers=(came[case.id].text,),
            output_sha256=output_digest(came[case.id].text),
        )
        for case in inputs.cases
        if case.id in came
    ]


def _scored(inputs: Inputs, reference: str, answer: str) -> str:
    from ftbench.quality.scorers import score

    section = inputs.spec.tests.accuracy
    model = str(inputs.spec.path(section.embedding_model)) if section.embedding_model else None
    found = score(section.scorer, answer, reference, embedding_model=model)
    if section.correct_at is None:  # exact, numeric: 1 or 0
        return "Correct" if found == 1 else "Wrong"
    return "Correct" if found >= section.correct_at else "Partially correct" if found >= section.partial_at else "Wrong"
