"""Test 8. Is the fine-tuned model better than what it replaces?"""

from collections.abc import Callable

from ftbench.checks.ab_baseline import refuse_equal_baseline
from ftbench.checks.ab_picks import Outcome, pick_items, pick_questions, picks
from ftbench.checks.ab_rules import LOST, RATE, TASK, better_at_the_task, enough_wins, no_category_lost
from ftbench.checks.base import Check, Inputs
from ftbench.checks.criteria import invalid, to_review
from ftbench.checks.result import CheckResult, Criterion
from ftbench.errors import InputError
from ftbench.quality.cases import TestSet
from ftbench.quality.judge.question import Question
from ftbench.quality.known_answer import KINDS, kinds
from ftbench.quality.ratings import ReviewItem
from ftbench.spec import Spec

MISSING_BASELINE = 0.10  # of its answers; with more the comparison is not with the baseline but with its absence


class AbComparison(Check):
    """Candidate and baseline answer the same inputs; people pick blind, or a calibrated judge, or the rule that right beats wrong."""

    id, number, title = "ab_comparison", 8, "A/B comparison with the baseline"
    fail_action = (
        "The fine-tuning did not work well enough to justify a deployment: revisit quality and quantity of the training data, "
        "or ship the baseline."
    )

    def requests(self, spec: Spec) -> TestSet | None:
        section, found = spec.tests.ab_comparison, super().requests(spec)
        if found is None:
            raise InputError("tests.ab_comparison.cases is missing. Name the JSONL file with the inputs to compare on.")
        refuse_equal_baseline(spec, found.cases)
        _refuse_cases(found, spec)
        if section.decide_by == "judge" and spec.judge is None:
            raise InputError(
                "tests.ab_comparison.decide_by is judge, and the spec has no `judge`. Add one, or let ratings or known_answer decide."
            )
        return found

    def questions(self, inputs: Inputs) -> list[Question]:
        return pick_questions(inputs) if inputs.spec.tests.ab_comparison.decide_by == "judge" else []

    def review(self, inputs: Inputs) -> list[ReviewItem]:
        return pick_items(inputs)

    def evaluate(self, inputs: Inputs) -> CheckResult:
        section, evidence = inputs.spec.tests.ab_comparison, inputs.spec.evidence
        picked, cases = picks(inputs), inputs.cases
        notes = [f"the better answer was picked by {picked.by}", *picked.notes]
        waiting = [case for case, outcome in picked.outcomes.items() if outcome is None]
        if picked.missing_baseline > MISSING_BASELINE * len(cases):
            why = f"{picked.missing_baseline} of {len(cases)} answers of the baseline are missing; mend it and resume the run"
            return self.result(*_all(section, evidence, lambda *a: invalid(*a, len(cases), why)), notes=notes)
        if waiting:
            why = f"{len(waiting)} of {len(cases)} comparisons wait for a person; `ftbench import-ratings` brings the word back"
            asked = _all(section, evidence, lambda *a: to_review(*a, len(cases) - len(waiting), why))
            return self.result(*[c.model_copy(update={"failures": waiting}) for c in asked], notes=notes)
        outcomes: dict[str, Outcome] = {case: outcome for case, outcome in picked.outcomes.items() if outcome is not None}
        return self.result(
            enough_wins(outcomes, section, evidence),
            better_at_the_task(outcomes, cases, section, evidence),
            no_category_lost(outcomes, cases, section, evidence),
            notes=notes,
        )


def _all(section, evidence, as_what: Callable[..., Criterion]) -> list[Criterion]:
    return [
        as_what(RATE, ">=", section.win_rate, "rate"),
        as_what(TASK, "<", round(1 - evidence.confidence, 9), ""),
        as_what(LOST, "==", 0, "count"),
    ]


def _refuse_cases(found: TestSet, spec: Spec) -> None:
    section = spec.tests.ab_comparison
    categories = {case.category for case in found.cases}
    for name in section.key_categories:
        if name not in categories:
            raise InputError(
                f"tests.ab_comparison.key_categories: no case of {found.path} has the category {name!r}. "
                f"It has: {', '.join(sorted(filter(None, categories))) or 'none'}."
            )
    if section.decide_by != "known_answer":
        return
    for case in found.cases:
        given = kinds(case)
        if len(given) != 1:
            has = f"has {' and '.join(given)}; keep the one that decides" if given else f"needs one of: {', '.join(KINDS)}"
            raise InputError(f"{found.path}, case {case.id!r}: with decide_by: known_answer a case {has}.")
