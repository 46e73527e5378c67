"""Test 1. The golden test set: cases with known answers that were never trained on."""

from collections import Counter

from ftbench.checks.base import Check, Inputs
from ftbench.checks.corrected import corrected_at_least, corrected_below
from ftbench.checks.criteria import rate_at_least, rate_below, to_review
from ftbench.checks.generation import grades, items, questions, ratings_of_file
from ftbench.checks.result import CheckResult, Criterion
from ftbench.checks.undecided import while_undecided
from ftbench.errors import InputError
from ftbench.quality.cases import Case, TestSet
from ftbench.quality.judge.question import Question
from ftbench.quality.labels import normalise
from ftbench.quality.ratings import ReviewItem
from ftbench.spec import Spec


class Accuracy(Check):
    """Classification by exact match with the label; generation by a domain expert's ratings, a scorer or the spec's judge."""

    id, number, title = "accuracy", 1, "Accuracy on the golden test set"
    fail_action = "Find the pattern in the failing cases, add 50 to 100 training examples that cover it and retrain. Do not ship."

    def requests(self, spec: Spec) -> TestSet | None:
        section, found = self.section(spec), super().requests(spec)
        if found is None:
            raise InputError("tests.accuracy.cases is missing. Name the JSONL file of the golden test set.")
        if section.task == "classification":
            _refuse_unlabelled(found, section.labels, section.normalise)
        else:
            _refuse_ungradable(found, spec)
            ratings_of_file(spec)
        return found

    def questions(self, inputs: Inputs) -> list[Question]:
        section = inputs.spec.tests.accuracy
        return questions(inputs) if section.task == "generation" and section.scorer == "judge" else []

    def review(self, inputs: Inputs) -> list[ReviewItem]:
        return items(inputs) if inputs.spec.tests.accuracy.task == "generation" else []

    def right(self, inputs: Inputs) -> dict[str, bool | None] | None:
        section = inputs.spec.tests.accuracy
        if section.task == "classification":
            return dict(_right(inputs))
        return None if section.scorer in ("ratings", "judge") else dict(grades(inputs).are("Correct"))

    def evaluate(self, inputs: Inputs) -> CheckResult:
        section, evidence = inputs.spec.tests.accuracy, inputs.spec.evidence
        if section.task == "classification":
            return self._classification(inputs)
        found, rate = grades(inputs), section.correct_rate or 0.85
        if found.waiting:
            note = f"{len(found.waiting)} of {len(inputs.cases)} answers wait for an expert: fill in review/queue.csv of the run folder, "
            note += "`ftbench import-ratings`, and resume the run"
            waiting = [
                to_review("answers rated Correct", ">=", rate, "rate", len(found.grades), note),
                to_review("answers rated Wrong", "<", section.wrong_rate, "rate", len(found.grades), note),
                to_review("largest error category", "<=", section.category_share, "rate", len(found.grades), note),
            ]
            return self.result(*[c.model_copy(update={"failures": found.waiting}) for c in waiting], notes=found.notes)

        def correct(good: dict[str, bool]) -> Criterion:
            name, least = "answers rated Correct", section.min_cases
            if not found.judged:
                return rate_at_least(name, good, rate, evidence, min_cases=least)
            return corrected_at_least(name, good, found.judged, found.errors["Correct"], rate, evidence, min_cases=least)

        def wrong(bad: dict[str, bool]) -> Criterion:
            name, least, limit = "answers rated Wrong", section.min_cases, section.wrong_rate
            if not found.judged:
                return rate_below(name, bad, limit, evidence, min_cases=least)
            return corrected_below(name, bad, found.judged, found.errors["Wrong"], limit, evidence, min_cases=least)

        def category(good: dict[str, bool]) -> Criterion:
            return largest_category({c.id: c.category or "uncategorised" for c in inputs.cases if not good[c.id]}, inputs)

        return self.result(
            while_undecided(correct, found.are("Correct")),
            while_undecided(wrong, found.are("Wrong"), good=False),
            while_undecided(category, found.are("Correct")),
            notes=found.notes,
        )

    def _classification(self, inputs: Inputs) -> CheckResult:
        section, evidence = inputs.spec.tests.accuracy, inputs.spec.evidence
        labels = {normalise(label, section.normalise) for label in section.labels}
        answers, expected, right = _said(inputs), _expected(inputs), _right(inputs)
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


def _said(inputs: Inputs) -> dict[str, str]:
    steps = inputs.spec.tests.accuracy.normalise
    return {c.id: normalise(o.text, steps) for c in inputs.cases if (o := inputs.outputs.get(c.id)) and not o.error}


def _expected(inputs: Inputs) -> dict[str, str]:
    return {c.id: normalise(c.label or "", inputs.spec.tests.accuracy.normalise) for c in inputs.cases}


def _right(inputs: Inputs) -> dict[str, bool]:
    said = _said(inputs)
    return {case: said.get(case) == label for case, label in _expected(inputs).items()}


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


def _refuse_ungradable(test_set: TestSet, spec: Spec) -> None:
    scorer, model = spec.tests.accuracy.scorer, spec.tests.accuracy.embedding_model
    if model is not None and not (spec.path(model) / "config.json").is_file():
        raise InputError(f"{spec.path(model)} holds no config.json. It is the model that tests.accuracy.embedding_model names.")
    if scorer == "judge" and spec.judge is None:
        raise InputError("tests.accuracy.scorer is judge, and the spec has no `judge`. Add that section, or choose another scorer.")
    if scorer != "ratings" and (without := next((c for c in test_set.cases if not (c.reference or "").strip()), None)):
        raise InputError(
            f'{test_set.path}, case {without.id!r}: "reference" is missing. The scorer {scorer} compares every answer with the right one.'
        )


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
