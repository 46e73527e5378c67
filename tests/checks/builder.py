"""Hand-made inputs of checks: cases, outputs, load runs and costs as a run would have measured them."""

from pathlib import Path

from ftbench.checks.base import Inputs
from ftbench.cost.result import CostAtScale
from ftbench.metrics.latency import describe
from ftbench.metrics.summary import Latency, LoadSummary
from ftbench.quality.cases import Case
from ftbench.quality.outputs import Output
from ftbench.spec import Spec


def spec(tests: dict, folder: Path = Path(), **sections) -> Spec:
    data = {"name": "x", "model": {}, "load": {"rate": 1}, "slo": {"e2e_s": 1}, "tests": tests, **sections}
    found = Spec.model_validate(data)
    found._folder = folder
    return found


def output(case: str, text: str, *, error_kind: str | None = None, check: str = "accuracy") -> Output:
    return Output(
        check=check,
        id=case,
        text="" if error_kind else text,
        finish_reason=None if error_kind else "stop",
        prompt_tokens=5,
        output_tokens=1,
        error=f"it was {error_kind}" if error_kind else None,
        error_kind=error_kind,
        latency_s=0.1,
        concurrency=4,
        key="k",
    )


def inputs(contract: Spec, cases: list[Case] = (), outputs: list[Output] = (), load=(), cost=()) -> Inputs:
    return Inputs(contract, list(cases), {o.id: o for o in outputs}, list(load), list(cost))


def latency(values: list[float]) -> Latency:
    import numpy as np

    return describe(np.array(values))


def load_run(
    e2e: list[float],
    *,
    scale: float = 1,
    errors: dict[str, int] | None = None,
    valid: bool = True,
    saturated: bool = False,
    ttft: list[float] | None = None,
) -> LoadSummary:
    """A run whose answered requests took `e2e`, and in which `errors` more got no answer."""
    failed = sum((errors or {}).values())
    n = len(e2e) + failed
    nothing = latency([])
    return LoadSummary(
        scale=scale,
        arrivals="poisson",
        requested_rate=scale,
        achieved_rate=scale,
        duration_s=max(n, 1) / scale,
        n=n,
        n_ok=len(e2e),
        errors=errors or {},
        ttft=latency(ttft if ttft is not None else [value / 4 for value in e2e]),
        ttft_from_sent=nothing,
        tpot=nothing,
        e2e=latency(e2e),
        send_lag=nothing,
        output_tokens_per_s=1,
        requests_per_s=1,
        prompt_tokens_mean=None,
        output_tokens_mean=None,
        received_bytes_mean=None,
        token_count_source="usage",
        goodput=1,
        attainment=1,
        slo={},
        saturated=saturated,
        client_cpu=0.1,
        valid=valid,
        invalid_reasons=[] if valid else ["the client was late"],
    )


def cost(
    scale: float = 1,
    *,
    per_inference: float | None = 0.001,
    margin: float | None = None,
    basis: str = "measured",
    within_budget: bool | None = True,
    within_margin: bool | None = None,
) -> CostAtScale:
    return CostAtScale(
        scale=scale,
        basis=basis,
        basis_note="The run held on the 1 replica priced here.",
        mean_rate=scale,
        peak_rate=scale,
        capacity_per_replica=None if per_inference is None else 10,
        replicas=None if per_inference is None else 1,
        instances=None if per_inference is None else 1,
        utilisation=None,
        cost_per_inference=per_inference,
        cost_per_million_tokens=None,
        cost_per_month=None,
        margin=margin,
        within_budget=within_budget,
        within_margin=within_margin,
        breakdown=None,
        currency="USD",
        price_source="given",
        notes=["a note on the price"],
    )


def by_name(result) -> dict:
    return {c.name: c for c in result.criteria}
