"""Cells, qualities and whole comparisons as a run would leave them."""

from pathlib import Path

from ftbench.compare.cells import CellPlan, matrix
from ftbench.compare.file import (
    BatchPoint,
    Calibration,
    Capacity,
    Cell,
    CompareFile,
    Figure,
    Likelihood,
    Memory,
    PairedDifference,
    Quality,
    SpeedDifference,
)
from ftbench.cost.profiles import load_profile
from ftbench.cost.result import Breakdown, CostAtScale
from ftbench.models import ModelShape
from ftbench.spec import Spec
from ftbench.spec.hardware import Price, Profile

LAYER = (
    ("q", (576, 576)),
    ("k", (192, 576)),
    ("v", (192, 576)),
    ("o", (576, 576)),
    ("g", (1536, 576)),
    ("u", (1536, 576)),
    ("d", (576, 1536)),
)
SMALL = ModelShape(
    linears=tuple((f"{i}.{name}", size) for i in range(30) for name, size in LAYER),
    other_parameters=49152 * 576 + 61 * 576,
    layers=30,
    kv_heads=3,
    head_dim=64,
    vocabulary=49152,
    context=2048,
    heads=9,
)
CPU = Profile(
    id="local",
    name="A CPU, 2 cores",
    kind="cpu",
    memory_gb=24,
    bandwidth_gb_s=20,
    fp32_tflops_dense=0.2,
    int8_tops_dense=0.4,
    instance="this machine",
    devices_per_instance=1,
    spec_source="a test",
    prices=[Price(per_hour=0.1, kind="given", retrieved=None, retrieved_note="given", source="the spec")],
)


def spec(**compare) -> Spec:
    data = {
        "name": "tickets",
        "model": {"variant": "fp32"},
        "load": {"rate": 1, "scales": [1, 3, 10], "max_tokens": 32},
        "slo": {"ttft_s": 1.0, "e2e_s": 4.0, "attainment": 0.95},
        "cost": {"price_per_hour": 0.1, "peak_to_mean": 2.0, "budget_per_inference": 0.001},
        "tests": {},
        "compare": {"variants": ["fp32", "nf4"], "hardware": ["local", "l4"], **compare},
    }
    found = Spec.model_validate(data)
    found._folder = Path()
    return found


def plan(variant: str, hardware: str | Profile = "local", replicas: int = 1, *, shape: ModelShape = SMALL) -> CellPlan:
    """One cell of a matrix. `local` is CPU."""
    profile = CPU if hardware == "local" else hardware if isinstance(hardware, Profile) else load_profile(hardware, Path())
    return matrix(spec(variants=[variant], replicas=[replicas]), shape, 200, [profile])[0]


def figure(
    value: float | None, low: float | None = None, high: float | None = None, *, basis: str = "measured", n: int | None = 40, note: str = ""
) -> Figure:
    return Figure(value=value, low=low, high=high, basis=basis, n=n, note=note)


def about(value: float, width: float = 0.03, **more) -> Figure:
    return figure(value, value * (1 - width), value * (1 + width), **more)


def point(batch: int, step: float, ttft: float, *, basis: str = "measured", outputs: int = 32, **more) -> BatchPoint:
    e2e = ttft + (outputs - 1) * step
    figures = {"step": step, "ttft": ttft, "e2e": e2e, "tokens_per_s": batch * outputs / e2e}
    width = 0.03 if basis == "measured" else 0.6
    return BatchPoint(batch=batch, **{k: about(v, width, basis=basis) for k, v in figures.items()}, **more)


def cost(
    scale: float, per_inference: float | None, *, basis: str = "measured", currency: str = "USD", within_budget: bool | None = None
) -> CostAtScale:
    has = per_inference is not None
    return CostAtScale(
        scale=scale,
        basis=basis,
        basis_note="Sized from the capacity of this cell." if has else "No rate kept the SLO, so no fleet size can be named.",
        mean_rate=scale,
        peak_rate=2 * scale,
        capacity_per_replica=4.0 if has else None,
        replicas=max(1, round(scale)) if has else None,
        instances=max(1, round(scale)) if has else None,
        utilisation=0.25 if has else None,
        cost_per_inference=per_inference,
        cost_per_million_tokens=per_inference and per_inference * 1e5,
        cost_per_month=per_inference and per_inference * scale * 2_628_000,
        margin=None,
        within_budget=within_budget,
        within_margin=None,
        breakdown=Breakdown(compute=50, storage=1, network=1, monitoring=10) if has else None,
        currency=currency,
        price_source="given in the spec",
    )


def cell(
    variant: str = "fp32",
    hardware: str = "local",
    *,
    name: str = "",
    replicas: int = 1,
    basis: str = "measured",
    per_inference: float | None = 0.0002,
    rate: float | None = 4.0,
    band: tuple[float, float] | None = None,
    step: float = 0.05,
    fits: bool = True,
    within_budget: bool | None = None,
    scales: tuple[float, ...] = (1, 3, 10),
    **more,
) -> Cell:
    """A cell that keeps what was promised unless told otherwise."""
    memory = Memory(
        weights=int(5.4e8),
        kv_cache=int(2e8),
        usable=int(2e10 if fits else 5e8),
        fits=fits,
        basis=basis,
        why_not="" if fits else f"{variant} needs 0.2 GB more memory than {name or hardware} can give.",
    )
    low, high = band or ((rate, rate * 1.2) if rate else (None, None))
    capacity = Capacity(
        rate=Figure(value=rate, low=low, high=high, basis=basis, n=200, note="" if rate else "not even 0.5 requests/s was kept"),
        lowest_not_kept=rate and rate * 1.2,
        attainment_at_rate=0.97 if rate and basis == "measured" else None,
        ttft_p99=figure(0.8, basis=basis, n=200) if rate and basis == "measured" else None,
        e2e_p99=figure(2.2, basis=basis, n=200) if rate and basis == "measured" else None,
        predicted=rate and rate * 1.1,
    )
    return Cell(
        id=f"{variant}@{hardware} x{replicas}",
        variant=variant,
        hardware=hardware,
        hardware_name=name or hardware,
        replicas=replicas,
        basis=basis,
        basis_note="Measured on this machine, in 2 rounds." if basis == "measured" else "Modelled by the roofline.",
        compute_dtype="float32",
        memory=memory,
        load=about(1.8) if basis == "measured" else None,
        batches=[
            point(1, step, 3 * step, basis=basis, mbu=0.4, mfu=0.02, host_overhead_share=0.6),
            point(4, step * 1.3, 6 * step, basis=basis, mbu=0.32, mfu=0.06, host_overhead_share=0.68),
            point(16, step * 2.2, 15 * step, basis=basis, mbu=0.2, mfu=0.15, host_overhead_share=0.8),
        ],
        capacity=capacity,
        cost=[cost(s, per_inference if rate else None, basis=basis, within_budget=within_budget) for s in scales],
        **more,
    )


def difference(
    check: str = "accuracy", *, lost: int, gained: int, n: int = 120, right: int = 110, word: str = "", p: float = 1.0
) -> PairedDifference:
    delta = (gained - lost) / n
    return PairedDifference(
        check=check,
        n=n,
        right=right - lost + gained,
        reference_right=right,
        lost=lost,
        gained=gained,
        difference=delta,
        interval=(delta - 0.06, delta + 0.06),
        p=p,
        p_adjusted=min(1.0, 4 * p),
        word=word or "cannot be told apart",
        lost_cases=[f"t{i}" for i in range(lost)],
    )


def quality(
    variant: str,
    *,
    reference: bool = False,
    right: float = 0.92,
    lost: int = 0,
    gained: int = 0,
    worse: bool = False,
    loops: float = 0.0,
    gate: str = "PASS",
    kl: float | None = None,
) -> Quality:
    likelihood = None
    if kl is not None:
        likelihood = Likelihood(
            positions=384,
            prompts=128,
            kl=figure(kl, kl * 0.8, kl * 1.25, n=384),
            kl_p95=kl * 4,
            top1_agreement=figure(1 - kl, max(0, 1 - 1.3 * kl), 1 - 0.7 * kl, n=384),
            perplexity=figure(21.0, 19.5, 22.8, n=2000),
            reference_perplexity=17.2,
            perplexity_ratio=figure(21 / 17.2, 1.17, 1.27, n=2000) if kl > 0.01 else figure(1.0, 0.99, 1.01, n=2000),
        )
    return Quality(
        variant=variant,
        is_reference=reference,
        rates={"accuracy": figure(right, right - 0.06, min(1, right + 0.04), n=120), "format_compliance": figure(0.5, 0.37, 0.63, n=60)},
        degenerate=figure(loops, max(0, loops - 0.03), loops + 0.03, n=180, note=f"{round(loops * 180)} loop" if loops else ""),
        differences=[]
        if reference
        else [
            difference(lost=lost, gained=gained, word="worse" if worse else "", p=1e-6 if worse else 0.5),
            difference("format_compliance", lost=1, gained=2, n=60, right=30, p=1.0),
        ],
        answer_agreement=None if reference else figure(0.6 if worse else 0.98, 0.5, 0.99, n=180),
        likelihood=likelihood,
        gates={"accuracy": gate, "format_compliance": "PASS"},
        measured_on="this machine, A CPU, 2 cores",
    )


def compared(cells: list[Cell], qualities: list[Quality], **more) -> CompareFile:
    return CompareFile(
        run_id="2026-11-28T100000-tickets-compare-ab12",
        name="Lumen & Oak ticket triage",
        state="finished",
        model={"path": "embedded", "name": None, "adapter": "adapter", "engine": "transformers continuous batching"},
        reference=next((q.variant for q in qualities if q.is_reference), "fp32"),
        scales=[1, 3, 10],
        slo={"ttft_s": 1.0, "e2e_s": 3.0},
        attainment=0.95,
        currency="USD",
        rounds=2,
        cells=cells,
        quality=qualities,
        started_at="2026-11-28T10:00:00+00:00",
        finished_at="2026-11-28T10:12:30+00:00",
        ftbench_version="0.1.0",
        **more,
    )


def speed(a: str, b: str, ratio: float, word: str) -> SpeedDifference:
    return SpeedDifference(a=a, b=b, metric="step time at 16 together", ratio=ratio, interval=(ratio * 0.95, ratio * 1.05), word=word)


def calibration() -> list[Calibration]:
    return [
        Calibration(
            against="80 published steps of 3 GPUs, each GPU left out in turn",
            n=80,
            median_error=0.61,
            worst_error=2.39,
            note="bitsandbytes",
        ),
        Calibration(against="capacity measured here, predicted from step times alone", n=3, median_error=0.0, worst_error=0.12),
    ]
