"""turn.json: what one turn (one cell in one round) measured. A finished one is read and never measured again."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ftbench.compare.file import Part, Steps
from ftbench.errors import InputError
from ftbench.gate.series import put


class Sample(Part):
    """Values of one run: their mean, standard deviation and number. Seconds."""

    mean: float
    sd: float
    n: int

    @property
    def standard_error(self) -> float:
        return self.sd / self.n**0.5 if self.n > 1 else float("inf")


class BatchRun(Part):
    """One closed loop with `batch` users on each replica. `step` is the time between tokens, as in compare.json; None with the reasons in
    `invalid` where the run says nothing."""

    batch: int
    folder: str
    step: Sample | None = None
    ttft: Sample | None = None
    e2e: Sample | None = None
    prompt_tokens: float | None = None
    output_tokens: float | None = None
    joules_per_token: float | None = None
    energy_covers: str = ""
    invalid: list[str] = []
    notes: list[str] = []


class ProbeRun(Part):
    """One open loop at `rate` [1/s of all replicas]. `kept` None: the run was invalid, and `why` says how; else `why` says why it was not
    kept."""

    rate: float
    seed: int
    folder: str
    kept: bool | None
    why: str = ""
    n: int = 0
    attainment: float | None = None
    prompt_tokens: float | None = None
    output_tokens: float | None = None
    ttft_p99_s: float | None = None
    e2e_p99_s: float | None = None


class Turn(Part):
    """`failed`: why the model did not come up; such a turn is taken again on resume. `steps`: fitted on the batches. `predicted`: capacity
    by the simulator from these alone, before the first probe."""

    cell: str
    round: int
    facts: dict[str, Any] = {}
    identity: str = ""
    load_s: float | None = None
    startup_s: float | None = None
    batches: list[BatchRun] = []
    steps: Steps | None = None
    probes: list[ProbeRun] = []
    predicted: float | None = None
    failed: str = ""
    notes: list[str] = []
    started_at: str = ""
    seconds: float = 0.0


def turn_folder(run: Path, cell_folder: str, number: int) -> Path:
    return run / "turns" / cell_folder / str(number)


def read_turn(folder: Path) -> Turn | None:
    """The turn that was finished there; None where there is none, or only one whose model did not come up.

    Raises:
        InputError: it was written by another version.
    """
    file = folder / "turn.json"
    if not file.exists():
        return None
    try:
        turn = Turn.model_validate_json(file.read_bytes())
    except ValidationError:
        raise InputError(f"{file} was written by another version of ftbench. Begin a new comparison.") from None
    return None if turn.failed else turn


def write_turn(turn: Turn, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    put(turn, folder / "turn.json")
