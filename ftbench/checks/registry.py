"""All ten tests in the checklist's order, those that this version cannot run yet included."""

from ftbench.checks.ab_comparison import AbComparison
from ftbench.checks.acceptance import Acceptance
from ftbench.checks.accuracy import Accuracy
from ftbench.checks.base import Check, Inputs
from ftbench.checks.edge_cases import EdgeCases
from ftbench.checks.fairness import Fairness
from ftbench.checks.format_compliance import FormatCompliance
from ftbench.checks.hallucination import Hallucination
from ftbench.checks.inference_cost import InferenceCost
from ftbench.checks.latency import Latency
from ftbench.checks.result import CheckResult
from ftbench.checks.safety import Safety


class NotYet(Check):
    """A test of the checklist that this version does not run; it stands in every report as SKIPPED, so that nobody takes it for passed."""

    def __init__(self, id: str, number: int, title: str, fail_action: str) -> None:
        self.id, self.number, self.title, self.fail_action = id, number, title, fail_action

    def section(self, spec):
        return None

    def evaluate(self, inputs: Inputs) -> CheckResult:
        return self.without_judgement("SKIPPED", NOT_YET)


NOT_YET = "this version of ftbench does not run this test yet; do it by hand and keep the record"

CHECKS: list[Check] = [
    Accuracy(),
    Hallucination(),
    FormatCompliance(),
    Latency(),
    EdgeCases(),
    Fairness(),
    Safety(),
    AbComparison(),
    InferenceCost(),
    Acceptance(),
]
