"""What every part of the spec is made of: the base class, and the kinds of numbers."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator

Rate = Annotated[float, Field(gt=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Normalise = list[Literal["strip", "casefold", "strip_punctuation", "first_line"]]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Section(BaseModel):
    """A part of the spec. Unknown keys are refused: a misspelt threshold must never be a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        """YAML reads yes, no, on and off as true or false, and Python takes true for 1: `rate: yes` would be one request per second."""
        values = value if isinstance(value, list) else [value]
        kind = cls.model_fields[info.field_name].annotation
        if any(isinstance(v, bool) for v in values) and kind is not bool and bool not in get_args(kind):
            raise ValueError("true, false, yes, no, on and off have no meaning here; write a number or a text in quotes")
        return value


class TestSection(Section):
    """What the sections of all ten tests share."""

    cases: str | None = Field(None, description="JSONL test set, relative to the spec")
    system_prompt: str | None = Field(None, description="Instead of the spec's own, for this test set")
    max_tokens: int = Field(64, ge=1)
    min_cases: int = Field(1, ge=1, description="Fewer are no data")
