"""What a check says: criteria, each with two fields. `status` reads the rule literally; `evidence` says what the data prove."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Status = Literal["PASS", "FAIL", "NEEDS_REVIEW", "INVALID", "SKIPPED"]
EvidenceLevel = Literal["PROVEN", "INCONCLUSIVE", "REFUTED", "NO_DATA"]


class Criterion(BaseModel):
    """One sentence of the checklist with its number.

    `operator` reads `observed operator threshold`. `ci` is the two-sided interval of `observed` that belongs to the one-sided test at the
    spec's confidence (95 % one-sided: 90 % two-sided); None where the value is not an estimate. `unit` is rate, count, s, ratio or
    a currency. `more_cases` is how many more would prove what passes unproven, if all of them went well (of latencies: if they came like
    those seen), or how many are missing where there are too few to judge; None where it is proven already, or cases cannot prove it. `next`
    says what to do; empty where nothing is to be done.
    """

    model_config = ConfigDict(extra="forbid")

    name: str
    operator: Literal[">=", "<=", "<", ">", "=="]
    threshold: float | None
    observed: float | None
    unit: str
    n: int
    ci: tuple[float | None, float | None] | None
    status: Status
    evidence: EvidenceLevel
    note: str = ""
    failures: list[str] = []
    more_cases: int | None = None
    next: str = ""


class CheckResult(BaseModel):
    """One of the ten tests."""

    model_config = ConfigDict(extra="forbid")

    id: str
    number: int
    title: str
    status: Status
    evidence: EvidenceLevel
    criteria: list[Criterion]
    notes: list[str] = []
    failures: list[str] = []
    fail_action: str
