"""Test 9. Does one inference cost what the contract allows, today and at every multiple of today's traffic?"""

from collections.abc import Callable

from ftbench.checks.base import Check, Inputs, weakest_evidence, worst_status
from ftbench.checks.criteria import amount_at_least, amount_below, invalid, not_asked, to_review
from ftbench.checks.result import CheckResult, Criterion
from ftbench.cost.bill import margin_kept
from ftbench.cost.result import CostAtScale
from ftbench.spec import Spec


class InferenceCost(Check):
    """Everything over good requests: compute, storage, network, gateway, monitoring."""

    id, number, title = "inference_cost", 9, "Cost per inference"
    fail_action = (
        "Take a stronger quantization, larger batches, a smaller model or cheaper hardware; if the use case cannot carry the cost, "
        "say so to the client before the first invoice."
    )

    def evaluate(self, inputs: Inputs) -> CheckResult:
        if not inputs.cost:
            return self.without_judgement("INVALID", "No cost could be calculated: there is no valid load run.")
        limits = [c for at in inputs.cost for c in (_budget(at, inputs), _margin(at, inputs))]
        notes = [f"{at.scale:g}x: {at.basis}. {at.basis_note}" for at in inputs.cost]
        return self.result(*limits, _projected(inputs.cost, limits), _all_costs(inputs.cost, inputs.spec), notes=notes)


def _budget(at: CostAtScale, inputs: Inputs) -> Criterion:
    """The cost that the budget is held against: the spec's quantile of what is uncertain, never less than the planned fleet's own cost."""
    name, limit = f"cost per inference at {at.scale:g}x", inputs.spec.cost.budget_per_inference
    if limit is None:
        return to_review(name, "<", None, at.currency, 0, "the spec names no budget; set cost.budget_per_inference")
    if (unjudged := _unjudged(name, "<", limit, at.currency, at, at.within_budget, inputs)) is not None:
        return unjudged
    judged = at.cost_per_inference if at.budget_quantile_cost is None else at.budget_quantile_cost
    found = amount_below(name, judged, limit, at.currency, measured=at.basis == "measured", note=_note(at, inputs.spec))
    return _weighed(found, at, lambda cost: cost < limit)


def _margin(at: CostAtScale, inputs: Inputs) -> Criterion:
    name, terms = f"margin at {at.scale:g}x", inputs.spec.cost
    price = terms.price_per_inference
    if price is None:
        return not_asked(name, ">=", terms.margin, "rate", "the client is not charged per inference (cost.price_per_inference is not set)")
    if (unjudged := _unjudged(name, ">=", terms.margin, "rate", at, at.within_margin, inputs)) is not None:
        return unjudged
    found = amount_at_least(name, at.margin, terms.margin, "rate", measured=at.basis == "measured", note=_note(at, inputs.spec))
    return _weighed(found, at, lambda cost: margin_kept(1 - cost / price, terms.margin))


def _weighed(found: Criterion, at: CostAtScale, keeps: Callable[[float], bool]) -> Criterion:
    """Proven where the scale was measured and even the p90 keeps the limit; refuted where even the p10 breaks it.

    Where nothing was drawn there is one figure, as certain as what it was calculated from.
    """
    if at.cost_p10 is None or at.cost_p90 is None or found.observed is None:
        return found
    passed = found.status == "PASS"
    proven = passed and at.basis == "measured" and keeps(at.cost_p90)
    refuted = not passed and not keeps(at.cost_p10)
    return found.model_copy(update={"evidence": "PROVEN" if proven else "REFUTED" if refuted else "INCONCLUSIVE"})


def _unjudged(name: str, operator: str, limit: float, unit: str, at: CostAtScale, within: bool | None, inputs: Inputs) -> Criterion | None:
    """A limit that cannot be judged either way; None where there is something to judge.

    Open: the figure lacks the price of compute or is another machine's, or the spec has no SLO. Where there is an SLO and no rate met
    it, there is no figure either; that is no open question but a failure, unless the measurement itself is at fault.
    """
    slo = inputs.spec.slo
    if at.cost_per_inference is None and inputs.load and not any(run.valid for run in inputs.load):
        return invalid(name, operator, limit, unit, 0, f"no load run is valid, so there is no cost: {'; '.join(at.notes)}")
    promises_nothing = slo.ttft_s is None and slo.tpot_s is None and slo.e2e_s is None
    if promises_nothing if at.cost_per_inference is None else within is None:
        return to_review(name, operator, limit, unit, 0, f"not judged: {at.basis_note} {'; '.join(filter(None, at.notes))}")
    return None


def _projected(costs: list[CostAtScale], limits: list[Criterion]) -> Criterion:
    """The checklist's own sentence on growth: no scale above today's breaks the budget or the margin."""
    ahead = [at.scale for at in costs if at.scale > 1]
    if not ahead:
        what = "cost at projected scale remains viable"
        return to_review(what, "==", 0, "count", 0, "load.scales has no multiple above 1; put 3 and 10 there")
    name = f"cost at projected scale ({', '.join(f'{scale:g}x' for scale in ahead)}) remains viable"
    judged = {s: [c for c in limits if c.name.endswith(f" at {s:g}x") and c.status != "SKIPPED"] for s in ahead}
    every = [c for criteria in judged.values() for c in criteria]
    broken = [s for s, criteria in judged.items() if any(c.status == "FAIL" for c in criteria)]
    status = worst_status([c.status for c in every])
    if status in ("INVALID", "NEEDS_REVIEW"):
        make = invalid if status == "INVALID" else to_review
        return make(name, "==", 0, "count", len(ahead), "; ".join(f"{c.name}: {c.note}" for c in every if c.status == status))
    return Criterion(
        name=name,
        operator="==",
        threshold=0,
        observed=len(broken),
        unit="count",
        n=len(ahead),
        ci=None,
        status=status,
        evidence=weakest_evidence([c.evidence for c in every]),
        note="".join(f"{s:g}x: {', '.join(c.name for c in judged[s] if c.status == 'FAIL')} not kept. " for s in broken).strip(),
    )


def _all_costs(costs: list[CostAtScale], spec: Spec) -> Criterion:
    """The checklist's "include all costs". What nobody named counts as 0, and only a person can say that it costs nothing."""
    terms, named = spec.cost, spec.cost.model_fields_set
    missing = []
    if spec.hardware == "local" and terms.purchase == "on_demand" and terms.price_per_hour is None:
        missing.append("compute (cost.price_per_hour)")
    if "storage_gb" not in named or (terms.storage_gb and "storage_price_per_gb_month" not in named):
        missing.append("storage (cost.storage_gb and cost.storage_price_per_gb_month)")
    if "egress_price_per_gb" not in named:
        missing.append("network transfer (cost.egress_price_per_gb)")
    elif terms.egress_price_per_gb and any(at.breakdown is not None and not at.breakdown.network for at in costs):
        missing.append("network transfer (the load run recorded no response sizes)")
    if "monitoring_per_month" not in named:
        missing.append("monitoring (cost.monitoring_per_month)")
    name = "costs left out (compute, storage, network transfer, monitoring)"
    if missing:
        return to_review(
            name, "==", 0, "count", len(missing), f"counted as 0, for nobody named them: {', '.join(missing)}; write 0 where it is 0"
        )
    nothing = {"observed": 0, "n": 4, "ci": None, "note": "each is named in the spec"}
    return Criterion(name=name, operator="==", threshold=0, unit="count", status="PASS", evidence="PROVEN", **nothing)


def _note(at: CostAtScale, spec: Spec) -> str:
    if at.cost_p10 is None:
        drawn = ""
    else:
        within = "" if at.share_within_budget is None else f", {at.share_within_budget:.1%} of the draws under the budget"
        drawn = f"p10 {at.cost_p10:.3g}, p50 {at.cost_p50:.3g}, p90 {at.cost_p90:.3g} {at.currency}{within}; "
        drawn += f"held against the budget is the {spec.cost.budget_quantile:.0%} quantile, and at least the planned fleet's own cost"
    return "; ".join(filter(None, [at.basis, drawn, *at.notes]))
