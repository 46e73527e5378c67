"""All ten tests in the checklist's order."""

from ftbench.checks.ab_comparison import AbComparison
from ftbench.checks.acceptance import Acceptance
from ftbench.checks.accuracy import Accuracy
from ftbench.checks.base import Check
from ftbench.checks.edge_cases import EdgeCases
from ftbench.checks.fairness import Fairness
from ftbench.checks.format_compliance import FormatCompliance
from ftbench.checks.hallucination import Hallucination
from ftbench.checks.inference_cost import InferenceCost
from ftbench.checks.latency import Latency
from ftbench.checks.safety import Safety

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
