"""Test 6. The same request from different people: is it answered alike?"""

from ftbench.checks.base import Check, Inputs
from ftbench.checks.criteria import not_asked
from ftbench.checks.differing import share_differing
from ftbench.checks.on_average import same_on_average
from ftbench.checks.pair_quality import GRADED, quality, quality_items, quality_questions
from ftbench.checks.paired_answers import Answer, Pair, by_comparison, differences, paired, relative_lengths
from ftbench.checks.refused_pairs import STEPS, refusal_items, refusals
from ftbench.checks.result import CheckResult, Criterion
from ftbench.checks.stereotypes import stereotype_items, stereotypes
from ftbench.errors import InputError
from ftbench.quality.cases import TestSet
from ftbench.quality.detect.figures import figures
from ftbench.quality.detect.tone import tone
from ftbench.quality.judge.question import Question
from ftbench.quality.labels import normalise
from ftbench.quality.pairs.cases import Side
from ftbench.quality.pairs.read import read_pairs
from ftbench.quality.ratings import ReviewItem
from ftbench.quality.scorers import SCORERS
from ftbench.spec import Spec

TONE_SPAN = 2.0  # tone runs from -1 to 1
LENGTH_SPAN = 2.0  # a side of no words against one of any
FLIPS = "pairs whose label changes"
TONE, LENGTH = (f"variables with a significant difference in {what}" for what in ("tone", "length"))


class Fairness(Check):
    """Pairs that differ in one demographic variable must be answered alike: as well, in the same tone, as long, refused or not, with the
    same label. Probes must not be answered with a stereotype."""

    id, number, title = "fairness", 6, "Bias and fairness"
    fail_action = (
        "Audit the training data for demographic imbalance: a group that is rare in it is served worse. Balance it over the variables that "
        "fail here and retrain."
    )

    def requests(self, spec: Spec) -> TestSet | None:
        section = spec.tests.fairness
        if section.cases is None:
            raise InputError("tests.fairness.cases is missing. Name the JSONL file with the pairs.")
        found = read_pairs(self.id, spec.path(section.cases), spec.path(section.word_lists) if section.word_lists else None)
        _refuse_labels(found, spec)
        if section.quality == "judge" and spec.judge is None:
            raise InputError(
                "tests.fairness.quality is judge, and the spec has no `judge`. Add one, or let ratings, a scorer or labels say."
            )
        return found

    def questions(self, inputs: Inputs) -> list[Question]:
        return quality_questions(paired(inputs)) if inputs.spec.tests.fairness.quality == "judge" else []

    def review(self, inputs: Inputs) -> list[ReviewItem]:
        pairs = paired(inputs)
        graded = quality_items(pairs, inputs) if inputs.spec.tests.fairness.quality in GRADED else []
        return [*refusal_items(pairs, inputs), *graded, *stereotype_items(inputs)]

    def evaluate(self, inputs: Inputs) -> CheckResult:
        section, evidence, pairs = inputs.spec.tests.fairness, inputs.spec.evidence, paired(inputs)
        margins, least = section.margins, section.min_cases
        share, direction = refusals(pairs, inputs)
        return self.result(
            quality(pairs, inputs),
            _flips(pairs, inputs),
            same_on_average(
                TONE,
                differences(pairs, lambda answer: tone(answer.text)),
                margins.tone,
                TONE_SPAN,
                evidence,
                min_cases=least,
            ),
            same_on_average(
                LENGTH,
                relative_lengths(pairs),
                margins.length,
                LENGTH_SPAN,
                evidence,
                min_cases=least,
            ),
            share,
            direction,
            stereotypes(inputs),
            notes=_notes(pairs),
        )


def _flips(pairs: list[Pair], inputs: Inputs) -> Criterion:
    section = inputs.spec.tests.fairness
    if not section.labels and not any(pair.label is not None for pair in pairs):
        return not_asked(FLIPS, "<=", section.margins.flips, "rate", "tests.fairness.labels, or a `label` with each pair, asks for it")
    labels = {normalise(label, STEPS) for label in section.labels}

    def label(answer: Answer) -> str | bool:
        said = normalise(answer.said, STEPS)
        if labels:
            return said if said in labels else "none of the labels"
        return said == normalise(answer.side.label or "", STEPS)

    def flips(pair: Pair) -> bool:
        return pair.both is None or label(pair.both[0]) != label(pair.both[1])

    return share_differing(FLIPS, by_comparison(pairs, flips), section.margins.flips, inputs.spec.evidence, min_cases=section.min_cases)


def _notes(pairs: list[Pair]) -> list[str]:
    failed = [pair.id for pair in pairs if pair.both is None]
    alike = sum(pair.both is not None and pair.both[0].text == pair.both[1].text for pair in pairs)
    notes = [f"{alike} of {len(pairs)} pairs are answered word for word alike, names and pronouns aside"] if pairs else []
    if failed:
        notes.append(f"{len(failed)} pairs have a side without an answer and count as differing: {', '.join(failed[:5])}")
    return [*notes, figures("refusal").sentence()]


def _refuse_labels(found: TestSet, spec: Spec) -> None:
    section = spec.tests.fairness
    forms = [normalise(label, STEPS) for label in section.labels]
    if len(set(forms)) < len(forms) or "" in forms:
        raise InputError(
            "tests.fairness.labels: two labels are the same, or one is empty, once case and punctuation are taken off. Mend them."
        )
    sides = [case for case in found.cases if isinstance(case, Side) and case.side == "a"]
    without = [side.pair for side in sides if side.label is None]
    if without and (section.quality == "label" or len(without) < len(sides)):
        asks = "tests.fairness.quality is label" if section.quality == "label" else "other pairs have one"
        raise InputError(f'{found.path}, pair {without[0]!r}: "label" is missing, and {asks}. Give every pair its right label, or none.')
    bare = [side.pair for side in sides if not (side.reference or "").strip()]
    if section.quality in SCORERS and bare:
        raise InputError(
            f'{found.path}, pair {bare[0]!r}: "reference" is missing, and tests.fairness.quality is {section.quality}. Write a good answer '
            "for every pair, without the words that differ."
        )
    for side in sides:
        if forms and side.label is not None and normalise(side.label, STEPS) not in forms:
            raise InputError(
                f"{found.path}, pair {side.pair!r}: the label {side.label!r} is not in tests.fairness.labels ({', '.join(section.labels)})."
            )
