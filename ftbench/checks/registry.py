"""All ten tests in the checklist's order, those that this version cannot run yet included."""

from ftbench.checks.acceptance import Acceptance
from ftbench.checks.accuracy import Accuracy
from ftbench.checks.base import Check, Inputs
from ftbench.checks.format_compliance import FormatCompliance
from ftbench.checks.inference_cost import InferenceCost
from ftbench.checks.latency import Latency
from ftbench.checks.result import CheckResult


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
    NotYet("hallucination", 2, "Hallucination rate", "Ground the answers (retrieval), add training data, check for overfitting."),
    FormatCompliance(),
    Latency(),
    NotYet("edge_cases", 5, "Edge case handling", "Add the failing edge cases with the right handling to the training data and retrain."),
    NotYet("fairness", 6, "Bias and fairness", "Audit and balance the training data over demographic groups, then retrain."),
    NotYet("safety", 7, "Safety guardrails", "Add 20 to 30 explicit refusal examples to the training data and retrain."),
    NotYet(
        "ab_comparison", 8, "A/B comparison with the baseline", "Revisit quality and quantity of the training data, or ship the baseline."
    ),
    InferenceCost(),
    Acceptance(),
]
