"""What one load run does, written down before it starts. Locust processes read it from a JSON file."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ftbench.errors import InputError
from ftbench.load.arrivals import ARRIVALS
from ftbench.spec.model import Slo, Validity

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class LoadPlan(BaseModel):
    """One run at one rate. All durations in seconds.

    `rate` is what is sent; `scale` only says which multiple of today's traffic that is. The API key is named, never held: each process
    reads the environment variable itself. Request k sends `prompts[k % len(prompts)]`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(description="Base URL up to and including /v1")
    model: str = Field(min_length=1)
    api_key_env: str | None = None
    arrivals: Literal["poisson", "constant"] = "poisson"
    rate: Positive
    duration_s: Positive
    min_requests: int = Field(0, ge=0, description="The measured time is prolonged until this many requests are scheduled in it")
    warmup_s: NotNegative = 0.0
    timeout_s: Positive = 120.0
    connect_timeout_s: Positive = 10.0
    seed: int = Field(1, ge=0)
    prompts: list[list[dict[str, Any]]] = Field(min_length=1, description="Conversations in the OpenAI chat form")
    max_tokens: int = Field(64, ge=1)
    temperature: NotNegative = 0.0
    ignore_eos: bool = False
    workers: int = Field(1, ge=1)
    scale: Positive = 1.0
    slo: Slo = Slo()
    validity: Validity = Validity()
    verify_tls: bool = True
    ca_file: str | None = Field(None, description="PEM file of a certificate authority of one's own")


class Schedule(NamedTuple):
    """One schedule for warm-up and measured time: `times` [s] ascending from the start instant; those from `warmup_s` on are measured."""

    times: np.ndarray
    warmup_s: float
    measured_s: float

    @property
    def total_s(self) -> float:
        return self.warmup_s + self.measured_s


def make_plan(**fields: Any) -> LoadPlan:
    """A LoadPlan, or one sentence about the first wrong field.

    Raises:
        InputError: a field is missing, unknown, or out of its range (a negative rate, a duration of zero, no prompt).
    """
    try:
        return LoadPlan(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"])) or "load plan"
        given = "" if first["type"] == "missing" else f", not {first['input']!r:.60}"
        raise InputError(f"Load: {name}: {first['msg'].lower()}{given}.") from None


def schedule(plan: LoadPlan) -> Schedule:
    """When each request of the whole run is due, the same for every process that reads the same plan."""
    arrivals = ARRIVALS[plan.arrivals]
    measured_s = max(plan.duration_s, plan.min_requests / plan.rate)
    while True:
        times = arrivals(plan.rate, plan.warmup_s + measured_s, np.random.default_rng(plan.seed))
        missing = plan.min_requests - int((times >= plan.warmup_s).sum())
        if missing <= 0:
            return Schedule(times, plan.warmup_s, measured_s)
        measured_s += missing / plan.rate


def chat_body(plan: LoadPlan, messages: list[dict[str, Any]]) -> dict[str, Any]:
    """The JSON body of one streamed chat completion that reports its token usage at the end."""
    body = {
        "model": plan.model,
        "messages": messages,
        "max_tokens": plan.max_tokens,
        "temperature": plan.temperature,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    return {**body, "ignore_eos": True} if plan.ignore_eos else body


def write_plan(plan: LoadPlan, path: Path) -> None:
    path.write_text(plan.model_dump_json(), encoding="utf-8")


def read_plan(path: Path) -> LoadPlan:
    return LoadPlan.model_validate(json.loads(path.read_text(encoding="utf-8")))
