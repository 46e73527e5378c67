"""report.json as types. The committed report.schema.json is made from here; bump SCHEMA when the meaning of a field changes."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ftbench.checks.result import CheckResult
from ftbench.cost.result import CostAtScale
from ftbench.metrics.summary import LoadSummary
from ftbench.quality.judge.question import Calibration

SCHEMA = "ftbench.report/1"
Verdict = Literal["SHIP", "DO_NOT_SHIP", "NEEDS_REVIEW", "INVALID"]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class ModelUnderTest(Part):
    """What was judged. `fingerprint` hashes weights, config, tokenizer, adapter and variant; for an endpoint it is null."""

    name: str
    path: str | None
    url: str | None
    adapter: str | None
    variant: str
    compute_dtype: str | None
    fingerprint: str | None
    notes: list[str] = []


class HardwareUnderTest(Part):
    """`measured_on` is the machine that the numbers come from; `profile` the one that the prices come from."""

    profile: str
    name: str
    instance: str
    price: str
    measured_on: str
    notes: list[str] = []


class TestSet(Part):
    id: str
    path: str
    sha256: str
    n: int


class JudgeUnderTest(Part):
    """The model that graded answers, and by task how it did on people's labels."""

    name: str
    calibration: list[Calibration]


class Review(Part):
    """How many answers people were asked about, and how many of those still wait."""

    items: int
    open: int


class Report(Part):
    """One run. Durations in seconds, rates as fractions, money in the named currency, instants in ISO 8601 with zone."""

    schema_: Literal["ftbench.report/1"] = Field(SCHEMA, alias="schema")
    run_id: str
    name: str
    verdict: Verdict
    verdict_reasons: list[str]
    attempt: int
    model: ModelUnderTest
    baseline: ModelUnderTest | None = None
    judge: JudgeUnderTest | None = None
    review: Review | None = None
    hardware: HardwareUnderTest
    environment: dict[str, Any]
    test_sets: list[TestSet]
    checks: list[CheckResult]
    load: list[LoadSummary]
    cost: list[CostAtScale]
    started_at: str
    finished_at: str
    ftbench_version: str
