"""Test 10 in the spec: the promises of the statement of work as declarative assertions."""

from datetime import date
from typing import Literal

from pydantic import Field, field_validator, model_validator

from ftbench.spec.section import Normalise, Positive, Rate, Reason, Section


class Assertion(Section):
    """One thing that must hold for an output of a criterion. Exactly one key."""

    label: bool | None = Field(None, description="The answer is the case's `label`")
    contains: list[str] | None = Field(None, min_length=1, description="All of these, whatever the case")
    contains_any: list[str] | None = Field(None, min_length=1)
    not_contains: list[str] | None = Field(None, min_length=1)
    pattern: str | None = Field(None, description="Regular expression that is found in the output")
    json_schema: str | None = Field(None, description="JSON Schema file")
    language: str | None = Field(None, description="Two-letter code")
    max_words: int | None = Field(None, ge=1)
    latency_s: Positive | None = Field(None, description="Limit for this answer at the concurrency of the quality run; see `load_quantile`")
    refuses: bool | None = Field(None, description="The request is refused (true) or is not (false)")
    no_disclosure: bool | None = Field(None, description="None of the case's `forbidden` texts appears, written in any way")
    rated: str | None = Field(None, description="A question that a person answers with yes or no, such as whether it is the brand's voice")
    python: str | None = Field(
        None, description="module:function or the name of an entry point in group ftbench.assertions: (text, case) -> bool"
    )

    @model_validator(mode="after")
    def _one_key(self) -> "Assertion":
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"an assertion has exactly one key, this one has {', '.join(given) or 'none'}")
        if given[0] in ("label", "no_disclosure") and getattr(self, given[0]) is False:
            raise ValueError(f"`{given[0]}: false` asks for nothing; take the line out")
        if any(not text for text in (self.contains or []) + (self.contains_any or []) + (self.not_contains or [])):
            raise ValueError(f"`{given[0]}` has an empty text, which stands in every output; take it out")
        return self

    @property
    def kind(self) -> str:
        return next(name for name in type(self).model_fields if getattr(self, name) is not None)


class LoadBound(Section):
    """A latency quantile of the load run, in place of cases."""

    metric: Literal["ttft", "tpot", "e2e"] = "e2e"
    quantile: Literal["p50", "p90", "p95", "p99"]
    at_most_s: Positive
    scale: Positive = 1


class SignOff(Section):
    """The client's word on an ambiguous criterion."""

    by: Reason
    day: Reason = Field(description="Date, as YYYY-MM-DD in quotes")  # not `on`, which YAML reads as true

    @field_validator("day")
    @classmethod
    def _a_date(cls, value: str) -> str:
        try:
            date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{value!r} is no date; write it as YYYY-MM-DD") from None
        return value


class AcceptanceCriterion(Section):
    """One promise of the statement of work."""

    name: Reason
    statement: Reason = Field(description="The promise in the words of the statement of work")
    cases: str | None = Field(None, description="JSONL test set, 10 to 20 cases; none for a criterion with `load`")
    system_prompt: str | None = None
    max_tokens: int = Field(80, ge=1)
    min_cases: int = Field(10, ge=1)
    assertions: list[Assertion] = []
    load: LoadBound | None = None
    rate: Rate = Field(1.0, description="Least share of cases in which all assertions hold")
    normalise: Normalise = ["strip", "casefold", "strip_punctuation"]
    interpretation: Reason | None = Field(None, description="How an ambiguous promise was understood; needs the client's sign-off")
    signed_off: SignOff | None = None

    @model_validator(mode="after")
    def _cases_or_load(self) -> "AcceptanceCriterion":
        if (self.load is None) == (self.cases is None):
            raise ValueError("a criterion has either `cases` with `assertions`, or `load`")
        if (self.cases is None) != (not self.assertions):
            raise ValueError("`cases` and `assertions` belong together")
        return self


class Acceptance(Section):
    """Test 10. What the client was promised."""

    criteria: list[AcceptanceCriterion] = Field(min_length=1)

    @field_validator("criteria")
    @classmethod
    def _each_name_once(cls, criteria: list[AcceptanceCriterion]) -> list[AcceptanceCriterion]:
        names = [c.name for c in criteria]
        if len(set(names)) < len(names):
            raise ValueError(f"{next(n for n in names if names.count(n) > 1)!r} stands twice; give each criterion a name of its own")
        return criteria
