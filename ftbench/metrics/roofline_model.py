"""How long a decoding step of this engine takes on a device where nobody measured it: a band, fitted on steps measured elsewhere.

Expected = max(bytes moved / (bandwidth x efficiency), layers x overhead of the host). The host of an eager decoder sends kernel after
kernel to a device that works on earlier ones meanwhile, so the slower of the two counts. Their sum fits the published steps worse on a
device left out (1.84 times off in typical against 1.76), and best with an efficiency of 100 %, which no kernel reaches.
The overhead is one of layers and kind of kernel, not of width: on one H100 machine nf4 takes 1.0 to 1.1 ms a layer with 8, 32 and 70
billion parameters alike.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from ftbench.errors import NoData
from ftbench.metrics.roofline import DTYPE_BYTES, FOUR_BIT, PLAIN, Peaks, Work, decode_bound_s

Kernels = tuple[str, bool]  # kind of kernels, and whether the batch is larger than one
_TYPICAL_EFFICIENCY = 0.6  # taken where every step waits for its host and the data cannot tell
_EFFICIENCIES = np.geomspace(0.001, 1.0, 140)
_OVERHEADS = np.geomspace(1e-7, 1.0, 561)  # seconds a layer, in steps of 3 %


class Observation(NamedTuple):
    """A measured step of decoding: `step_s` per token of each of `batch` sequences on `device`."""

    device: str
    work: Work
    peaks: Peaks
    batch: int
    context_tokens: float
    step_s: float


@dataclass(frozen=True)
class Calibration:
    """What was learnt from measured steps. `efficiency`: share of the roofline; `overhead_s`: of the host a layer, by kind of kernels;
    `slower`: how many times slower than expected a device left out was at worst, which makes the high end of the band.
    """

    efficiency: float
    overhead_s: Mapping[Kernels, float]
    slower: float
    source: str
    devices: tuple[str, ...]
    points: int


class StepTime(NamedTuple):
    """A modelled step [s]: `low` is the roofline, which nobody beats; `high` is as bad as a device left out has turned out."""

    batch: int
    low_s: float
    expected_s: float
    high_s: float
    limited_by: Literal["memory", "compute", "host"]


class TransferError(NamedTuple):
    """How far predictions for devices left out were off: larger of predicted and measured over the smaller, less 1 (twice is 1.0).

    `slower`, `faster`: at worst, how many times slower or faster than predicted a step really was (1 where it never was).
    """

    points: int
    devices: tuple[str, ...]
    median_error: float
    worst_error: float
    slower: float
    faster: float


def kernels_of(variant: str, batch: int) -> Kernels:
    """Which overhead counts. The plain types run the same kernels, fp4 those of nf4."""
    kind = "plain" if variant in PLAIN else "nf4" if variant == "fp4" else variant
    return kind, batch > 1


def calibrate(observations: Sequence[Observation], *, slower: float, source: str) -> Calibration:
    """Least squares of log(expected / measured) over one efficiency for all and an overhead for each kind of kernels, on a grid.

    Several devices are fitted together: what they share is what may be expected of another one.

    Raises:
        NoData: there are no observations.
    """
    if not observations:
        raise NoData("no measured steps to calibrate on")
    groups: dict[Kernels, list[Observation]] = {}
    for seen in observations:
        groups.setdefault(kernels_of(seen.work.variant, seen.batch), []).append(seen)
    best: tuple[float, float, dict[Kernels, float]] | None = None
    arrays = {key: _arrays(group) for key, group in groups.items()}
    for efficiency in _EFFICIENCIES:
        cost = 1e-6 * np.log(efficiency / _TYPICAL_EFFICIENCY) ** 2
        overheads = {}
        for key, (ideal, layers, step) in arrays.items():
            errors = (np.log(np.maximum(ideal / efficiency, _OVERHEADS[:, None] * layers) / step) ** 2).sum(axis=1)
            at = int(errors.argmin())
            overheads[key], cost = float(_OVERHEADS[at]), cost + errors[at]
        if best is None or cost < best[0]:
            best = (cost, float(efficiency), overheads)
    devices = tuple(sorted({seen.device for seen in observations}))
    return Calibration(best[1], best[2], slower, source, devices, len(observations))


def modelled_step_times(
    work: Work, peaks: Peaks, calibration: Calibration, batches: Iterable[int], context_tokens: float
) -> list[StepTime]:
    """The band of a step at each batch.

    Raises:
        NoData: the calibration has seen no step of such kernels, for instance none of a batch above one.
    """
    return [_step(work, peaks, calibration, batch, context_tokens) for batch in batches]


def leave_one_device_out(observations: Sequence[Observation]) -> TransferError:
    """Each device predicted by a calibration on the others; steps of kernels that only the device left out has seen are passed over.

    Raises:
        NoData: fewer than two devices, or nothing that two of them share.
    """
    devices = tuple(sorted({seen.device for seen in observations}))
    if len(devices) < 2:
        raise NoData("the error of a model for an unmeasured device needs at least two measured ones")
    ratios = []  # measured / predicted
    for device in devices:
        others = [seen for seen in observations if seen.device != device]
        calibration = calibrate(others, slower=1.0, source="")
        for seen in observations:
            if seen.device == device and kernels_of(seen.work.variant, seen.batch) in calibration.overhead_s:
                ratios.append(seen.step_s / _step(seen.work, seen.peaks, calibration, seen.batch, seen.context_tokens).expected_s)
    if not ratios:
        raise NoData("no two measured devices ran the same kind of kernels")
    off = np.maximum(ratios, 1 / np.array(ratios)) - 1
    slower, faster = max(1.0, max(ratios)), max(1.0, 1 / min(ratios))
    return TransferError(len(ratios), devices, float(np.median(off)), float(off.max()), slower, faster)


def _step(work: Work, peaks: Peaks, calibration: Calibration, batch: int, context_tokens: float) -> StepTime:
    key = kernels_of(work.variant, batch)
    if key not in calibration.overhead_s:
        raise NoData(f"{calibration.source}: no step of {key[0]} kernels was measured at batch {'above 1' if key[1] else '1'}")
    low = decode_bound_s(work, peaks, batch, context_tokens)
    device = _ideal_s(work, peaks, batch, context_tokens) / calibration.efficiency
    host = calibration.overhead_s[key] * work.layers
    expected = max(low.seconds, device, host)
    return StepTime(batch, low.seconds, expected, expected * calibration.slower, "host" if host > device else low.limited_by)


def _ideal_s(work: Work, peaks: Peaks, batch: int, context_tokens: float) -> float:
    """The roofline with the bytes that 4-bit weights cost when a batch is larger than one: unpacked to memory, then read from there.

    bitsandbytes 0.45 does so from batch 2; later versions have a kernel that need not, for some shapes, so they may beat it.
    """
    bound = decode_bound_s(work, peaks, batch, context_tokens)
    unpacked = 2 * work.linear_parameters * DTYPE_BYTES[work.compute_dtype] if work.variant in FOUR_BIT and batch > 1 else 0
    return max(bound.memory_s + unpacked / peaks.bandwidth_bytes_s, bound.compute_s)


def _arrays(group: list[Observation]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ideal step, layers and measured step, each of shape (n,)."""
    ideal = [_ideal_s(seen.work, seen.peaks, seen.batch, seen.context_tokens) for seen in group]
    return np.array(ideal), np.array([seen.work.layers for seen in group]), np.array([seen.step_s for seen in group])
