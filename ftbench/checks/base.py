"""What a check is: cases to send, and a judgement of what came back."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from ftbench.checks.next_step import next_step
from ftbench.checks.result import CheckResult, Criterion, EvidenceLevel, Status
from ftbench.cost.result import CostAtScale
from ftbench.metrics.summary import LoadSummary
from ftbench.quality.cases import Case, TestSet, read_test_set
from ftbench.quality.judge.question import Calibration, Opinion, Question
from ftbench.quality.outputs import Output
from ftbench.quality.ratings import Rating, ReviewItem
from ftbench.spec import Spec


class Inputs(NamedTuple):
    """Everything that a run measured. A check takes what it needs.

    `outputs` and `baseline` by case id; `ratings` are people's, all of them; `opinions` are the judge's by question id, and `calibration`
    says by task whether they may decide anything.
    """

    spec: Spec
    cases: list[Case]
    outputs: dict[str, Output]
    load: list[LoadSummary]
    cost: list[CostAtScale]
    baseline: dict[str, Output] = {}
    ratings: Sequence[Rating] = ()
    opinions: Mapping[str, Opinion] = {}
    calibration: Mapping[str, Calibration] = {}


class Check(ABC):
    """One of the ten tests. Subclasses are stateless: they are shipped to Ray tasks."""

    id: ClassVar[str]
    number: ClassVar[int]
    title: ClassVar[str]
    fail_action: ClassVar[str]

    def section(self, spec: Spec):
        """The check's part of the spec; None skips it."""
        return getattr(spec.tests, self.id, None)

    def requests(self, spec: Spec) -> TestSet | None:
        """The cases that must be sent to the model before `evaluate`; None for a check that needs no answers.

        Raises:
            InputError: the test set cannot be used.
        """
        section = self.section(spec)
        cases = getattr(section, "cases", None)
        return read_test_set(self.id, spec.path(cases)) if cases else None

    def max_tokens(self, spec: Spec, case: Case) -> int:
        """The longest answer to `case` [tokens]."""
        return self.section(spec).max_tokens

    def timed(self, spec: Spec) -> bool:
        """How long each answer took is judged, so that answers of an earlier run will not do."""
        return False

    def questions(self, inputs: Inputs) -> list[Question]:
        """What the spec's judge shall be asked before `evaluate`. Only called where the spec has a judge."""
        return []

    def review(self, inputs: Inputs) -> list[ReviewItem]:
        """What people have to decide, those items included that have ratings already. Called after `evaluate`, with the same inputs."""
        return []

    def right(self, inputs: Inputs) -> dict[str, bool | None] | None:
        """Whether each case was answered rightly, by this test's own rules and nobody's word: what `ftbench compare` pairs over variants.

        By case id, an answer that never came is wrong; None where only a person could say. None altogether where no case can be decided
        without people, or the test has no cases that are right or wrong.
        """
        return None

    @abstractmethod
    def evaluate(self, inputs: Inputs) -> CheckResult:
        """Criteria of this test from what was measured."""

    def result(self, *criteria: Criterion, notes: list[str] | None = None) -> CheckResult:
        """The check's own status and evidence are those of its weakest criterion; each criterion is told what to do about it."""
        told = [c.model_copy(update={"next": next_step(c, self.fail_action)}) for c in criteria]
        judged = [c for c in criteria if c.status != "SKIPPED"]
        failures = list(dict.fromkeys(case for c in criteria if c.status == "FAIL" for case in c.failures))
        return CheckResult(
            id=self.id,
            number=self.number,
            title=self.title,
            status=worst_status([c.status for c in judged]),
            evidence=weakest_evidence([c.evidence for c in judged]),
            criteria=told,
            notes=notes or [],
            failures=failures,
            fail_action=self.fail_action,
        )

    def without_judgement(self, status: Status, why: str) -> CheckResult:
        """A check that was skipped or broke."""
        return CheckResult(
            id=self.id,
            number=self.number,
            title=self.title,
            status=status,
            evidence="NO_DATA",
            criteria=[],
            notes=[why],
            fail_action=self.fail_action,
        )


def worst_status(statuses: list[Status]) -> Status:
    """INVALID beats everything: a wrong measurement is not a verdict about the model. Then FAIL, then NEEDS_REVIEW."""
    for status in ("INVALID", "FAIL", "NEEDS_REVIEW", "PASS"):
        if status in statuses:
            return status
    return "SKIPPED"


def weakest_evidence(levels: list[EvidenceLevel]) -> EvidenceLevel:
    """What is refuted is refuted, whatever else is proven."""
    for level in ("REFUTED", "NO_DATA", "INCONCLUSIVE", "PROVEN"):
        if level in levels:
            return level
    return "NO_DATA"
