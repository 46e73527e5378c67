"""What the contract says about money."""

from pydantic import Field

from ftbench.spec.section import NotNegative, Positive, Rate, Section


class Cost(Section):
    """What the contract says about money; machine prices come from the hardware profile."""

    currency: str = "USD"
    budget_per_inference: Positive | None = Field(None, description="The client's limit for one inference")
    price_per_inference: Positive | None = Field(None, description="What the client is charged for one inference")
    margin: float = Field(0.40, ge=0, lt=1, description="Least margin when the client is charged per inference")
    peak_to_mean: float | None = Field(None, ge=1, description="Busiest hour over the mean; needed to size a fleet, never assumed")
    headroom: Rate = Field(0.83, description="Share of the measured capacity that is planned to be used")
    spare_replicas: int = Field(0, ge=0, description="1 for N+1")
    storage_gb: NotNegative = Field(0.0, description="Disk for weights, logs and outputs")
    storage_price_per_gb_month: NotNegative = 0.0
    egress_price_per_gb: NotNegative = 0.0
    monitoring_per_month: NotNegative = 0.0
    price_per_hour: NotNegative | None = Field(None, description="Price of one `local` machine hour; the local profile has none of its own")
