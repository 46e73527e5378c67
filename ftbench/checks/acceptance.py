"""Test 10. What the client was promised, promise by promise."""

import hashlib
import re
from collections.abc import Iterator
from typing import NamedTuple

from ftbench.checks.base import Check, Inputs
from ftbench.checks.criteria import invalid, rate_at_least
from ftbench.checks.load_bound import load_bound
from ftbench.checks.result import CheckResult, Criterion
from ftbench.checks.undecided import while_undecided
from ftbench.errors import InputError, InvalidMeasurement
from ftbench.quality.assertions import Outcome, Promise, judges
from ftbench.quality.cases import Case, TestSet, read_test_set
from ftbench.quality.outputs import Output
from ftbench.quality.ratings import ReviewItem, decided, output_digest
from ftbench.spec import Spec
from ftbench.spec.acceptance import AcceptanceCriterion

REASONS = 3  # a criterion's failures that are told in words


class Acceptance(Check):
    """Each criterion of the statement of work with cases of its own, or a bound on the load run."""

    id, number, title = "acceptance", 10, "Client acceptance criteria"
    fail_action = "Fix the failing criteria before everything else: a model that fails what the client asked for is not ready to ship."

    def requests(self, spec: Spec) -> TestSet | None:
        """The cases of all criteria in one test set, each as `<slug of its criterion>/<id>` and with its system prompt in `messages`."""
        cases, paths, digest = [], [], hashlib.sha256()
        for promise in promises(spec):
            bound = promise.criterion.load
            if bound is not None:
                if bound.scale not in spec.load.scales:
                    raise InputError(
                        f"{promise.key}.load.scale is {bound.scale:g}, which is not among load.scales "
                        f"({', '.join(f'{s:g}' for s in spec.load.scales)}). Put it there, or choose one of them."
                    )
                continue
            found = read_test_set(f"{promise.key.removeprefix('tests.')}", spec.path(promise.criterion.cases))
            judges(Promise(spec, promise.criterion, promise.key, found.cases))
            system = promise.criterion.system_prompt or spec.system_prompt
            for case in found.cases:
                sent = {"id": f"{promise.slug}/{case.id}", "messages": case.chat(system), "prompt": None}
                cases.append(case.model_copy(update=sent))
            paths.append(found.path)
            digest.update(found.sha256.encode())
        return TestSet(self.id, ", ".join(dict.fromkeys(paths)), digest.hexdigest(), cases) if cases else None

    def max_tokens(self, spec: Spec, case: Case) -> int:
        slug = case.id.partition("/")[0]
        return next(p.criterion.max_tokens for p in promises(spec) if p.slug == slug)

    def timed(self, spec: Spec) -> bool:
        return any(assertion.kind == "latency_s" for c in spec.tests.acceptance.criteria for assertion in c.assertions)

    def evaluate(self, inputs: Inputs) -> CheckResult:
        criteria, notes = [], []
        for promise in promises(inputs.spec):
            criterion, reasons = _kept(promise, inputs)
            criteria.append(_signed(_told(criterion, promise.criterion), promise.criterion))
            notes += [f"{promise.criterion.name}: {reason}" for reason in reasons]
        return self.result(*criteria, notes=notes)

    def right(self, inputs: Inputs) -> dict[str, bool | None] | None:
        """Every assertion of the case's promise holds; promises about the traffic have no cases."""
        found: dict[str, bool | None] = {}
        for promise in promises(inputs.spec):
            if promise.criterion.load is None:
                try:
                    found |= {answer.case.id: answer.ok(inputs) for answer in _answers(promise, inputs)}
                except InvalidMeasurement:
                    found |= dict.fromkeys(case.id for case in _cases(promise, inputs))
        return found or None

    def review(self, inputs: Inputs) -> list[ReviewItem]:
        items = []
        for promise in promises(inputs.spec):
            if promise.criterion.load is None:
                try:
                    items += [item for answer in _answers(promise, inputs) for _, item in answer.open if not answer.failed]
                except InvalidMeasurement:
                    continue  # the criterion is INVALID, whatever people would say
        return list({item.id: item for item in items}.values())


class Named(NamedTuple):
    criterion: AcceptanceCriterion
    key: str
    slug: str


class _Answer(NamedTuple):
    """`failed` is the first reason why an answer breaks the promise; `open` what people must say of it, with what decides."""

    case: Case
    failed: str
    open: list[tuple[Outcome, ReviewItem]]

    def ok(self, inputs: Inputs) -> bool | None:
        if self.failed:
            return False
        said = [(outcome, decided(item, inputs.ratings)) for outcome, item in self.open]
        if any(word is not None and (word == "yes") is not outcome.yes for outcome, word in said):
            return False
        return None if any(word is None for _, word in said) else True


def promises(spec: Spec) -> Iterator[Named]:
    """The criteria in their order. A slug has no slash, and none is given twice."""
    given: set[str] = set()
    for number, criterion in enumerate(spec.tests.acceptance.criteria):
        plain = slug = re.sub(r"[\W_]+", "-", criterion.name.casefold()).strip("-") or "criterion"
        again = 2
        while slug in given:
            slug, again = f"{plain}-{again}", again + 1
        given.add(slug)
        yield Named(criterion, f"tests.acceptance.criteria.{number}", slug)


def _kept(promise: Named, inputs: Inputs) -> tuple[Criterion, list[str]]:
    agreed, evidence = promise.criterion, inputs.spec.evidence
    if agreed.load is not None:
        return load_bound(agreed.name, agreed.load, inputs.load, min_cases=agreed.min_cases), []
    try:
        answers = _answers(promise, inputs)
    except InvalidMeasurement as broken:
        return invalid(agreed.name, ">=", agreed.rate, "rate", len(_cases(promise, inputs)), str(broken)), []
    outcomes = {answer.case.id: answer.ok(inputs) for answer in answers}
    criterion = while_undecided(lambda ok: rate_at_least(agreed.name, ok, agreed.rate, evidence, min_cases=agreed.min_cases), outcomes)
    reasons = [f"{a.case.id}: {a.failed or 'a person says no'}" for a in answers if outcomes[a.case.id] is False]
    if any(assertion.kind == "latency_s" for assertion in agreed.assertions):
        at = sorted({output.concurrency for a in answers if (output := inputs.outputs.get(a.case.id))})
        criterion = _noted(criterion, f"each answer timed at up to {', '.join(map(str, at)) or 0} concurrent requests")
    return criterion, reasons[:REASONS]


def _cases(promise: Named, inputs: Inputs) -> list[Case]:
    return [case for case in inputs.cases if case.id.startswith(f"{promise.slug}/")]


def _answers(promise: Named, inputs: Inputs) -> list[_Answer]:
    cases = _cases(promise, inputs)
    asked = judges(Promise(inputs.spec, promise.criterion, promise.key, cases))
    found = []
    for case in cases:
        output = inputs.outputs.get(case.id)
        if output is None or output.error:
            found.append(_Answer(case, f"no answer ({output.error_kind if output else 'not sent'})", []))
            continue
        outcomes = [judge(case, output) for judge in asked]
        failed = next((outcome.reason or "does not hold" for outcome in outcomes if outcome.ok is False), "")
        found.append(_Answer(case, failed, [(o, _item(o.question, case, output)) for o in outcomes if o.ok is None]))
    return found


def _item(question: str, case: Case, output: Output) -> ReviewItem:
    """The id holds the question, so that a yes to another question is none to this."""
    turns = [turn for turn in case.messages or [] if turn["role"] != "system"]
    return ReviewItem(
        id=f"acceptance/{case.id}/{hashlib.sha256(question.encode()).hexdigest()[:8]}",
        check="acceptance",
        case=case.id,
        question=question,
        choices=("yes", "no"),
        prompt=turns[0]["content"] if len(turns) == 1 else "\n\n".join(f"{turn['role']}: {turn['content']}" for turn in turns),
        source=case.source,
        reference=case.reference,
        answers=(output.text,),
        output_sha256=output_digest(output.text),
    )


def _told(criterion: Criterion, agreed: AcceptanceCriterion) -> Criterion:
    told = f"promised: {agreed.statement}"
    if agreed.interpretation:
        told += f"; understood as: {agreed.interpretation}"
    if agreed.signed_off:
        told += f"; signed off by {agreed.signed_off.by} on {agreed.signed_off.day}"
    return criterion.model_copy(update={"note": "; ".join(filter(None, [told, criterion.note]))})


def _signed(criterion: Criterion, agreed: AcceptanceCriterion) -> Criterion:
    """An interpretation that the client has not signed is no promise kept; one that is not even met stays failed."""
    if not agreed.interpretation or agreed.signed_off:
        return criterion
    waits = _noted(criterion, "this interpretation waits for the client: write who signed it and when under signed_off")
    return waits.model_copy(update={"status": "NEEDS_REVIEW"}) if criterion.status == "PASS" else waits


def _noted(criterion: Criterion, note: str) -> Criterion:
    return criterion.model_copy(update={"note": "; ".join(filter(None, [criterion.note, note]))})
