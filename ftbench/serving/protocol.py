"""The part of the OpenAI API that we speak: what a request may say, and how an answer and an error look."""

import time
import uuid
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

# Sent by common clients, without influence on the text. Anything else that we do not know is refused: a parameter that is quietly
# ignored would make a measurement of something else than was asked for.
IGNORED = {"user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key", "parallel_tool_calls"}
NEUTRAL = {
    "n": 1,
    "best_of": 1,
    "frequency_penalty": 0,
    "presence_penalty": 0,
    "logprobs": False,
    "top_logprobs": 0,
    "echo": False,
    "suffix": None,
    "logit_bias": {},
    "tools": [],
    "response_format": {"type": "text"},
}


class ApiError(Exception):
    """An answer other than 200, in the shape that OpenAI clients parse."""

    def __init__(
        self, status: int, message: str, *, code: str | None = None, param: str | None = None, retry_after_s: int | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.retry_after_s = status, retry_after_s
        kind = {400: "invalid_request_error", 404: "invalid_request_error", 429: "rate_limit_error"}.get(status, "server_error")
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}


class StreamOptions(BaseModel):
    model_config = ConfigDict(extra="ignore")

    include_usage: bool = False


class Request(BaseModel):
    """What both kinds of completion share."""

    model_config = ConfigDict(extra="allow")

    model: str | None = None
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: int | None = Field(None, ge=1)
    temperature: float = Field(1.0, ge=0, le=2)
    top_p: float = Field(1.0, gt=0, le=1)
    seed: int | None = None
    stop: list[str] = []
    ignore_eos: bool = False

    @field_validator("temperature", "top_p", mode="before")
    @classmethod
    def _null_is_default(cls, value: Any) -> Any:
        return 1.0 if value is None else value

    @field_validator("stop", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [] if value is None else [value] if isinstance(value, str) else value

    def refuse_unknown(self) -> None:
        """Raises ApiError 400 for a parameter that would change the answer and is not supported."""
        for key, value in (self.model_extra or {}).items():
            if key in IGNORED or value is None or (key in NEUTRAL and value == NEUTRAL[key]):
                continue
            raise ApiError(400, f"The parameter {key!r} is not supported by this server.", code="unsupported_parameter", param=key)


class ChatMessage(BaseModel):
    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str

    @field_validator("content", mode="before")
    @classmethod
    def _text_parts(cls, value: Any) -> Any:
        """Clients may send content as a list of parts; only text can be read here."""
        if isinstance(value, list):
            if any(not isinstance(part, dict) or part.get("type") != "text" for part in value):
                raise ValueError("only text content is supported")
            return "".join(part["text"] for part in value)
        return value


class ChatRequest(Request):
    messages: list[ChatMessage] = Field(min_length=1)
    max_completion_tokens: int | None = Field(None, ge=1)


class CompletionRequest(Request):
    prompt: str | list[int] | list[str]
    max_tokens: int | None = Field(16, ge=1)


class Shape:
    """Builds the JSON of one answer; `chat` decides between the two forms."""

    def __init__(self, model: str, *, chat: bool) -> None:
        self._chat = chat
        self._head = {"id": f"{'chatcmpl' if chat else 'cmpl'}-{uuid.uuid4().hex}", "created": int(time.time()), "model": model}

    def whole(self, text: str, finish_reason: str, usage: dict[str, int]) -> dict[str, Any]:
        body = {"message": {"role": "assistant", "content": text}} if self._chat else {"text": text}
        kind = "chat.completion" if self._chat else "text_completion"
        return {
            **self._head,
            "object": kind,
            "choices": [{"index": 0, **body, "logprobs": None, "finish_reason": finish_reason}],
            "usage": usage,
        }

    def opening(self) -> dict[str, Any] | None:
        """The role-only chunk that a chat begins with."""
        return self._chunk({"delta": {"role": "assistant", "content": ""}}, None) if self._chat else None

    def token(self, text: str, finish_reason: str | None) -> dict[str, Any]:
        """One chunk for one token; `text` is "" where the token alone is no character yet."""
        return self._chunk({"delta": {"content": text}} if self._chat else {"text": text}, finish_reason)

    def usage(self, usage: dict[str, int]) -> dict[str, Any]:
        return {**self._head, "object": self._kind, "choices": [], "usage": usage}

    @property
    def _kind(self) -> str:
        return "chat.completion.chunk" if self._chat else "text_completion"

    def _chunk(self, body: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
        return {**self._head, "object": self._kind, "choices": [{"index": 0, **body, "logprobs": None, "finish_reason": finish_reason}]}


def usage(prompt: int, output: int) -> dict[str, int]:
    """Token counts; the end-of-sequence token counts as one, since it was computed."""
    return {"prompt_tokens": prompt, "completion_tokens": output, "total_tokens": prompt + output}
