"""Comparisons as real runs would leave them: one that recommends, one that cannot, one that goes on, one full of hostile text."""

from ftbench.compare.file import CompareFile
from ftbench.compare.recommend import judged
from tests.compare.builder import calibration, cell, compared, quality, speed
from tests.report.builder import HOSTILE

CPU = "Intel(R) Xeon(R) Processor @ 2.10GHz, 2 cores, 25.2 GB"
GPUS = {"l4": "NVIDIA L4", "a100-80-sxm": "NVIDIA A100 80GB SXM", "h100-sxm": "NVIDIA H100 80GB SXM"}


def recommends() -> CompareFile:
    """fp32, int8, nf4 on a CPU measured, on three GPUs modelled; nf4 loses a third of the answers."""
    here = (("fp32", 4.1e-5, 4.0, 0.052), ("int8", 8.3e-5, 1.4, 0.210), ("nf4", 3.6e-5, 4.4, 0.048))
    cells = [cell(v, name=CPU, per_inference=cost, rate=rate, step=step, within_budget=True) for v, cost, rate, step in here]
    for (hardware, name), cost, faster in zip(GPUS.items(), (2.3e-4, 1.1e-3, 2.6e-3), (4, 7, 11), strict=True):
        for variant, _, rate, step in here:
            kept = rate * faster
            figures = {
                "rate": kept,
                "band": (kept / 3, kept * 4),
                "step": step / faster,
                "per_inference": cost,
                "within_budget": cost < 2e-3,
            }
            cells.append(cell(variant, hardware, name=name, basis="modelled", **figures))
    qualities = [
        quality("fp32", reference=True),
        quality("int8", right=0.917, lost=2, gained=1, kl=0.0021),
        quality("nf4", right=0.6, lost=40, gained=2, worse=True, loops=0.22, gate="FAIL", kl=0.41),
    ]
    one, other, third = (f"{variant}@local x1" for variant, *_ in here)
    pairs = [speed(one, other, 0.25, f"{one} is faster"), speed(one, third, 0.98, "cannot be told apart")]
    notes = ["engine=transformers: what this engine does on the hardware, not the hardware's limit."]
    return judged(compared(cells, qualities, speed_differences=pairs, calibration=calibration(), notes=notes))


def none_meets() -> CompareFile:
    """A reference that fails its own gate, a GPU that is too small, a rate that was never kept."""
    cells = [
        cell("bf16", name=CPU, rate=None),
        cell("nf4", name=CPU, replicas=2, step=0.02),
        cell("bf16", "t4", name="NVIDIA T4", basis="modelled", fits=False, rate=None),
        cell("nf4", "t4", name="NVIDIA T4", basis="modelled", rate=0.0, band=(0.0, 0.4)),
    ]
    qualities = [quality("bf16", reference=True, right=0.55, gate="FAIL"), quality("nf4", right=0.5, gate="FAIL", lost=8)]
    return judged(compared(cells, qualities))


def goes_on() -> CompareFile:
    """After the first turn of several."""
    bare = cell("nf4", name=CPU, rate=None).model_copy(update={"batches": [], "capacity": None, "cost": [], "memory": None, "load": None})
    found = compared([cell("fp32", name=CPU), bare], [quality("fp32", reference=True)])
    return found.model_copy(update={"state": "running", "finished_at": None})


def hostile(text: str) -> CompareFile:
    """Everything that a user, a model or a machine can put into it is `text`."""
    found = recommends()
    cells = [
        c.model_copy(update={"hardware_name": text, "basis_note": text, "notes": [text], "why_not": [text], "compute_dtype": text})
        for c in found.cells
    ]
    qualities = [
        q.model_copy(
            update={
                "measured_on": text,
                "degenerate": q.degenerate.model_copy(update={"note": text}),
                "differences": [d.model_copy(update={"check": text, "lost_cases": [text] * 3}) for d in q.differences],
                "rates": {text: next(iter(q.rates.values()))},
                "gates": {},
            }
        )
        for q in found.quality
    ]
    recommendation = found.recommendation.model_copy(update={"sentence": text, "reasons": [text]})
    return found.model_copy(
        update={
            "name": text, "run_id": text, "reference": text, "model": {"path": text, "adapter": text, "engine": text}, "cells": cells,
            "quality": qualities, "recommendation": recommendation, "notes": [text], "environment": {text: text},
            "calibration": [c.model_copy(update={"against": text, "note": text}) for c in found.calibration],
        }
    )  # fmt: skip


ALL = {"recommends": recommends, "none": none_meets, "running": goes_on}
EVIL = " ".join(text for text in HOSTILE if text)
