"""plan.json: what the traffic of today and its multiples take, and what they cost."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ftbench.cost.result import Breakdown

SCHEMA = "ftbench.plan/1"
Basis = Literal["measured", "modelled"]
Purchase = Literal["on_demand", "spot", "reserved", "owned"]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class PlannedCapacity(Part):
    """Requests per second of one replica at the SLO. `sized_on` is what the fleet is sized with: the lower 95 % bound over seeds where
    a search gave one, else the highest rate that was kept. `max_throughput` is the most that was ever answered, shown, never
    used.
    """

    sized_on: float
    estimate: float | None
    low: float | None
    high: float | None
    confidence: float | None = Field(None, description="Of [low, high]; None where they are a bracket without chance in it, or not known")
    seeds: int | None
    max_throughput: float | None
    replicas_measured: int
    arrivals: str
    arrival_cv: float | None
    source: str
    basis: Basis
    notes: list[str] = []


class Demand(Part):
    """Requests per second; tokens of a request at the mean."""

    mean_rate: float
    peak_rate: float
    peak_to_mean: float | None
    peak_to_mean_source: str
    arrivals: str
    arrival_cv: float | None
    prompt_tokens_mean: float | None
    output_tokens_mean: float | None


class Fleet(Part):
    """`replicas` includes the spares. `seats`: replicas that the rented instances could hold. `utilisation`: mean demand over the
    capacity of all replicas. `simulated_replicas`: fewest without spares that keep the SLO at the peak in the simulator; bursts
    pool there.
    """

    replicas: int
    spare: int
    gpus_per_replica: float
    instances: int
    seats: int
    instance: str
    utilisation: float
    simulated_replicas: int | None = None
    simulated_capacity: float | None = None
    simulated_ttft_p99_s: float | None = None
    simulated_e2e_p99_s: float | None = None
    simulated_attainment: float | None = None
    queueing_wait_mean_s: tuple[float | None, float | None] | None = Field(
        None, description="Allen-Cunneen: slots as servers (optimistic), replicas as servers (pessimistic); None where it is unstable"
    )
    formula: str


class Option(Part):
    """One way to pay for one way to size. `cost_*` as in CostAtScale. `judged`: this is the one that budget and margin are judged on."""

    purchase: Purchase
    sizing: Literal["peak", "autoscaled"]
    judged: bool
    instances_mean: float
    cost_per_inference: float | None
    cost_per_million_tokens: float | None
    cost_per_month: float | None
    margin: float | None
    breakdown: Breakdown | None
    price_source: str
    why_not: str = Field("", description="Why this option has no price")
    notes: list[str] = []


class Swing(Part):
    """One bar of the tornado: cost per inference with this quantity at its low and its high value, all others at their middle."""

    name: str
    low_value: float
    high_value: float
    unit: str
    cost_at_low: float
    cost_at_high: float


class Quantiles(Part):
    p10: float
    p50: float
    p90: float


class SeenAtScale(Part):
    """What the measurement itself saw at this scale on the replicas that ran; latencies only where it was not saturated."""

    replicas: int
    requested_rate: float
    achieved_rate: float
    attainment: float | None
    saturated: bool
    valid: bool
    held: bool
    ttft_p99_s: float | None
    e2e_p99_s: float | None
    sentence: str


class PlanAtScale(Part):
    """Everything at one multiple of today's traffic. `within_budget` asks whether the `budget_quantile` of the draws is under the
    budget.
    """

    scale: float
    basis: Basis
    basis_note: str
    demand: Demand
    fleet: Fleet | None
    options: list[Option]
    cost_per_inference: Quantiles | None
    cost_per_month: Quantiles | None
    budget_quantile_cost: float | None = Field(None, description="The quantile of the draws that is held against the budget")
    share_within_budget: float | None
    within_budget: bool | None
    within_margin: bool | None
    tornado: list[Swing] = []
    break_even_requests_per_month: float | None = None
    break_even_note: str = ""
    api_cost_per_inference: float | None = None
    seen: SeenAtScale | None = None
    verified: SeenAtScale | None = Field(None, description="The planned fleet itself, deployed and measured with --verify")
    notes: list[str] = []


class Reproduced(Part):
    """A figure as measured and as the simulator gives it. `fitted`: the simulator was fitted on this very run."""

    what: str
    measured: float
    simulated: float
    error: float
    unit: str
    fitted: bool


class PlanFile(Part):
    """All of plan.json. Rates in requests per second, seconds, money in `currency`."""

    schema_: Literal["ftbench.plan/1"] = Field(SCHEMA, alias="schema")
    run_id: str
    name: str
    source: str
    model: str
    variant: str
    engine: str
    hardware: str
    hardware_name: str
    price: str
    currency: str
    slo: dict[str, float]
    attainment: float
    budget_per_inference: float | None
    price_per_inference: float | None
    margin: float
    budget_quantile: float
    capacity: PlannedCapacity | None
    step_times: dict[str, Any] | None = None
    reproduced: list[Reproduced] = []
    scales: list[PlanAtScale]
    uncertain: list[str] = Field([], description="What the Monte Carlo drew, in words, and what it took as exact")
    verdict: Literal["VIABLE", "NOT_VIABLE", "NEEDS_REVIEW", "INVALID"]
    reasons: list[str]
    notes: list[str] = []
    made_at: str
    ftbench_version: str
