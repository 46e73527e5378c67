"""The spec's judge: a model that grades answers, once people's labels have shown that it can."""

from pydantic import Field, model_validator

from ftbench.spec.section import Rate, Section
from ftbench.spec.target import Endpoint, Model


class Judge(Section):
    """A model that grades. It decides nothing until it agreed with people on `calibration`."""

    model: Model | None = Field(None, description="A local model, served by ftbench after the candidate is gone")
    endpoint: Endpoint | None = Field(None, description="An OpenAI-compatible server")
    calibration: str | None = Field(
        None, description="JSONL of answers that people have labelled; without it every opinion waits for a person"
    )
    min_labels: int = Field(50, ge=1, description="Fewer labels calibrate nothing")
    min_agreement: Rate = Field(0.85, description="Least share of labels in which the judge agrees with the people")
    max_tokens: int = Field(300, ge=16)
    max_concurrency: int = Field(8, ge=1)
    timeout_s: float = Field(120.0, gt=0)

    @model_validator(mode="after")
    def _one_target(self) -> "Judge":
        if (self.model is None) == (self.endpoint is None):
            raise ValueError("give either `model` (ftbench serves it) or `endpoint` (it is already running), not both and not neither")
        return self
