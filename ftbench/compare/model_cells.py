"""Cells that no node at hand can run: their step times by the roofline, their capacity by the simulator. A band, never a point alone."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ftbench.compare.cells import CellPlan
from ftbench.compare.file import BatchPoint, Capacity, Cell, Figure
from ftbench.compare.observed import Measured, calibrations, context_of, observations
from ftbench.compare.steps import predicted_capacity, seen_of, step_times
from ftbench.compare.turn import Lengths
from ftbench.cost.simulator import StepTimes
from ftbench.errors import NoData
from ftbench.metrics.anchors import calibration_for
from ftbench.metrics.roofline import NoPeaks, Peaks, Work, decode_bound_s, host_overhead_share, mbu, mfu, peaks_of, prefill_bound_s
from ftbench.metrics.roofline_model import Calibration, StepTime, modelled_step_times
from ftbench.models import ModelShape
from ftbench.models.work import SHORT, work_of
from ftbench.spec import Spec

__all__ = ["calibrations", "modelled"]

SIDES = ("low", "expected", "high")  # of a time: the fastest, the expected, the slowest


class _Band(NamedTuple):
    """A modelled time [s] or its inverse, from its fast side to its slow one."""

    low: float
    expected: float
    high: float

    def figure(self) -> Figure:
        return Figure(value=self.expected, low=min(self.low, self.high), high=max(self.low, self.high), basis="modelled")


class _Modelled(NamedTuple):
    """`steps` a band for each batch; prefill of one prompt token and overhead of one request as bands [s]."""

    work: Work
    peaks: Peaks
    steps: list[StepTime]
    prefill: _Band
    overhead: _Band

    def curve(self, side: str) -> StepTimes:
        """What the simulator takes. A larger batch is never modelled to take less than a smaller one."""
        seconds = np.maximum.accumulate([getattr(step, f"{side}_s") for step in self.steps])
        sizes = tuple(step.batch for step in self.steps)
        return StepTimes(sizes, tuple(map(float, seconds)), getattr(self.prefill, side), getattr(self.overhead, side))


def modelled(plan: CellPlan, measured: Measured, spec: Spec, shape: ModelShape, lengths: Lengths) -> Cell:
    """One cell, everything about it modelled: steps, TTFT and throughput at each batch, capacity at the SLO. Its cost is not in it yet.

    Calibrated on the cells that were measured on the same kind of device; a GPU of which nothing of the kind was measured, on published
    steps. A cell of which too little is known says what is missing and has no figures.

    Args:
        lengths: of the requests that the measured cells answered.
    """
    cell = Cell(
        id=plan.id,
        variant=plan.variant,
        hardware=plan.profile.id,
        hardware_name=plan.profile.name,
        replicas=plan.replicas,
        basis="modelled",
        basis_note="",
        compute_dtype=plan.dtype,
        memory=plan.memory(),
    )
    peaks = peaks_of(plan.profile, SHORT[plan.dtype], plan.variant)
    if isinstance(peaks, NoPeaks):
        return _unknown(cell, peaks.why)
    context = context_of(spec, lengths.prompts)
    own = [seen for seen in observations(measured, shape, context, plan.profile.kind) if seen.work.variant == plan.variant]
    try:
        calibration = calibration_for(plan.profile.kind, plan.variant, own, source=_source(own))
        work = work_of(shape, plan.variant, plan.dtype)
        steps = modelled_step_times(work, peaks, calibration, sorted(spec.compare.batches), context)
    except NoData as why:
        return _unknown(cell, str(why))
    prompt = float(np.mean(lengths.prompts)) if lengths.prompts else max(1.0, context - spec.compare.output_tokens / 2)
    found = _Modelled(work, peaks, steps, _prefill(work, peaks, calibration, prompt), _overhead(measured, prompt))
    return cell.model_copy(
        update={
            "basis_note": _note(plan, peaks, calibration, bool(own)),
            "batches": [_point(found, k, prompt, context, spec.compare.output_tokens) for k in range(len(steps))],
            "capacity": _capacity(found, plan, lengths),
            "notes": ["The time to load the weights is not modelled.", *_transfer(own, plan)],
        }
    )


def _point(found: _Modelled, k: int, prompt: float, context: float, outputs: int) -> BatchPoint:
    """As a closed loop would see it: all prompts of the batch join together, and all get a token at every step."""
    step, batch = found.steps[k], found.steps[k].batch
    times = _Band(step.low_s, step.expected_s, step.high_s)
    ttft = _Band(*(o + s + batch * prompt * p for o, s, p in zip(found.overhead, times, found.prefill, strict=True)))
    e2e = _Band(*(t + (outputs - 1) * s for t, s in zip(ttft, times, strict=True)))
    bound = decode_bound_s(found.work, found.peaks, batch, context)
    return BatchPoint(
        batch=batch,
        step=times.figure().model_copy(update={"note": f"limited by the {step.limited_by}"}),
        ttft=ttft.figure(),
        e2e=e2e.figure(),
        tokens_per_s=_Band(*(batch * outputs / t for t in e2e)).figure(),
        mbu=mbu(found.work, found.peaks, batch, context, step.expected_s),
        mfu=mfu(found.work, found.peaks, batch, context, step.expected_s),
        host_overhead_share=host_overhead_share(step.expected_s, bound.seconds),
    )


def _capacity(found: _Modelled, plan: CellPlan, lengths: Lengths) -> Capacity:
    """By the simulator at the fastest, the expected and the slowest step times, with the lengths that were measured."""
    if not lengths.outputs:
        why = "no request was answered in any measured cell, so how long answers are is not known"
        return Capacity(rate=Figure(value=None, basis="modelled", note=why))
    fast, expected, slow = (predicted_capacity(found.curve(side), plan.spec, lengths.prompts, lengths.outputs).rate for side in SIDES)
    note = "by the simulator, at the band of the step times"
    if expected == 0:
        note += "; at the expected step time even a request that is alone misses the SLO"
    return Capacity(rate=Figure(value=expected, low=slow, high=fast, basis="modelled", note=note))


def _prefill(work: Work, peaks: Peaks, calibration: Calibration, prompt: float) -> _Band:
    """Of one more prompt token in a step. Arithmetic bounds it; the share of that bound that is reached is taken to be the one of the
    bandwidth, since prefill is published for none of these devices."""
    tokens = max(1, round(prompt))
    bound = prefill_bound_s(work, peaks, tokens).compute_s / tokens
    expected = bound / calibration.efficiency
    return _Band(bound, expected, expected * calibration.slower)


def _overhead(measured: Measured, prompt: float) -> _Band:
    """Of a request outside of the batch (HTTP, tokenizer, queue), as the measured cells had it; nothing at the best."""
    curves = [cell.steps or step_times(seen_of(cell.batches, prompt)) for _, cell in measured]
    known = [curve.overhead_s for curve in curves if curve is not None] or [0.0]
    return _Band(0.0, min(known), max(known))


def _source(own: Sequence) -> str:
    return "steps measured here on " + ", ".join(dict.fromkeys(seen.device for seen in own)) if own else "published steps"


def _note(plan: CellPlan, peaks: Peaks, calibration: Calibration, is_own: bool) -> str:
    device = f"{peaks.bandwidth_bytes_s / 1e9:,.0f} GB/s, {peaks.linear_flops_s / 1e12:,.1f} TFLOP/s"
    source = calibration.source if is_own else f"published steps ({calibration.source})"
    return (
        f"Modelled by the roofline of {plan.profile.name} ({device}), calibrated on {source}; lengths and overhead of requests as measured "
        f"here. The band reaches from the roofline itself to {calibration.slower:.1f} times the expected step."
    )


def _transfer(own: Sequence, plan: CellPlan) -> list[str]:
    if own or plan.profile.kind == "cpu":
        return []
    return [
        f"Nothing was measured on a GPU with {plan.variant}: that this model holds on {plan.profile.name} was not checked here, only on "
        "the published figures that stand under calibration."
    ]


def _unknown(cell: Cell, why: str) -> Cell:
    rate = Figure(value=None, basis="modelled", note=why)
    return cell.model_copy(update={"basis_note": f"Not modelled: {why}", "capacity": Capacity(rate=rate)})
