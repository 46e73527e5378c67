"""What `ftbench compare` sets side by side: variants, hardware, replicas."""

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from ftbench.spec.checks import TestId
from ftbench.spec.section import Positive, Section
from ftbench.spec.target import Variant

Replicas = Annotated[int, Field(ge=1)]


class Compare(Section):
    """The matrix and how each of its cells is measured. A cell is variant x hardware x replicas."""

    variants: list[Variant] = Field(min_length=1, description="In the order of the table")
    hardware: list[str] = Field(["local"], min_length=1, description="Profiles: shipped ids, YAML files, `local`; each with its own price")
    replicas: list[Replicas] = Field([1], min_length=1)
    reference: Variant | None = Field(None, description="The variant that quality is compared with; by default the most precise one")
    rounds: int = Field(2, ge=1, description="Every cell is measured this many times, in turns (A B C A B C), so that drift hits all alike")
    batches: list[Annotated[int, Field(ge=1)]] = Field(
        [1, 4, 16], min_length=1, description="Requests decoded together at which the step time is measured; all up to max_concurrency"
    )
    batch_duration_s: Positive = Field(8.0, description="Measured time of each of these, in each round")
    output_tokens: int = Field(32, ge=2, description="Forced length of each answer while step times are measured")
    probe_duration_s: Positive = Field(20.0, description="Measured time of each open-loop run about the capacity, in each round")
    quality: list[TestId] = Field(
        ["accuracy", "format_compliance"], description="Tests whose cases every variant answers; each answer is right or wrong"
    )
    likelihood: bool = Field(True, description="Next-token distributions of every variant against the reference's: KL, token agreement")
    positions: int = Field(512, ge=1, description="At most so many next-token distributions")
    perplexity_text: str | None = Field(None, description="Text file for perplexity, relative to the spec")
    context_tokens: int | None = Field(None, ge=1, description="Tokens that a request holds at the mean; by default as measured")

    @field_validator("variants", "hardware", "replicas", "batches")
    @classmethod
    def _each_once(cls, values: list) -> list:
        twice = next((v for v in values if values.count(v) > 1), None)
        if twice is not None:
            raise ValueError(f"{twice} stands twice; take one out")
        return values

    @model_validator(mode="after")
    def _reference_is_compared(self) -> "Compare":
        if self.reference is not None and self.reference not in self.variants:
            raise ValueError(f"the reference {self.reference} is none of the variants; add it to them")
        return self
