"""Test 9. Does one inference cost what the contract allows, today and at every multiple of today's traffic?"""

from ftbench.checks.base import Check, Inputs
from ftbench.checks.criteria import amount_at_least, amount_at_most, to_review
from ftbench.checks.result import CheckResult, Criterion
from ftbench.cost.result import CostAtScale
from ftbench.spec.model import Cost


class InferenceCost(Check):
    """Everything over good requests: compute, storage, network, monitoring."""

    id, number, title = "inference_cost", 9, "Cost per inference"
    fail_action = (
        "Take a smaller quantization, batch more, a smaller model or cheaper hardware; if the use case cannot carry the cost, say so to the "
        "client before the first invoice."
    )

    def evaluate(self, inputs: Inputs) -> CheckResult:
        if not inputs.cost:
            return self.without_judgement("INVALID", "No cost could be calculated: there is no valid load run.")
        terms = inputs.spec.cost
        criteria = [c for at in inputs.cost for c in (_budget(at, terms), _margin(at, terms))]
        notes = [f"{at.scale:g}x: {at.basis}. {at.basis_note}" for at in inputs.cost]
        return self.result(*criteria, notes=notes)


def _budget(at: CostAtScale, terms: Cost) -> Criterion:
    name = f"cost per inference at {at.scale:g}x"
    if terms.budget_per_inference is None:
        return to_review(name, "<=", None, at.currency, 0, "the spec names no budget; set cost.budget_per_inference")
    return amount_at_most(
        name, at.cost_per_inference, terms.budget_per_inference, at.currency, measured=at.basis == "measured", note=_note(at)
    )


def _margin(at: CostAtScale, terms: Cost) -> Criterion:
    name = f"margin at {at.scale:g}x"
    if terms.price_per_inference is None:
        return Criterion(
            name=name, operator=">=", threshold=terms.margin, observed=None, unit="rate", n=0, ci=None, status="SKIPPED", evidence="NO_DATA",
            note="the client is not charged per inference (cost.price_per_inference is not set)",
        )  # fmt: skip
    return amount_at_least(name, at.margin, terms.margin, "rate", measured=at.basis == "measured", note=_note(at))


def _note(at: CostAtScale) -> str:
    return "; ".join([at.basis, *at.notes])
