"""A hardware profile: one device, what it can do, and what an hour of it costs, each figure with its source."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ftbench.spec.section import Section

NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
PriceKind = Literal["on_demand", "spot", "reserved", "owned", "given"]


class Price(Section):
    """What one hour of one instance costs. A price without a date is not a price."""

    per_hour: NotNegative = Field(description="For the whole instance, not for one device")
    currency: str = Field("USD", pattern="^[A-Z]{3}$", description="Three capital letters, ISO 4217")
    kind: PriceKind
    region: str | None = None
    retrieved: date | None = Field(
        description="Day on which the price was read; null only where the source has none, then `retrieved_note` says so"
    )
    retrieved_note: str | None = Field(None, description="What the source says about the date where it names no day")
    source: str = Field(min_length=3)
    secondary: bool = Field(False, description="The source is a third party, not the vendor's own list")
    stale_after_days: int = Field(180, ge=1)

    @model_validator(mode="after")
    def _dated(self) -> "Price":
        if self.retrieved is None and not self.retrieved_note:
            raise ValueError("a price needs the day it was read in `retrieved`, or null there and the reason in `retrieved_note`")
        return self

    @model_validator(mode="after")
    def _not_free(self) -> "Price":
        if self.per_hour == 0 and self.kind in ("on_demand", "spot", "reserved"):
            raise ValueError(f"{self.kind} at 0 an hour is no rental price (price lists carry capacity blocks at 0); look up the real one")
        return self


class Profile(Section):
    """One device in one instance type."""

    id: str = Field(
        pattern=r"^[a-z0-9][a-z0-9.\-]*$", description="Small letters, digits, dots and dashes; the name of a shipped profile's file"
    )
    name: str = Field(min_length=1)
    kind: Literal["gpu", "cpu"]
    accelerator_type: str | None = Field(None, description="Ray's name for the accelerator")
    memory_gb: Positive = Field(description="Of one device, as its vendor states it")
    bandwidth_gb_s: Positive | None = Field(None, description="Peak of one device's memory, 10^9 bytes/s")
    bf16_tflops_dense: Positive | None = Field(None, description="Without sparsity: data sheets often print twice this")
    fp16_tflops_dense: Positive | None = None
    fp32_tflops_dense: Positive | None = Field(None, description="Of fp32 arithmetic proper, not of TF32")
    int8_tops_dense: Positive | None = None
    power_w: Positive | None = None
    link_gb_s_one_way: Positive | None = Field(None, description="Between devices, or to the host where there is no other link")
    instance: str = Field(min_length=1)
    devices_per_instance: int = Field(ge=1, description="Clouds sell some devices only in eights")
    spec_source: str = Field(min_length=3)
    prices: list[Price] = Field(min_length=1, description="The first one is used")
    basis: Literal["published", "measured"] = "published"
    notes: list[str] = []
