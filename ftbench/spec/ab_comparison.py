"""Test 8 in the spec: the baseline, and who picks the better answer."""

from typing import Literal

from pydantic import Field, model_validator

from ftbench.spec.section import Normalise, Rate, Section, TestSection
from ftbench.spec.target import Endpoint, Model


class Baseline(Section):
    """What the candidate is compared with. What is left out is as for the candidate."""

    model: Model | None = Field(None, description="Another model, adapter or variant that ftbench serves")
    endpoint: Endpoint | None = Field(None, description="A server that is already running")
    system_prompt: str | None = Field(None, description="Instead of the candidate's; a base model deserves a good one")
    max_concurrency: int | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _something_differs(self) -> "Baseline":
        if self.model is not None and self.endpoint is not None:
            raise ValueError("give either `model` or `endpoint`, not both")
        if self.model is None and self.endpoint is None and self.system_prompt is None:
            raise ValueError("a baseline needs a `model`, an `endpoint` or a `system_prompt` that is not the candidate's")
        return self


class AbComparison(TestSection):
    """Test 8. Candidate against baseline on the same inputs, blind."""

    min_cases: int = Field(50, ge=1)
    baseline: Baseline
    decide_by: Literal["ratings", "judge", "known_answer"] = Field(
        description="Who picks: a person, the calibrated judge in both orders, or the rule that right beats wrong"
    )
    win_rate: Rate = 0.60
    ties: Literal["of_all", "half", "excluded"] = Field("of_all", description="The rule that is judged; the other two stand beside it")
    category_min: int = Field(5, ge=2, description="Cases from which a category can be said to be lost")
    key_categories: list[str] = Field([], description="The client's own task: must get noticeably better; by default all categories")
    normalise: Normalise = ["strip", "casefold", "strip_punctuation"]
