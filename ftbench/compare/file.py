"""compare.json: the matrix, cell by cell, and what it says to whoever has to choose."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ftbench.cost.result import CostAtScale

SCHEMA = "ftbench.compare/1"
Basis = Literal["measured", "modelled"]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True, protected_namespaces=())


class Figure(Part):
    """One number with what it rests on. `low` and `high`: of a measured one a 95 % interval, of a modelled one the band of the model;
    None where there is none. A missing `value` has its reason in `note`.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    basis: Basis
    n: int | None = None
    note: str = ""


class BatchPoint(Part):
    """Steady decoding of `batch` requests together. `step` is TPOT [s]; `tokens_per_s` of one replica; shares are of the device's
    peaks, None where the profile names no peak.
    """

    batch: int
    step: Figure
    ttft: Figure
    e2e: Figure
    tokens_per_s: Figure
    mbu: float | None = None
    mfu: float | None = None
    host_overhead_share: float | None = None
    joules_per_token: float | None = None


class Memory(Part):
    """Bytes of one replica. `needed` = weights + KV cache; `usable` is the device's less the reserve."""

    weights: int
    kv_cache: int
    usable: int
    fits: bool
    basis: Basis
    why_not: str = ""


class Capacity(Part):
    """Requests per second of all replicas at the SLO. `rate` is a lower bound where measured: sent and kept in every round."""

    rate: Figure
    lowest_not_kept: float | None = None
    attainment_at_rate: float | None = None
    ttft_p99: Figure | None = None
    e2e_p99: Figure | None = None
    predicted: float | None = Field(None, description="By the simulator from the step times alone, before any open-loop run")


class PairedDifference(Part):
    """One variant against the reference on the same cases. `lost`: right with the reference, wrong here; `gained` the other way round.

    `p` is the exact McNemar p value, two-sided; `p_adjusted` after Holm over all variants and checks of the comparison;
    `interval` is of the difference of the two rates (here − reference), 95 %. `word`: worse, better, or cannot be told apart.
    """

    check: str
    n: int
    right: int
    reference_right: int
    lost: int
    gained: int
    difference: float
    interval: tuple[float, float]
    p: float
    p_adjusted: float
    word: Literal["worse", "better", "cannot be told apart"]
    lost_cases: list[str] = []


class Likelihood(Part):
    """Next-token distributions along the reference's own answers, in `positions` places. `kl` is the mean of KL(reference || variant)
    [nats] with a bootstrap interval over prompts; `top1_agreement` the share of places with the same most likely token; perplexities of
    the given text, None without one.
    """

    positions: int
    prompts: int
    kl: Figure
    kl_p95: float | None
    top1_agreement: Figure
    perplexity: Figure | None = None
    reference_perplexity: float | None = None
    perplexity_ratio: Figure | None = Field(
        None, description="Over the reference's; interval of the paired tokens, over windows of the text"
    )


class Quality(Part):
    """Answers of one variant: rates by check, paired differences, loops and empty answers, likelihoods. The reference has no differences.

    `answer_agreement` is the share of answers that are the reference's to the letter.
    """

    variant: str
    is_reference: bool
    rates: dict[str, Figure]
    degenerate: Figure | None = Field(None, description="Share of answers that loop, are empty or garbled")
    differences: list[PairedDifference] = []
    answer_agreement: Figure | None = None
    likelihood: Likelihood | None = None
    gates: dict[str, str] = Field({}, description="Check id -> status of its criteria with this variant")
    measured_on: str = ""


class Steps(Part):
    """What the simulator takes: seconds of a decoding step by batch, of the prefill of one prompt token, of a step that prefills beside
    its tokens, and of what a request spends outside of the batch. Fitted on the closed loops of one turn."""

    batch: list[int]
    seconds: list[float]
    prefill_s_per_token: float
    prefill_s_per_step: float = 0.0
    overhead_s: float


class Cell(Part):
    """One variant on one profile with so many replicas."""

    id: str
    variant: str
    hardware: str
    hardware_name: str
    replicas: int
    basis: Basis
    basis_note: str
    compute_dtype: str | None
    memory: Memory | None
    load: Figure | None = Field(None, description="Seconds from the call until the model is ready")
    batches: list[BatchPoint] = []
    steps: Steps | None = None
    capacity: Capacity | None = None
    cost: list[CostAtScale] = []
    meets_contract: bool | None = None
    why_not: list[str] = []
    notes: list[str] = []


class SpeedDifference(Part):
    """Two measured cells in the same rounds: ratio of `a` to `b` with its 95 % interval over the rounds; `word` says who is faster, or
    not.
    """

    a: str
    b: str
    metric: str
    ratio: float
    interval: tuple[float, float] | None
    word: str


class Recommendation(Part):
    """`ranking` holds the ids of the cells that meet the contract, the best first; empty with the outcome "none"."""

    outcome: Literal["one", "tied", "none", "unknown"]
    ranking: list[str]
    sentence: str
    reasons: list[str] = []


class Calibration(Part):
    """How wrong the roofline model is where it can be checked: leave-one-out over the measured cells, and over published figures."""

    against: str
    n: int
    median_error: float | None
    worst_error: float | None
    note: str = ""


class CompareFile(Part):
    """All of compare.json. Seconds, bytes, money in `currency`."""

    schema_: Literal["ftbench.compare/1"] = Field(SCHEMA, alias="schema")
    run_id: str
    name: str
    state: Literal["running", "finished"]
    model: dict[str, Any]
    reference: str
    scales: list[float]
    slo: dict[str, float]
    attainment: float
    currency: str
    rounds: int
    cells: list[Cell]
    quality: list[Quality]
    speed_differences: list[SpeedDifference] = []
    pareto: dict[str, list[str]] = Field({}, description='"cost-quality" and "latency-throughput": ids of the cells on the front')
    calibration: list[Calibration] = []
    recommendation: Recommendation | None = None
    notes: list[str] = []
    environment: dict[str, Any] = {}
    started_at: str
    finished_at: str | None = None
    ftbench_version: str
