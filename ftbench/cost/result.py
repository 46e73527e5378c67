"""What one scale of traffic costs: one element of `cost` in report.json."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Breakdown(BaseModel):
    """Money per month, in the profile's currency."""

    model_config = ConfigDict(extra="forbid")

    compute: float
    storage: float
    network: float
    gateway: float = 0.0
    monitoring: float


class CostAtScale(BaseModel):
    """Money in `currency`; rates in requests per second; utilisation as mean demand over the fleet's measured capacity, spares included.

    `cost_per_inference`, `cost_per_million_tokens` and `margin` count only good requests: what misses the promise is paid for, not sold.
    They are those of the fleet that is sized on the capacity's lower end. `cost_p10`, `cost_p50` and `cost_p90` are of the Monte Carlo, in
    which each draw has its own capacity and fleet; None where nothing was drawn. `budget_quantile_cost` is what is held against the
    budget: the spec's quantile of the draws, and never less than `cost_per_inference`. `share_within_budget` is of the draws.
    `purchase`: how the machines are paid.
    `cost_per_inference_at_capacity` is compute alone, of a replica that is never idle: (price per hour) / (good requests per hour).
    `within_budget` and `within_margin` are None where the spec names no budget or price, where no fleet could be sized, where the
    throughput is another machine's, and where compute has no price and the rest alone decides nothing.
    """

    model_config = ConfigDict(extra="forbid")

    scale: float
    basis: Literal["measured", "modelled"]
    basis_note: str
    mean_rate: float
    peak_rate: float
    capacity_per_replica: float | None
    replicas: int | None
    instances: int | None
    utilisation: float | None
    cost_per_inference: float | None
    cost_per_inference_at_capacity: float | None = None
    cost_p10: float | None = None
    cost_p50: float | None = None
    cost_p90: float | None = None
    budget_quantile_cost: float | None = None
    share_within_budget: float | None = None
    good_requests_per_month: float | None = None
    cost_per_million_tokens: float | None
    cost_per_month: float | None
    margin: float | None
    within_budget: bool | None
    within_margin: bool | None
    breakdown: Breakdown | None
    currency: str
    price_source: str
    purchase: Literal["on_demand", "spot", "reserved", "owned"] = "on_demand"
    notes: list[str] = []
