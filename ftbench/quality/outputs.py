"""What a target answered to a case: one line of generations.jsonl."""

from pydantic import BaseModel, ConfigDict


class Output(BaseModel):
    """`text` is what arrived; `error` is set where nothing usable did, and such a case stays in every denominator as a failure.

    `concurrency` is how many requests were in flight at most when it was made, since batches change results even at temperature 0.
    `reused`: the very same request was answered before, in this run or an earlier one, and was not sent again.
    """

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
    reused: bool = False
