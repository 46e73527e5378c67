"""capacity.json: what a search for the capacity found, and every probe that it rests on."""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ftbench.errors import InputError

State = Literal["running", "found", "at least", "none", "invalid"]


class ProbeRow(BaseModel):
    """One rate of one search. Counts are of all its valid runs; p99s [s] are those of its last run, None where it had none.

    `interval` is the exact one of the share of good requests, as if requests missed one by one.
    """

    model_config = ConfigDict(extra="forbid")

    number: int
    search: int
    rate: float
    seeds: list[int]
    folders: list[str]
    n: int
    good: int
    attainment: float | None
    interval: tuple[float, float] | None
    verdict: Literal["kept", "not kept", "invalid"]
    decided: bool
    why: str
    saturated: bool
    valid: bool
    invalid_reasons: list[str]
    achieved_rate: float
    ttft_p99_s: float | None
    tpot_p99_s: float | None
    e2e_p99_s: float | None


class CapacityFile(BaseModel):
    """`capacity` is the highest arrival rate [1/s] at which at least `target` of the requests meet `slo`.

    `interval` holds it with `confidence`, or lies between two probes where chance has no part in it (`confidence` None); an end that too
    few requests were sent to give is None. `highest_kept` was really sent and kept.
    `state`: found; at least (the highest rate allowed was kept); none (no rate was); invalid (the client was the limit); running.
    `settings` are what an interrupted search must share with its end.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    schema_: Literal["ftbench.capacity/1"] = Field("ftbench.capacity/1", alias="schema")
    state: State
    basis: Literal["measured"] = "measured"
    capacity: float | None = None
    unit: str = "requests/s"
    interval: tuple[float | None, float | None] | None = None
    confidence: float | None = None
    highest_kept: float | None = None
    target: float
    slo: dict[str, float]
    arrivals: str
    method: str = ""
    notes: list[str] = []
    probes: list[ProbeRow] = []
    settings: dict[str, Any]


def read_capacity(path: Path) -> CapacityFile:
    """The search in `path`, a capacity.json or the folder that holds one.

    Raises:
        InputError: there is none, or it was written by another version.
    """
    file = path / "capacity.json" if path.is_dir() else path
    try:
        return CapacityFile.model_validate_json(file.read_bytes())
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}. It is what `ftbench capacity` writes into its --out.") from None
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "the file"
        raise InputError(f"{file} is no result of this version of `ftbench capacity`: {where}: {error.errors()[0]['msg']}.") from None
