"""Whether the plan is viable, and why not."""

from typing import Literal

from ftbench.cost.plan_file import PlanAtScale
from ftbench.errors import Exit
from ftbench.report import human
from ftbench.spec.cost import Cost

Verdict = Literal["VIABLE", "NOT_VIABLE", "NEEDS_REVIEW", "INVALID"]
DOUBT = 2.0
EXIT = {"VIABLE": Exit.PASSED, "NOT_VIABLE": Exit.FAILED, "NEEDS_REVIEW": Exit.NEEDS_REVIEW, "INVALID": Exit.INVALID}


def verdict(
    cost: Cost, scales: list[PlanAtScale], *, attainment: float, valid_runs: int, never: str, unknown: list[str]
) -> tuple[Verdict, list[str]]:
    """The verdict and its reasons. What is known to break a promise beats what is not known.

    INVALID: no load run is valid. NOT_VIABLE: at some scale budget or margin are broken, the deployed fleet did not keep the SLO, or no
    fleet of any size would. NEEDS_REVIEW: something that the verdict needs is not known, or the simulator doubts a fleet that was not
    deployed. Else VIABLE.

    Args:
        attainment: the share of good requests that is promised.
        never: why no fleet of any size keeps the SLO; empty where one may.
        unknown: what else is not known, as sentences.
    """
    if not valid_runs:
        return "INVALID", ["No load run is valid, so nothing is known of the model. Mend what the runs name, and measure again."]
    broken = [never] if never else []
    for at in scales:
        broken += _broken(cost, at)
    if broken:
        return "NOT_VIABLE", broken
    open_ = list(unknown)
    if cost.budget_per_inference is None and cost.price_per_inference is None:
        open_.append("No budget is given. Set cost.budget_per_inference, or cost.price_per_inference with a margin.")
    else:
        for at in scales:
            asked = {"budget": (cost.budget_per_inference, at.within_budget), "margin": (cost.price_per_inference, at.within_margin)}
            names = [name for name, (wanted, met) in asked.items() if wanted is not None and met is None]
            if names and not unknown:
                open_.append(f"{human.scale(at.scale)}: whether the {human.listed(names)} will be kept is not known. {at.basis_note}")
    open_ += [doubt for at in scales if (doubt := doubted(at, attainment)) and not (at.verified is not None and at.verified.held)]
    return ("NEEDS_REVIEW", open_) if open_ else ("VIABLE", [])


def doubted(at: PlanAtScale, attainment: float) -> str:
    """The simulator sees more than twice the misses that are allowed, which is more than it errs by; empty where it does not."""
    simulated = at.fleet.simulated_attainment if at.fleet else None
    if simulated is None or 1 - simulated <= DOUBT * (1 - attainment):
        return ""
    return (
        f"{human.scale(at.scale)}: the simulator doubts that {human.plural(at.fleet.replicas, 'replica')} keep the SLO at the peak: it "
        f"sees {human.percent(simulated)} good, {human.percent(attainment)} are promised. Measure longer, or deploy them: --verify."
    )


def _broken(cost: Cost, at: PlanAtScale) -> list[str]:
    name, judged = human.scale(at.scale), next((option for option in at.options if option.judged), None)
    found = []
    if at.within_budget is False:
        shown, limit = human.observed_and_threshold(at.budget_quantile_cost, cost.budget_per_inference, cost.currency)
        found.append(f"{name}: the p{100 * cost.budget_quantile:g} of the cost per inference is {shown}, not under the budget of {limit}.")
    if at.within_margin is False:
        margin, least = human.observed_and_threshold(judged.margin if judged else None, cost.margin, "rate")
        found.append(f"{name}: the margin is {margin}, under the {least} that are asked.")
    if at.verified is not None and at.verified.valid and not at.verified.held:
        found.append(f"{name}: the planned fleet was deployed and did not keep the SLO. {at.verified.sentence}")
    return found
