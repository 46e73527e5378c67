"""What one load run does, written down before it starts. Locust processes read it from a JSON file."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ftbench.errors import InputError
from ftbench.load.arrivals import Trace, bursts, constant, expected_in_bursts, gamma, poisson, ramp, replay, steps
from ftbench.load.item import Item
from ftbench.load.url import base_url
from ftbench.spec.load import SHAPES, Arrivals, Bursts, Closed, Cv, Ramp, Slo, Step, Validity, check_shape, steps_mean

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class LoadPlan(BaseModel):
    """One run at one rate. All durations in seconds.

    `rate` is the mean of what is sent, whatever its shape: the rates in `steps` and `ramp` are multiplied so that their mean is `rate`.
    `scale` says which multiple of today's traffic that is, and only a trace is compressed by it: its own times are its rate, not `rate`.
    The API key is named, never held: each process reads the environment variable itself. Request k sends `prompts[k % len(prompts)]`, with
    the k-th output length of a trace that has them in place of `max_tokens`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(description="Base URL up to and including /v1")
    model: str = Field(min_length=1)
    api_key_env: str | None = None
    arrivals: Arrivals = "poisson"
    cv: Cv | None = None
    steps: list[Step] | None = Field(None, min_length=1)
    ramp: Ramp | None = None
    bursts: Bursts | None = None
    trace: Trace | None = None
    closed: Closed | None = Field(None, description="A closed loop in place of arrivals; `rate` then has no meaning")
    rate: Positive | None = None
    duration_s: Positive
    min_requests: int = Field(0, ge=0, description="The measured time is prolonged until this many requests are scheduled in it")
    warmup_s: NotNegative = 0.0
    timeout_s: Positive = 120.0
    connect_timeout_s: Positive = 10.0
    seed: int = Field(1, ge=0)
    warmup: Literal["declared", "auto"] = Field("declared", description="auto: warmup_s is the most; the measured time begins once steady")
    in_flight_cap: int | None = Field(None, ge=1, description="A request due beyond it is dropped, which is a failure; by default none is")
    abort_error_rate: float | None = Field(None, gt=0, le=1, description="Share of failures, of 50 or more that ended, that ends the run")
    api: Literal["chat", "completions"] = "chat"
    prompts: list[Item] = Field(min_length=1, description="Request k sends prompts[k % len(prompts)]")
    reuse: Literal["fresh", "as-is"] = Field("fresh", description="fresh: a repeated prompt begins with a mark, so no prefix cache has it")
    prompt_note: str = Field("", description="Where the prompts came from and how they repeat, for the report")
    tokenizer: str | None = Field(None, description="Folder of a tokenizer that counts outputs, after the run, where a server has no usage")
    extra_body: dict[str, Any] = Field({}, description="Further keys of every request, such as top_p")
    max_tokens: int = Field(64, ge=1)
    temperature: NotNegative = 0.0
    ignore_eos: bool = False
    workers: int = Field(1, ge=1)
    scale: Positive = 1.0
    slo: Slo = Slo()
    slos: dict[str, Slo] = Field({}, description="Further objectives that are counted beside `slo`")
    validity: Validity = Validity()
    verify_tls: bool = True
    ca_file: str | None = Field(None, description="PEM file of a certificate authority of one's own")

    @field_validator("url")
    @classmethod
    def _a_base_url(cls, url: str) -> str:
        base_url(url)
        return url

    @model_validator(mode="after")
    def _one_shape(self) -> "LoadPlan":
        if self.closed is not None:
            given = [key for key in ("rate", *SHAPES.values(), "in_flight_cap") if getattr(self, key) is not None]
            if given or self.arrivals != "poisson" or self.min_requests:
                what = given[0] if given else "min_requests" if self.min_requests else "arrivals"
                raise ValueError(f"`{what}` has no meaning in a closed loop; take it out, or `closed`")
            if self.closed.stages and max(stage.concurrency for stage in self.closed.stages) != self.closed.concurrency:
                raise ValueError("`concurrency` of a closed loop is the most of its stages; make them agree")
            return self
        if self.rate is None:
            raise ValueError("give a `rate`, or `closed` for a closed loop")
        check_shape(self.arrivals, {key: getattr(self, key) for key in SHAPES.values()})
        if (self.steps and steps_mean(self.steps)[1] == 0) or (self.ramp and self.ramp.mean == 0):
            raise ValueError(f"{self.arrivals}: a rate of 0 throughout is no traffic")
        return self


class Schedule(NamedTuple):
    """One schedule for warm-up and measured time: `times` [s] ascending from the start instant; those from `warmup_s` on are measured.

    `rate` [1/s] is the mean that was asked for over the measured time alone; of a trace, which leaves nothing to chance, what it holds.
    """

    times: np.ndarray
    warmup_s: float
    measured_s: float
    rate: float

    @property
    def total_s(self) -> float:
        return self.warmup_s + self.measured_s


def make_plan(**fields: Any) -> LoadPlan:
    """A LoadPlan, or one sentence about the first wrong field.

    Raises:
        InputError: a field is missing, unknown, or out of its range (a negative rate, a duration of zero, no prompt, no base URL).
    """
    try:
        return LoadPlan(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "value_error":
            raise InputError(f"Load: {first['msg'].removeprefix('Value error, ')}.") from None
        name = ".".join(map(str, first["loc"])) or "load plan"
        given = "" if first["type"] == "missing" else f", not {first['input']!r:.60}"
        raise InputError(f"Load: {name}: {first['msg'].lower()}{given}.") from None


def schedule(plan: LoadPlan) -> Schedule:
    """When each arrival of the whole open-loop run is due, the same for every process that reads the same plan.

    The warm-up is the same traffic before the measured time: the same process for poisson, gamma, constant and bursts; the first rate for
    steps and a ramp; its own beginning for a trace. Where fewer than `min_requests` fall into `duration_s`, the measured time is prolonged:
    steps and a ramp are stretched, everything else goes on, a trace as far as it goes.

    Raises:
        InputError: the trace is over before the warm-up, or holds fewer than `min_requests` behind it.
    """
    if plan.trace is not None:
        return _of_trace(plan, plan.trace)
    measured_s = max(plan.duration_s, plan.min_requests / plan.rate)
    while True:
        times, rate = _drawn(plan, measured_s)
        missing = plan.min_requests - int((times >= plan.warmup_s).sum())
        if missing <= 0:
            return Schedule(times, plan.warmup_s, measured_s, rate)
        measured_s += missing / plan.rate


def _drawn(plan: LoadPlan, measured_s: float) -> tuple[np.ndarray, float]:
    """(due times [s] of warm-up and measured time, mean rate [1/s] of the measured time)."""
    rng = np.random.default_rng(plan.seed)
    rate, warmup_s = plan.rate, plan.warmup_s
    total_s = warmup_s + measured_s
    match plan.arrivals:
        case "constant":
            return constant(rate, total_s), rate
        case "gamma":
            return gamma(rate, total_s, rng, plan.cv), rate
        case "steps":
            asked_s, mean = steps_mean(plan.steps)
            durations = [step.duration_s * measured_s / asked_s for step in plan.steps]
            rates = [step.rate * rate / mean for step in plan.steps]
            return steps([warmup_s, *durations], [rates[0], *rates], rng), rate
        case "ramp":
            start, end = (r * rate / plan.ramp.mean for r in (plan.ramp.from_rate, plan.ramp.to_rate))
            warmup = steps([warmup_s], [start], rng)
            return np.append(warmup, warmup_s + ramp(start, end, measured_s, rng)), rate
        case "bursts":
            form = {"period": plan.bursts.period_s, "length": plan.bursts.length_s, "factor": plan.bursts.factor}
            expected = expected_in_bursts(rate, total_s, **form) - expected_in_bursts(rate, warmup_s, **form)
            return bursts(rate, total_s, rng, **form), expected / measured_s
        case _:
            return poisson(rate, total_s, rng), rate


def _of_trace(plan: LoadPlan, trace: Trace) -> Schedule:
    times, end_s = replay(trace, plan.scale), trace.length_s / plan.scale
    first = int(np.searchsorted(times, plan.warmup_s))
    there, needed = len(times) - first, max(plan.min_requests, 1)
    if there < needed:
        raise InputError(
            f"{trace.name} is {end_s:.4g} s long at {plan.scale:g}x and holds {there} requests behind the warm-up of {plan.warmup_s:g} s, "
            f"where min_requests asks for {needed}. Give a longer trace, or lower min_requests or warmup_s."
        )
    enough = times[times > times[first + needed - 1]]  # the window ends before the first request that it can do without
    total_s = max(min(plan.warmup_s + plan.duration_s, end_s), enough[0] if len(enough) else end_s)
    ends = int(np.searchsorted(times, total_s))
    measured_s = float(total_s - plan.warmup_s)
    return Schedule(times[:ends], plan.warmup_s, measured_s, (ends - first) / measured_s)


def describe_arrivals(plan: LoadPlan, planned: Schedule) -> str:
    """The traffic in a few words, as a report names it; rates as they are sent."""
    match plan.arrivals:
        case "gamma":
            return f"gamma, CV {plan.cv:g}"
        case "steps":
            factor = plan.rate / steps_mean(plan.steps)[1]
            return f"steps, {' to '.join(f'{step.rate * factor:.4g}' for step in plan.steps)} requests/s"
        case "ramp":
            factor = plan.rate / plan.ramp.mean
            return f"ramp, {plan.ramp.from_rate * factor:.4g} to {plan.ramp.to_rate * factor:.4g} requests/s"
        case "bursts":
            return f"bursts, {plan.bursts.factor:g} times the rate for {plan.bursts.length_s:g} s in every {plan.bursts.period_s:g} s"
        case "replay":
            trace = plan.trace
            speed = "" if plan.scale == 1 else f", {plan.scale:g} times as fast"
            part = f"{len(planned.times)} of {len(trace.times_s)} requests of {trace.name}{speed}"
            outputs = ", its output lengths" if trace.output_tokens else ""
            lengths = trace.prompt_tokens or []
            followed = all(item.prompt_tokens == n for item, n in zip(plan.prompts, lengths, strict=False))
            prompts = f", {'its' if followed else 'not its'} prompt lengths" if lengths else ""
            return f"replay, {part}{outputs}{prompts}"
        case kind:
            return kind


def write_plan(plan: LoadPlan, path: Path) -> None:
    path.write_text(plan.model_dump_json(), encoding="utf-8")


def read_plan(path: Path) -> LoadPlan:
    return LoadPlan.model_validate(json.loads(path.read_text(encoding="utf-8")))
