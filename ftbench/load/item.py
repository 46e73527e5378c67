"""What one arrival sends: a request, or the first of the turns of a conversation. Knows neither Locust nor gevent."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Turn(BaseModel):
    """What a person says next: `content`, `think_s` [s] after the end of the answer before it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    content: str
    think_s: NotNegative = 0.0


class Item(BaseModel):
    """Either `messages` (OpenAI chat form) or `prompt` (text completion). A plain list of messages is read as an Item as well.

    `then` are the further turns of a conversation; each request holds the server's own answers to the ones before it. `max_tokens` stands
    in place of the plan's. `prompt_tokens` is how long the first request was meant to be, special tokens and chat template included, where
    somebody counted: the summary compares it with what the server counted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    messages: list[dict[str, Any]] | None = None
    prompt: str | None = None
    then: list[Turn] = []
    max_tokens: int | None = Field(None, ge=1)
    prompt_tokens: int | None = Field(None, ge=1)

    @model_validator(mode="before")
    @classmethod
    def _of_messages(cls, data: Any) -> Any:
        return {"messages": data} if isinstance(data, list) else data

    @model_validator(mode="after")
    def _one_form(self) -> "Item":
        if (self.messages is None) == (self.prompt is None):
            raise ValueError("give either `messages` or `prompt`")
        if self.prompt is not None and self.then:
            raise ValueError("a text completion has no further turns; use `messages`")
        return self
