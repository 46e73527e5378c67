"""The traffic of today and beyond it, what a good request is, and when a measurement is not to be trusted."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator, field_validator, model_validator

from ftbench.spec.section import NotNegative, Positive, Rate, Section

Arrivals = Literal["poisson", "constant", "gamma", "steps", "ramp", "bursts", "replay"]  # what a gate may send: open loops
SHAPES = {"gamma": "cv", "steps": "steps", "ramp": "ramp", "bursts": "bursts", "replay": "trace"}  # the key that each of these needs
Cv = Annotated[float, Field(ge=0.01, le=10)]  # below, `constant` is meant; above, no run is long enough to show it


def _a_number_or_auto(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    """One sentence for both forms; a union would tell of each."""
    try:
        return validate(value)
    except ValidationError:
        raise ValueError(f"{value!r:.60} is neither a whole number from 1 on nor `auto`") from None


Workers = Annotated[Annotated[int, Field(ge=1)] | Literal["auto"], WrapValidator(_a_number_or_auto)]


class Step(Section):
    """A time with one rate."""

    duration_s: Positive
    rate: NotNegative = Field(description="Requests per second in this time, at scale 1x")


class Ramp(Section):
    """A rate that grows or falls evenly over the measured time."""

    from_rate: NotNegative = Field(description="Requests per second at its beginning, at scale 1x")
    to_rate: NotNegative = Field(description="Requests per second at its end, at scale 1x")

    @property
    def mean(self) -> float:
        return (self.from_rate + self.to_rate) / 2


class Bursts(Section):
    """A rush at the end of every period. `load.rate` is the mean, rushes included."""

    period_s: Positive
    length_s: Positive = Field(description="How long the rush in each period lasts")
    factor: float = Field(gt=1, description="Rate in the rush over the rate outside of it")

    @model_validator(mode="after")
    def _rush_within_its_period(self) -> "Bursts":
        if self.length_s >= self.period_s:
            raise ValueError(f"a rush of length_s {self.length_s:g} does not end within its period_s {self.period_s:g}; make it shorter")
        return self


def check_shape(arrivals: str, given: Mapping[str, Any]) -> None:
    """The key that this kind of arrivals needs is there, and no other: `given` holds all keys of SHAPES.

    Raises:
        ValueError: otherwise. A cv that nobody reads would be believed.
    """
    for kind, key in SHAPES.items():
        if kind == arrivals and given[key] is None:
            raise ValueError(f"arrivals {kind} needs `{key}`")
        if kind != arrivals and given[key] is not None:
            raise ValueError(f"`{key}` belongs to arrivals {kind} and has no meaning with {arrivals}; take it out or change `arrivals`")


def steps_mean(steps: list[Step]) -> tuple[float, float]:
    """(how long all steps last [s], their mean rate [1/s])."""
    total = sum(step.duration_s for step in steps)
    return total, sum(step.duration_s * step.rate for step in steps) / total


class Stage(Section):
    """A time with one number of users."""

    duration_s: Positive
    concurrency: int = Field(ge=0)


class Closed(Section):
    """A closed loop: users who each wait for their answer before they ask again. It hides queueing, so no gate judges it."""

    concurrency: int = Field(ge=1, description="Users at once; the most of all stages where there are stages")
    think_s: NotNegative = Field(0.0, description="Time between an answer and the same user's next request")
    think: Literal["constant", "exponential"] = "constant"
    stages: list[Stage] | None = Field(None, min_length=1, description="Numbers of users one after another over the measured time")


DISTRIBUTIONS = ({"tokens"}, {"mean", "sd"}, {"median", "sigma"}, {"median", "cv"}, {"mean", "sigma"}, {"mean", "cv"}, {"file"})


def _or_a_number(schema: dict[str, Any]) -> None:
    """An editor must allow the short form as well."""
    whole = dict(schema)
    schema.clear()
    schema["anyOf"] = [{"type": "integer", "minimum": 1}, whole]


class Lengths(Section):
    """Whole numbers, drawn once a request: always `tokens`; normal (`mean`, `sd`); lognormal (`median` or `mean`, with `sigma` or `cv`); or
    out of a `file`. A plain number is `tokens`. A draw outside of `min` and `max` is drawn again, which moves the mean.
    """

    model_config = ConfigDict(json_schema_extra=_or_a_number)

    tokens: int | None = Field(None, ge=1)
    mean: Positive | None = None
    sd: Positive | None = Field(None, description="Standard deviation of a normal distribution")
    median: Positive | None = None
    sigma: Positive | None = Field(None, le=5, description="Standard deviation of the logarithm")
    cv: Positive | None = Field(None, le=100, description="Standard deviation over mean of a lognormal distribution, in place of `sigma`")
    min: int | None = Field(None, ge=1)
    max: int | None = Field(None, ge=1)
    file: str | None = Field(None, description="Lengths to draw from: .csv, .jsonl, or one number a line")
    column: str | None = Field(None, description="Column or key in `file`; by default prompt_tokens or output_tokens, or the only one")

    @model_validator(mode="before")
    @classmethod
    def _of_a_number(cls, data: Any) -> Any:
        return {"tokens": data} if isinstance(data, int | float) and not isinstance(data, bool) else data

    @model_validator(mode="after")
    def _one_kind(self) -> "Lengths":
        given = {key for key in ("tokens", "mean", "sd", "median", "sigma", "cv", "file") if getattr(self, key) is not None}
        if given not in DISTRIBUTIONS:
            said = " and ".join(f"`{key}`" for key in sorted(given)) or "nothing"
            raise ValueError(
                f"{said} is no distribution; give `tokens`, or `mean` and `sd`, or `median` (or `mean`) and `sigma` (or `cv`), or a `file`"
            )
        if self.column is not None and self.file is None:
            raise ValueError("`column` belongs to a `file`")
        if self.kind in ("fixed", "sample") and (self.min is not None or self.max is not None):
            raise ValueError("`min` and `max` belong to a normal or lognormal distribution; take them out")
        middle = self.mean or self.median
        if middle is not None and not (self.min or 1) <= middle <= (self.max or math.inf):
            raise ValueError(f"{middle:g} does not lie between `min` and `max`")
        return self

    @property
    def kind(self) -> Literal["fixed", "normal", "lognormal", "sample"]:
        if self.file is not None:
            return "sample"
        return "fixed" if self.tokens is not None else "normal" if self.sd is not None else "lognormal"


class Synthetic(Section):
    """Made-up prompts of given lengths, no two alike."""

    input: Lengths | None = Field(
        None, description="Tokens of a prompt, chat template included; needed unless a trace has prompt_tokens, which are followed"
    )
    output: Lengths | None = Field(None, description="max_tokens of each request; by default load.max_tokens, or what a trace has")
    prefix_share: float = Field(0.0, ge=0, le=1, description="Share of each prompt, from its beginning, that others have too")
    prefix_groups: int = Field(1, ge=1, description="How many different shared beginnings there are; the requests take turns")
    turns: Lengths = Field(Lengths(tokens=1), description="Requests of a conversation; each holds the answers before it")
    turn_input: Lengths | None = Field(None, description="Tokens of the text of each further turn; by default as `input`")
    think_s: NotNegative = Field(0.0, description="Time between an answer and the next turn")
    think: Literal["constant", "exponential"] = "constant"

    @model_validator(mode="after")
    def _nothing_that_nobody_reads(self) -> "Synthetic":
        if self.prefix_groups > 1 and self.prefix_share == 0:
            raise ValueError("`prefix_groups` has no meaning without a `prefix_share`")
        if self.turns.tokens == 1 and (self.turn_input is not None or self.think_s or self.think != "constant"):
            raise ValueError("`turn_input`, `think_s` and `think` belong to conversations; give `turns` of more than 1")
        return self


class Load(Section):
    """The traffic of today (scale 1x) and what is tried beyond it."""

    rate: Positive = Field(description="Requests per second today, at the mean")
    scales: list[Positive] = Field([1, 3, 10], min_length=1, description="Multiples of today's rate; a trace is replayed that much faster")
    arrivals: Arrivals = Field("poisson", description="How the requests are spread around the mean")
    cv: Cv | None = Field(None, description="For `gamma`: coefficient of variation of the gaps; 1 is Poisson, more comes in clumps")
    steps: list[Step] | None = Field(
        None, min_length=1, description="For `steps`: one after another; they make up duration_s, their mean is `rate`"
    )
    ramp: Ramp | None = Field(None, description="For `ramp`: from one rate to another over the measured time, their mean is `rate`")
    bursts: Bursts | None = Field(None, description="For `bursts`: a rush in each period")
    trace: str | None = Field(
        None,
        description="For `replay`: .csv or .jsonl with timestamp_s and, if there, prompt_tokens and output_tokens (its max_tokens)",
    )
    duration_s: Positive = Field(
        60.0, description="Measured time at each scale; by default what `steps` last together; a trace may end before"
    )
    min_requests: int = Field(100, ge=1, description="A scale runs longer until this many were scheduled; steps and a ramp are stretched")
    warmup_s: NotNegative = Field(
        5.0,
        description="Traffic before the measured time, recorded apart: with steps and a ramp at their first rate, of a trace its beginning",
    )
    warmup: Literal["declared", "auto"] = Field(
        "declared", description="auto: warmup_s is the most it may take, the measured time begins where a steady state is found"
    )
    in_flight_cap: int | None = Field(None, ge=1, description="A request due beyond it is dropped, which is a failure; by default none is")
    abort_error_rate: float | None = Field(
        None, gt=0, le=1, description="Share of failures among 50 or more answers that ends a run; it is then INVALID. By default none does"
    )
    timeout_s: Positive = 120.0
    seed: int = 1
    prompts: str | None = Field(
        None, description="JSONL with `prompt`, `messages` or `turns`; by default a trace's lengths, else the prompts of the test sets"
    )
    synthetic: Synthetic | None = Field(None, description="In place of `prompts`: made-up prompts of given lengths")
    tokenizer: str | None = Field(None, description="Folder of the tokenizer that prompts are measured with; by default the model's own")
    reuse: Literal["fresh", "as-is"] = Field("fresh", description="fresh: a repeated prompt begins with a mark, so no prefix cache has it")
    max_tokens: int = Field(64, ge=1)
    temperature: NotNegative = 0.0
    ignore_eos: bool = Field(False, description="Force every output to max_tokens where the server can")
    workers: Workers = Field(1, description="Locust processes on this machine; auto: as many as the traffic needs")

    @field_validator("scales")
    @classmethod
    def _each_scale_once(cls, scales: list[float]) -> list[float]:
        names = [f"{scale:g}" for scale in scales]  # as in the names of folders, where two runs must not meet
        if len(set(names)) < len(names):
            raise ValueError(f"{next(n for n in names if names.count(n) > 1)} stands twice; every scale is run once")
        return scales

    @model_validator(mode="after")
    def _one_shape_with_one_mean(self) -> "Load":
        """`rate` is what the cost of a month is made of, so traffic of another mean must not be measured under its name."""
        check_shape(self.arrivals, {key: getattr(self, key) for key in SHAPES.values()})
        if self.prompts is not None and self.synthetic is not None:
            raise ValueError("`prompts` and `synthetic` exclude each other; take one out")
        mean = self.ramp.mean if self.ramp else self.rate
        if self.steps:
            total, mean = steps_mean(self.steps)
            if "duration_s" not in self.model_fields_set:
                object.__setattr__(self, "duration_s", total)  # pydantic's way for a frozen model that is still being validated
            elif not math.isclose(total, self.duration_s, rel_tol=1e-6):
                raise ValueError(f"the steps last {total:g} s together and duration_s says {self.duration_s:g}; leave duration_s out")
        if not math.isclose(mean, self.rate, rel_tol=1e-3):
            raise ValueError(
                f"the mean of `{self.arrivals}` is {mean:.6g} requests/s and `rate`, the mean, says {self.rate:g}; make them agree"
            )
        return self


class Slo(Section):
    """What a good request is. A request that misses one of these does not count as goodput."""

    ttft_s: Positive | None = None
    tpot_s: Positive | None = None
    e2e_s: Positive | None = None
    attainment: Rate = Field(0.99, description="Share of requests that must be good for a rate to be within capacity")


class Validity(Section):
    """When the measurement itself is not to be trusted."""

    send_lag_p99_s: Positive = 0.05
    client_delay_share: Rate = Field(0.1, description="Largest share of the TTFT that may be the load generator's own delay, p50 and p99")
    achieved_rate_error: Positive = Field(0.02, description="Largest relative gap between requested and sent requests per second")
    client_cpu: Rate = Field(0.9, description="Highest share of one core that a load process may use on average")
    stalled_share: Rate = Field(0.01, description="Share of the measured time in which a load process's event loop may stand still")
    clock_step_s: Positive = Field(0.05, description="Largest jump of the machine's clock while the run goes on")
    prompt_tokens_error: Positive = Field(0.05, description="Largest relative gap between the prompt lengths meant and those counted")
    littles_law: Positive = Field(0.05, description="Largest relative residual of Little's law between requests in flight and latencies")
