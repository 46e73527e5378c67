"""Test 2. Every claim of every answer is in the source material, and what is not there the model says it does not know."""

from collections import Counter

from ftbench.checks.base import Check, Inputs
from ftbench.checks.criteria import no_data, none_of, not_asked, rate_at_least, rate_below
from ftbench.checks.grounding import HIGH_STAKES, Decision, decisions, domain, items, open_questions, says_that_unknown
from ftbench.checks.result import CheckResult, Criterion
from ftbench.checks.undecided import while_undecided
from ftbench.errors import InputError
from ftbench.quality.cases import Case, TestSet
from ftbench.quality.detect.figures import figures
from ftbench.quality.judge.question import Question
from ftbench.quality.ratings import ReviewItem, decided
from ftbench.spec import Spec

INVENTED = "answers with an invented fact"
KINDS = {"high-stakes": f"{INVENTED}, legal, medical or financial", "general": f"{INVENTED}, general matters"}
UNKNOWN = "unanswerable questions to which the model says that it does not know"


class Hallucination(Check):
    """High-stakes cases: not one invented fact. General ones: under 3 %.

    Screens decide what they can; a model and a calibrated judge decide more where the spec has them; people decide the rest.
    """

    id, number, title = "hallucination", 2, "Hallucination rate"
    fail_action = (
        "Add training data with the facts, and with answers that say what is not known; check for overfitting; "
        "consider grounding the answers by retrieval."
    )

    def requests(self, spec: Spec) -> TestSet | None:
        section, found = self.section(spec), super().requests(spec)
        if found is None:
            raise InputError("tests.hallucination.cases is missing. Name the JSONL file of questions with their source material.")
        for case in found.cases:
            _refuse_case(found.path, case)
        if section.judge and spec.judge is None:
            raise InputError("tests.hallucination.judge is true, but the spec has no `judge`. Add one, or take the line out.")
        if section.nli_model and not (spec.path(section.nli_model) / "config.json").is_file():
            raise InputError(f"tests.hallucination.nli_model: {spec.path(section.nli_model)} is no folder of a transformers model.")
        return found

    def questions(self, inputs: Inputs) -> list[Question]:
        """Each sentence that screens and model leave open, where the section asks for the judge."""
        return open_questions(inputs) if inputs.spec.tests.hallucination.judge else []

    def review(self, inputs: Inputs) -> list[ReviewItem]:
        """Answers that nothing else could decide, and those that people have decided already."""
        found, asked = decisions(inputs), items(inputs)
        unknown = says_that_unknown(inputs, found)
        waiting = {case for case, d in found.items() if d.invented is None} | {case for case, said in unknown.items() if said is None}
        return [item for case, item in asked.items() if case in waiting or decided(item, inputs.ratings)]

    def right(self, inputs: Inputs) -> dict[str, bool | None] | None:
        """No invented fact, and where the source does not hold the answer, a model that says so."""
        found = decisions(inputs)
        unknown = says_that_unknown(inputs, found)
        grounded = {case: None if d.invented is None else not d.invented for case, d in found.items()}
        return {case: _both(ok, unknown[case]) if case in unknown else ok for case, ok in grounded.items()}

    def evaluate(self, inputs: Inputs) -> CheckResult:
        section, evidence = inputs.spec.tests.hallucination, inputs.spec.evidence
        found = decisions(inputs)
        unknown = says_that_unknown(inputs, found)
        said = while_undecided(
            lambda ok: rate_at_least(UNKNOWN, ok, section.unknown_rate, evidence, min_cases=section.min_unanswerable), unknown
        )
        return self.result(_invented("high-stakes", found, inputs), _invented("general", found, inputs), said, notes=_notes(found, inputs))


def _both(one: bool | None, other: bool | None) -> bool | None:
    return False if False in (one, other) else None if None in (one, other) else True


def _invented(kind: str, found: dict[str, Decision], inputs: Inputs) -> Criterion:
    """Over the cases of one kind, while the least number of cases holds for the answerable ones of both kinds together."""
    section, evidence, name = inputs.spec.tests.hallucination, inputs.spec.evidence, KINDS[kind]
    high = kind == "high-stakes"
    operator, threshold, unit = ("==", 0, "count") if high else ("<", section.rate, "rate")
    outcomes = {c.id: found[c.id].invented for c in inputs.cases if (domain(c, inputs) in HIGH_STAKES) is high}
    answerable = sum(case.answerable for case in inputs.cases)
    if not outcomes and inputs.cases:
        return not_asked(name, operator, threshold, unit, "no case of this kind; `domain`, of the test or of a case, says which kind it is")
    if answerable < section.min_cases:
        short = no_data(name, operator, threshold, unit, answerable, section.min_cases)
        return short.model_copy(update={"note": f"answerable questions: {short.note}"})
    if high:
        return while_undecided(lambda bad: none_of(name, bad, evidence), outcomes, good=False)
    return while_undecided(lambda bad: rate_below(name, bad, section.rate, evidence), outcomes, good=False)


def _notes(found: dict[str, Decision], inputs: Inputs) -> list[str]:
    """Which method decided how many answers, how well the methods are known to work, and what was found."""
    counts = Counter(d.by or "nobody yet" for d in found.values())
    notes = ["answers decided by " + ", ".join(f"{by}: {n}" for by, n in counts.most_common())] if counts else []
    screen = figures("claims")
    notes.append(f"{screen.sentence()}; of those that it decided, {screen.wrong.count} of {screen.wrong.n} wrongly")
    if any(not case.answerable for case in inputs.cases):
        notes.append(figures("unknown").sentence())
    calibration = inputs.calibration.get("support")
    if inputs.spec.tests.hallucination.judge:
        notes.append(f"judge: {calibration.why if calibration else 'not calibrated for this question, so it decides nothing'}")
    return notes + [f"{case}: {d.why}" for case, d in found.items() if d.invented and d.why][:10]


def _refuse_case(path: str, case: Case) -> None:
    where = f"{path}, case {case.id!r}"
    if not (case.source or "").strip():
        need = "the facts that an answer may use" if case.answerable else "the material that does not hold the answer"
        raise InputError(f'{where}: "source" is missing. Every case of this test needs {need}.')
    if case.domain is not None and case.domain not in ("general", *HIGH_STAKES):
        raise InputError(f"{where}: the domain {case.domain!r} is unknown; it must be one of: general, {', '.join(HIGH_STAKES)}.")
