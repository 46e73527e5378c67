"""Test 9. Does one inference cost what the contract allows, today and at every multiple of today's traffic?"""

from ftbench.checks.base import Check, Inputs
from ftbench.checks.criteria import amount_at_least, amount_below, not_asked, to_review
from ftbench.checks.result import CheckResult, Criterion
from ftbench.cost.result import CostAtScale
from ftbench.spec import Spec


class InferenceCost(Check):
    """Everything over good requests: compute, storage, network, monitoring."""

    id, number, title = "inference_cost", 9, "Cost per inference"
    fail_action = (
        "Take a stronger quantization, larger batches, a smaller model or cheaper hardware; if the use case cannot carry the cost, "
        "say so to the client before the first invoice."
    )

    def evaluate(self, inputs: Inputs) -> CheckResult:
        if not inputs.cost:
            return self.without_judgement("INVALID", "No cost could be calculated: there is no valid load run.")
        criteria = [c for at in inputs.cost for c in (_budget(at, inputs.spec), _margin(at, inputs.spec))]
        notes = [f"{at.scale:g}x: {at.basis}. {at.basis_note}" for at in inputs.cost]
        return self.result(*criteria, notes=notes)


def _budget(at: CostAtScale, spec: Spec) -> Criterion:
    name, limit = f"cost per inference at {at.scale:g}x", spec.cost.budget_per_inference
    if limit is None:
        return to_review(name, "<", None, at.currency, 0, "the spec names no budget; set cost.budget_per_inference")
    if _open(at.within_budget, at, spec):
        return to_review(name, "<", limit, at.currency, 0, f"not judged: {at.basis_note} {'; '.join(at.notes)}")
    return amount_below(name, at.cost_per_inference, limit, at.currency, measured=at.basis == "measured", note=_note(at))


def _margin(at: CostAtScale, spec: Spec) -> Criterion:
    name, terms = f"margin at {at.scale:g}x", spec.cost
    if terms.price_per_inference is None:
        return not_asked(name, ">=", terms.margin, "rate", "the client is not charged per inference (cost.price_per_inference is not set)")
    if _open(at.within_margin, at, spec):
        return to_review(name, ">=", terms.margin, "rate", 0, f"not judged: {at.basis_note} {'; '.join(at.notes)}")
    return amount_at_least(name, at.margin, terms.margin, "rate", measured=at.basis == "measured", note=_note(at))


def _open(within: bool | None, at: CostAtScale, spec: Spec) -> bool:
    """Whether a limit can be judged neither way: the figure lacks the price of compute or is another machine's, or the spec has no SLO.

    Where there is an SLO and no rate met it, there is no figure either; that is no open question but a failure.
    """
    if at.cost_per_inference is not None:
        return within is None
    return spec.slo.ttft_s is None and spec.slo.tpot_s is None and spec.slo.e2e_s is None


def _note(at: CostAtScale) -> str:
    return "; ".join([at.basis, *at.notes])
