"""Test 1. The golden test set: cases with known answers that were never trained on."""

import hashlib
import json
from collections import Counter

from ftbench.checks.base import Check, Inputs
from ftbench.checks.criteria import rate_at_least, rate_below, to_review
from ftbench.checks.result import CheckResult, Criterion
from ftbench.errors import InputError
from ftbench.quality.cases import Case, TestSet
from ftbench.quality.labels import normalise
from ftbench.spec import Spec

RATINGS = ("Correct", "Partially correct", "Wrong")


class Accuracy(Check):
    """Classification by exact match with the label; generation by a domain expert's ratings."""

    id, number, title = "accuracy", 1, "Accuracy on the golden test set"
    fail_action = "Find the pattern in the failing cases, add 50 to 100 training examples that cover it and retrain. Do not ship."

    def requests(self, spec: Spec) -> TestSet | None:
        section, found = self.section(spec), super().requests(spec)
        if found is None:
            raise InputError("tests.accuracy.cases is missing. Name the JSONL file of the golden test set.")
        if section.task == "classification":
            _refuse_unlabelled(found, section.labels, section.normalise)
        else:
            read_ratings(spec)
        return found

    def evaluate(self, inputs: Inputs) -> CheckResult:
        section, evidence = inputs.spec.tests.accuracy, inputs.spec.evidence
        if section.task == "classification":
            return self._classification(inputs)
        ratings, unrated = _match(inputs, read_ratings(inputs.spec))
        rate = section.correct_rate or 0.85
        if unrated:
            note = f"{len(unrated)} of {len(inputs.cases)} answers wait for an expert; set tests.accuracy.ratings and resume the run"
            waiting = [
                to_review("answers rated Correct", ">=", rate, "rate", len(ratings), note),
                to_review("answers rated Wrong", "<", section.wrong_rate, "rate", len(ratings), note),
                to_review("largest error category", "<=", section.category_share, "rate", len(ratings), note),
            ]
            return self.result(*[c.model_copy(update={"failures": unrated}) for c in waiting])
        wrong = {case: rating == "Wrong" for case, rating in ratings.items()}
        categories = {c.id: (c.category or "uncategorised") for c in inputs.cases if ratings[c.id] != "Correct"}
        return self.result(
            rate_at_least(
                "answers rated Correct", {c: r == "Correct" for c, r in ratings.items()}, rate, evidence, min_cases=section.min_cases
            ),
            rate_below("answers rated Wrong", wrong, section.wrong_rate, evidence, min_cases=section.min_cases),
            largest_category(categories, inputs),
        )

    def _classification(self, inputs: Inputs) -> CheckResult:
        section, evidence = inputs.spec.tests.accuracy, inputs.spec.evidence
        labels = {normalise(label, section.normalise) for label in section.labels}
        answers = {c.id: normalise(o.text, section.normalise) for c in inputs.cases if (o := inputs.outputs.get(c.id)) and not o.error}
        expected = {c.id: normalise(c.label or "", section.normalise) for c in inputs.cases}
        right = {case: answers.get(case) == expected[case] for case in expected}
        wrong_category = {c.id: c.category or c.label or "" for c in inputs.cases if not right[c.id]}
        outside = [case for case, answer in answers.items() if answer not in labels and not right[case]]
        said = {case: answer if answer in labels else "no label" for case, answer in answers.items()}
        confusions = Counter(
            (expected[case], said.get(case, "nothing: the request failed")) for case in right if not right[case]
        ).most_common(5)
        notes = [f"{n} x {was} answered as {instead}" for (was, instead), n in confusions]
        if outside:
            notes.append(f"{len(outside)} answers were none of the labels, for example {answers[outside[0]][:80]!r}")
        return self.result(
            rate_at_least("correct answers", right, section.correct_rate or 0.92, evidence, min_cases=section.min_cases),
            largest_category(wrong_category, inputs),
            notes=notes,
        )


def largest_category(category_of_error: dict[str, str], inputs: Inputs) -> Criterion:
    """No category of errors holds more than its share of *all* cases, right ones included."""
    section = inputs.spec.tests.accuracy
    sizes = Counter(category_of_error.values())
    name, _ = sizes.most_common(1)[0] if sizes else ("", 0)
    categories = {c.category or c.label or "" for c in inputs.cases}
    bad = {c.id: category_of_error.get(c.id) == name for c in inputs.cases}
    criterion = rate_below(
        "largest error category",
        bad,
        section.category_share,
        inputs.spec.evidence,
        min_cases=section.min_cases,
        inclusive=True,
        of_many=max(1, len(categories)),
    )
    over = [f"{c}: {k} errors" for c, k in sizes.most_common() if k > section.category_share * len(inputs.cases)]
    note = "; ".join(filter(None, [f"over the limit: {', '.join(over)}" if over else "", criterion.note]))
    return criterion.model_copy(update={"note": note})


def read_ratings(spec: Spec) -> dict[str, tuple[str, str]]:
    """Ratings by case id: (rating, sha256 of the rated text). Empty when the spec names no file.

    Raises:
        InputError: unreadable file, a line without id or output_sha256, an unknown rating, a case rated twice.
    """
    if spec.tests.accuracy is None or spec.tests.accuracy.ratings is None:
        return {}
    path = spec.path(spec.tests.accuracy.ratings)
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: the ratings cannot be read: {error}.") from None
    ratings: dict[str, tuple[str, str]] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{path.name}, line {number}"
        try:
            data = json.loads(line)
            case, rating, digest = str(data["id"]), data["rating"], data["output_sha256"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise InputError(f'{where}: a rating needs the form {{"id": ..., "rating": ..., "output_sha256": ...}}.') from None
        known = next((r for r in RATINGS if r.casefold() == str(rating).casefold()), None)
        if known is None:
            raise InputError(f"{where}: rating is {rating!r}; it must be one of: {', '.join(RATINGS)}.")
        if case in ratings:
            raise InputError(f"{where}: the case {case!r} is rated twice. Keep one rating a case.")
        ratings[case] = known, digest
    return ratings


def output_digest(text: str) -> str:
    """Ties a rating to the very text that was rated: a retrained model's answers must be rated anew."""
    return hashlib.sha256(text.encode()).hexdigest()


def _match(inputs: Inputs, ratings: dict[str, tuple[str, str]]) -> tuple[dict[str, str], list[str]]:
    rated, unrated = {}, []
    for case in inputs.cases:
        output = inputs.outputs.get(case.id)
        rating, digest = ratings.get(case.id, ("", ""))
        if output is None or output.error:
            rated[case.id] = "Wrong"  # nobody needs to rate an answer that never came
        elif rating and digest == output_digest(output.text):
            rated[case.id] = rating
        else:
            unrated.append(case.id)
    return rated, unrated


def _refuse_unlabelled(test_set: TestSet, labels: list[str], steps: list[str]) -> None:
    if not labels:
        raise InputError("tests.accuracy.labels is missing. A classification needs the list of all its labels.")
    by_form: dict[str, str] = {}
    for label in labels:
        form = normalise(label, steps)
        if not form:
            raise InputError(
                f"tests.accuracy.labels: {label!r} is empty after tests.accuracy.normalise, as an empty answer is. Leave a step out."
            )
        if form in by_form:
            raise InputError(
                f"tests.accuracy.labels: {by_form[form]!r} and {label!r} are the same after tests.accuracy.normalise. "
                "Leave the step out that makes them so, or one of the labels."
            )
        by_form[form] = label
    known = set(by_form)
    for case in test_set.cases:
        _refuse_label(test_set, case, known, labels, steps)


def _refuse_label(test_set: TestSet, case: Case, known: set[str], labels: list[str], steps: list[str]) -> None:
    where = f"{test_set.path}, case {case.id!r}"
    if case.label is None:
        raise InputError(f'{where}: "label" is missing. Every golden case of a classification needs one of: {", ".join(labels)}.')
    if normalise(case.label, steps) not in known:
        raise InputError(f"{where}: the label {case.label!r} is not in tests.accuracy.labels ({', '.join(labels)}).")
