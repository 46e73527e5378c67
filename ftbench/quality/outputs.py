"""What a target answered to a case: one line of generations.jsonl."""

from pydantic import BaseModel, ConfigDict


class Output(BaseModel):
    """`text` is what arrived; `error` is set where nothing usable did, and such a case stays in every denominator as a failure."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    check: str
    id: str
    text: str
    finish_reason: str | None
    prompt_tokens: int | None
    output_tokens: int | None
    error: str | None = None
    error_kind: str | None = None
    latency_s: float
    concurrency: int
    key: str
