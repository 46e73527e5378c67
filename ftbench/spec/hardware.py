"""A hardware profile: one device, what it can do, and what an hour of it costs, each figure with its source."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from ftbench.spec.model import Section

NotNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]


class Price(Section):
    """What one hour of one instance costs. A price without a date is not a price."""

    per_hour: NotNegative = Field(description="For the whole instance, not for one device")
    currency: str = "USD"
    kind: Literal["on_demand", "spot", "reserved", "owned", "given"]
    region: str | None = None
    retrieved: date | None = Field(description="Day on which the price was read; null only where the source has none, then `retrieved_note` says so")
    retrieved_note: str | None = None
    source: str
    secondary: bool = Field(False, description="The source is a third party, not the vendor's own list")
    stale_after_days: int = Field(180, ge=1)


class Profile(Section):
    """One device in one instance type."""

    id: str
    name: str
    kind: Literal["gpu", "cpu"]
    accelerator_type: str | None = Field(None, description="Ray's name for the accelerator")
    memory_gb: Positive = Field(description="Of one device")
    bandwidth_gb_s: Positive | None = None
    bf16_tflops_dense: Positive | None = None
    fp16_tflops_dense: Positive | None = None
    int8_tops_dense: Positive | None = None
    power_w: Positive | None = None
    link_gb_s_one_way: Positive | None = None
    instance: str
    devices_per_instance: int = Field(ge=1, description="Clouds sell some devices only in eights")
    spec_source: str
    prices: list[Price] = Field(min_length=1)
    basis: Literal["published", "measured"] = "published"
    notes: list[str] = []
