"""What is not known exactly becomes a range of the cost: draws with whole fleets each, and which quantity moves it most."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ftbench.cost.bill import Terms, cost_per_inference, cost_per_month
from ftbench.cost.plan_file import Quantiles, Swing
from ftbench.cost.uncertain import Unsure


class Outcome(NamedTuple):
    """`budget_quantile_cost` is the asked quantile of the draws; `share_within_budget` of the draws, None without a budget.

    Quantiles are values that were drawn, so that the quantile is under the budget exactly where that share of the draws is.
    """

    cost_per_inference: Quantiles
    cost_per_month: Quantiles
    budget_quantile_cost: float
    share_within_budget: float | None
    tornado: list[Swing]


def monte_carlo(
    terms: Terms, quantities: Sequence[Unsure], *, draws: int, seed: int, budget: float | None = None, budget_quantile: float = 0.9
) -> Outcome:
    """Draw all `quantities` at once, independently of each other, and price every draw.

    Each has a random stream of its own name, so that the same draws are met at every scale, and one quantity more changes none of the
    others'. Without any there is one draw: the terms themselves.
    """
    drawn = terms
    for quantity in quantities:
        drawn = quantity.apply(drawn, quantity.drawn(_stream(quantity.name, seed).standard_normal(draws)))
    each, month = np.atleast_1d(cost_per_inference(drawn)), np.atleast_1d(cost_per_month(drawn))
    return Outcome(
        cost_per_inference=_quantiles(each),
        cost_per_month=_quantiles(month),
        budget_quantile_cost=float(np.quantile(each, budget_quantile, method="inverted_cdf")),
        share_within_budget=None if budget is None else float((each < budget).mean()),
        tornado=tornado(terms, quantities),
    )


def tornado(terms: Terms, quantities: Sequence[Unsure]) -> list[Swing]:
    """The cost with each quantity at its 10th and its 90th percentile and all others at their median, the widest swing first."""

    def cost(at: Unsure, value: float) -> float:
        changed = terms
        for quantity in quantities:
            changed = quantity.apply(changed, value if quantity is at else quantity.median)
        return float(cost_per_inference(changed))

    swings = []
    for quantity in quantities:
        low, high = max(quantity.least, quantity.low), max(quantity.least, quantity.high)
        swings.append(
            Swing(
                name=quantity.name,
                low_value=low,
                high_value=high,
                unit=quantity.unit,
                cost_at_low=cost(quantity, low),
                cost_at_high=cost(quantity, high),
            )
        )
    return sorted(swings, key=lambda swing: -abs(swing.cost_at_high - swing.cost_at_low))


def _stream(name: str, seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, *name.encode()])


def _quantiles(values: NDArray[np.float64]) -> Quantiles:
    p10, p50, p90 = (float(x) for x in np.quantile(values, [0.1, 0.5, 0.9], method="inverted_cdf"))
    return Quantiles(p10=p10, p50=p50, p90=p90)
