"""The sections of the ten tests, with the checklist's thresholds as defaults."""

from typing import Any, Literal

from pydantic import Field, model_validator

from ftbench.spec.section import Positive, Rate, Section

TestId = Literal[
    "accuracy",
    "hallucination",
    "format_compliance",
    "latency",
    "edge_cases",
    "fairness",
    "safety",
    "ab_comparison",
    "inference_cost",
    "acceptance",
]


class TestSection(Section):
    """What the sections of all ten tests share."""

    cases: str | None = Field(None, description="JSONL test set, relative to the spec")
    system_prompt: str | None = Field(None, description="Instead of the spec's own, for this test set")
    max_tokens: int = Field(64, ge=1)
    min_cases: int = Field(1, ge=1, description="Fewer are no data")


class Accuracy(TestSection):
    """Test 1. Golden test set."""

    task: Literal["classification", "generation"] = "classification"
    labels: list[str] = Field([], description="All allowed answers of a classification")
    normalise: list[Literal["strip", "casefold", "strip_punctuation", "first_line"]] = Field(
        ["strip", "casefold", "strip_punctuation"], description="Done to answer and label before they are compared"
    )
    min_cases: int = Field(50, ge=1)
    max_tokens: int = Field(12, ge=1)
    correct_rate: Rate | None = Field(None, description="By default 0.92 for classification, 0.85 for generation")
    wrong_rate: Rate = Field(0.05, description="Generation only: the share rated Wrong stays under this")
    category_share: Rate = Field(0.03, description="No error category holds more than this share of all cases")
    ratings: str | None = Field(None, description="Generation only: JSONL of a domain expert's ratings: `id`, `rating`, `output_sha256`")


class FormatCompliance(TestSection):
    """Test 3. What the client's program can read."""

    json_schema: str | None = Field(None, description="JSON Schema file that every output must meet")
    sections: list[str] = Field([], description="Headings that every output must have")
    max_words: int | None = Field(None, ge=1)
    max_characters: int | None = Field(None, ge=1)
    pattern: str | None = Field(None, description="Regular expression that every whole output must match")
    min_cases: int = Field(50, ge=1)
    max_tokens: int = Field(160, ge=1)
    pass_rate: Rate = 0.98
    unwrap_code_fence: bool = Field(False, description="Accept JSON inside a Markdown code fence, if the client's program does")


class Latency(Section):
    """Test 4. Judged at 1x on the requests of the load run."""

    min_cases: int = Field(100, ge=1)
    p50_s: Positive = Field(description="The client's limit for the median of the whole response; 1 s is usual for chat, 5 s for documents")
    ttft_p50_s: Positive | None = Field(None, description="The client's limit for the median time to the first token")
    p99_over_p50: Positive = 3.0


class InferenceCost(Section):
    """Test 9. Thresholds stand in `cost`."""


class Tests(Section):
    """The tests by their names. One that is missing here is reported as SKIPPED, never as passed."""

    accuracy: Accuracy | None = None
    format_compliance: FormatCompliance | None = None
    latency: Latency | None = None
    inference_cost: InferenceCost | None = None

    @model_validator(mode="before")
    @classmethod
    def _nothing_left_empty(cls, data: Any) -> Any:
        empty = [name for name, section in data.items() if section is None] if isinstance(data, dict) else []
        if empty:
            raise ValueError(f"`{empty[0]}` is empty. Write `{empty[0]}: {{}}` to run it with its defaults, or take the line out")
        return data


class Evidence(Section):
    """What counts as proven, in every test."""

    confidence: float = Field(0.95, gt=0.5, lt=1, description="One-sided confidence of a bound")
    zero_rate_bound: Rate = Field(0.03, description="A rule of zero is proven when the bound on the true rate is at most this")
    require: bool = Field(False, description="A criterion that passes without proof blocks the release")
