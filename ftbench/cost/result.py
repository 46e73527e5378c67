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
    good_requests_per_month: float | None = None
    cost_per_million_tokens: float | None
    cost_per_month: float | None
    margin: float | None
    within_budget: bool | None
    within_margin: bool | None
    breakdown: Breakdown | None
    currency: str
    price_source: str
    notes: list[str] = []
