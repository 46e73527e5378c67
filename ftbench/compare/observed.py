"""What the measured cells teach the model of the others, and how wrong that model is wherever it can be checked."""

from collections.abc import Sequence

import numpy as np

from ftbench.compare.cells import CellPlan
from ftbench.compare.file import Calibration, Cell
from ftbench.errors import NoData
from ftbench.metrics.anchors import checked_anchors, published_calibration, published_error
from ftbench.metrics.roofline import NoPeaks, peaks_of
from ftbench.metrics.roofline_model import Observation, calibrate, kernels_of, leave_one_device_out, modelled_step_times
from ftbench.models import ModelShape
from ftbench.models.work import SHORT, work_of
from ftbench.spec import Spec

Measured = Sequence[tuple[CellPlan, Cell]]


def observations(measured: Measured, shape: ModelShape, context_tokens: float, kind: str | None = None) -> list[Observation]:
    """The measured steps on devices of `kind` (None: of any) whose profile names its peaks."""
    found = []
    for plan, cell in measured:
        peaks = peaks_of(plan.profile, SHORT[plan.dtype], plan.variant)
        if isinstance(peaks, NoPeaks) or kind not in (None, plan.profile.kind):
            continue
        work = work_of(shape, plan.variant, plan.dtype)
        found += [
            Observation(plan.profile.id, work, peaks, p.batch, context_tokens, p.step.value)
            for p in cell.batches
            if p.step.value is not None
        ]
    return found


def context_of(spec: Spec, prompts: Sequence[int]) -> float:
    """Tokens that a sequence looks back on at the mean while steps are measured: its prompt and half of the forced answer."""
    prompt = float(np.mean(prompts)) if prompts else float(spec.compare.context_tokens or 0)
    return prompt + spec.compare.output_tokens / 2


def calibrations(measured: Measured, spec: Spec, shape: ModelShape, prompts: Sequence[int] = ()) -> list[Calibration]:
    """Every check that the measurements and the published figures allow. An error is the larger of modelled and measured over the smaller,
    less 1: twice as fast and twice as slow are both 100 %.
    """
    seen = observations(measured, shape, context_of(spec, prompts))
    found = [_published(), _never_fitted(), *_own_steps(measured, seen), *_own_devices(seen), *_own_capacity(measured)]
    return [c for c in found if c is not None]


def _published() -> Calibration:
    error = published_error()
    return Calibration(
        against=f"{error.points} published steps of {len(error.devices)} GPUs ({', '.join(error.devices)}), each GPU left out in turn",
        n=error.points,
        median_error=error.median_error,
        worst_error=error.worst_error,
        note=f"{published_calibration().source}; a step was at worst {error.slower:.1f} times slower than modelled, which is the high end "
        "of every band",
    )


def _never_fitted() -> Calibration:
    """Published steps of the engine that we use, on a GPU that the model was not fitted on. Of others only the roofline may be asked."""
    model, errors, outside = published_calibration(), [], 0
    ours = [a.observation for a in checked_anchors() if a.source.startswith("transformers")]
    for seen in ours:
        (step,) = modelled_step_times(seen.work, seen.peaks, model, [seen.batch], seen.context_tokens)
        errors.append(_off(step.expected_s, seen.step_s))
        outside += not step.low_s <= seen.step_s <= step.high_s
    return _calibration(
        f"{len(ours)} published steps of transformers continuous batching on a GPU that the model was not fitted on ({ours[0].device})",
        errors,
        f"{outside} of them outside of the band",
    )


def _own_steps(measured: Measured, seen: Sequence[Observation]) -> list[Calibration | None]:
    """Each measured step from the other steps of the same cell: does the model bend with the batch as the machine does?"""
    by_profile: dict[str, list[float]] = {}
    for plan, _ in measured:
        own = [s for s in seen if s.device == plan.profile.id and s.work.variant == plan.variant]
        for k, left in enumerate(own):
            others = own[:k] + own[k + 1 :]
            if any(kernels_of(o.work.variant, o.batch) == kernels_of(left.work.variant, left.batch) for o in others):
                model = calibrate(others, slower=1.0, source="")
                (step,) = modelled_step_times(left.work, left.peaks, model, [left.batch], left.context_tokens)
                by_profile.setdefault(plan.profile.id, []).append(_off(step.expected_s, left.step_s))
    return [
        _calibration(f"steps measured on {profile}, each left out in turn and modelled from the others of its cell", errors, "")
        for profile, errors in by_profile.items()
    ]


def _own_devices(seen: Sequence[Observation]) -> list[Calibration | None]:
    try:
        error = leave_one_device_out(seen)
    except NoData:
        return []
    where = f"steps measured here on {len(error.devices)} devices ({', '.join(error.devices)}), each device left out in turn"
    return [Calibration(against=where, n=error.points, median_error=error.median_error, worst_error=error.worst_error)]


def _own_capacity(measured: Measured) -> list[Calibration | None]:
    """Capacity by the simulator from step times alone, against the bracket that was measured: 0 within it."""
    errors = []
    for _, cell in measured:
        capacity = cell.capacity
        if capacity is None or capacity.predicted is None or not capacity.rate.value:
            continue
        kept, over = capacity.rate.value, capacity.lowest_not_kept or float("inf")
        errors.append(0.0 if kept <= capacity.predicted <= over else _off(capacity.predicted, kept if capacity.predicted < kept else over))
    note = "0 where it lies between the highest rate that was kept and the lowest that was not"
    return [_calibration("capacity measured here, predicted from step times alone before any traffic was sent", errors, note)]


def _off(modelled: float, measured: float) -> float:
    return max(modelled, measured) / max(min(modelled, measured), 1e-12) - 1


def _calibration(against: str, errors: Sequence[float], note: str) -> Calibration | None:
    if not errors:
        return None
    return Calibration(against=against, n=len(errors), median_error=float(np.median(errors)), worst_error=max(errors), note=note)
