"""What the contract says about money, and what of it is not known exactly."""

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from ftbench.spec.section import NotNegative, Positive, Rate, Section

Purchase = Literal["on_demand", "spot", "reserved", "owned"]


class Spread(Section):
    """A quantity that is not known exactly: one time in ten it is below `low`, one time in ten above `high`."""

    low: Positive
    high: Positive

    @model_validator(mode="after")
    def _in_order(self) -> "Spread":
        if self.low > self.high:
            raise ValueError(f"`low` {self.low:g} lies above `high` {self.high:g}; exchange them")
        return self


class Uncertainty(Section):
    """What the Monte Carlo draws. The measured capacity is always drawn from its own interval; what is left out here is taken as exact."""

    rate: Spread | None = Field(None, description="Today's mean requests per second; drawn in place of `load.rate`")
    peak_to_mean: Spread | None = Field(None, description="Drawn in place of `cost.peak_to_mean`")
    price: Spread | None = Field(None, description="Multiples of the listed price, such as {low: 0.9, high: 1.2}")
    output_tokens: Spread | None = Field(None, description="Multiples of the measured mean output length; a longer answer costs capacity")
    arrival_cv: Spread | None = Field(None, description="Coefficient of variation of the gaps; drawn in place of that of `load.arrivals`")
    draws: int = Field(4000, ge=100, le=1_000_000)
    seed: int = 1


class Spot(Section):
    """Instances that may be taken away: price x (1 + interruptions per hour x (reload + lost work) in hours)."""

    interruptions_per_hour: NotNegative = Field(description="Of one instance, at the mean")
    reload_s: NotNegative = Field(description="From an interruption until a new instance answers")
    lost_work_s: NotNegative = Field(0.0, description="Work in flight that is lost and done again")
    price_per_hour: Positive | None = Field(None, description="Of one instance; by default the profile's spot price")


class Reserved(Section):
    """Instances that are paid for whether they are used or not."""

    price_per_hour: Positive | None = Field(None, description="Of one instance; by default the profile's reserved price")
    months: Positive = Field(12.0, description="Term of the reservation; a shorter need still pays all of it")


class Owned(Section):
    """Machines of one's own: depreciation + power x PUE x tariff + hosting, for each instance."""

    purchase_price: Positive = Field(description="Of one instance, in `currency`")
    years: Positive = Field(description="Over which it is written off, evenly")
    residual_share: float = Field(0.0, ge=0, lt=1, description="Of the purchase price, at the end")
    power_w: Positive | None = Field(None, description="Of one instance under load; by default its devices' power in the profile")
    pue: float = Field(ge=1, description="Power usage effectiveness: the site's power over the machines'")
    tariff_per_kwh: NotNegative
    hosting_per_month: NotNegative = Field(0.0, description="Space, network, hands; for each instance")


class ApiPrice(Section):
    """A per-token API that could answer in place of this deployment."""

    name: str = Field(min_length=1)
    input_per_million_tokens: NotNegative
    output_per_million_tokens: NotNegative
    retrieved: date = Field(description="Day on which the price was read")
    source: str = Field(min_length=3)


class Cost(Section):
    """What the contract says about money; machine prices come from the hardware profile."""

    currency: str = "USD"
    budget_per_inference: Positive | None = Field(None, description="The client's limit for one inference")
    budget_quantile: float = Field(
        0.9, ge=0.5, lt=1, description="The budget must hold in this share of the Monte Carlo's draws; 0.5 asks the median alone"
    )
    price_per_inference: Positive | None = Field(None, description="What the client is charged for one inference")
    margin: float = Field(0.40, ge=0, lt=1, description="Least margin when the client is charged per inference")
    peak_to_mean: float | None = Field(
        None, ge=1, description="Busiest hour over the mean; needed to size a fleet, never assumed. A `demand_trace` tells it too"
    )
    demand_trace: str | None = Field(
        None, description="CSV or JSONL with timestamp_s over at least a day: the peak to mean and the hours of an autoscaled fleet"
    )
    capacity: str | None = Field(
        None,
        description="What `ftbench capacity` wrote for this very deployment, the file or its folder; "
        "by default the highest rate that the gate's own runs kept",
    )
    headroom: Rate = Field(0.83, description="Share of the measured capacity that is planned to be used")
    spare_replicas: int = Field(0, ge=0, description="1 for N+1")
    min_replicas: int = Field(1, ge=1, description="The fleet is never smaller, whatever the demand; spares come on top")
    bursts_pool: bool = Field(
        True,
        description="false: bursts grow with the volume (one client's rush), so more replicas do not smooth them; capacity is per replica",
    )
    purchase: Purchase = Field("on_demand", description="How the machines are paid that the budget and the margin are judged on")
    spot: Spot | None = None
    reserved: Reserved | None = None
    owned: Owned | None = None
    autoscale_reload_s: NotNegative | None = Field(None, description="How long a new replica takes; by default as long as this one took")
    api: ApiPrice | None = Field(None, description="What it is compared with: the break-even volume")
    storage_gb: NotNegative = Field(0.0, description="Disk for weights, logs and outputs")
    storage_price_per_gb_month: NotNegative = 0.0
    egress_price_per_gb: NotNegative = 0.0
    gateway_per_month: NotNegative = Field(0.0, description="Load balancer or API gateway, fixed part")
    gateway_per_million_requests: NotNegative = 0.0
    monitoring_per_month: NotNegative = 0.0
    price_per_hour: NotNegative | None = Field(None, description="Price of one `local` machine hour; the local profile has none of its own")
    uncertainty: Uncertainty = Uncertainty()

    @model_validator(mode="after")
    def _terms_of_the_purchase(self) -> "Cost":
        if self.purchase != "on_demand" and getattr(self, self.purchase) is None:
            raise ValueError(f"purchase {self.purchase} needs `cost.{self.purchase}`, the terms of it")
        if self.peak_to_mean is not None and self.demand_trace is not None:
            raise ValueError("`peak_to_mean` and `demand_trace` both say how busy the busiest hour is; take one out")
        return self
