"""The least time that a decoding step or a prefill can take on a device: bytes over bandwidth, or arithmetic over the dense peak.

A step of decoding reads every weight once, whatever the batch, and the KV cache of every sequence; so it is bound by memory until the
batch is large. Units: bytes, seconds, FLOP/s (an int8 multiply and an add count as two, as in data sheets).
Sources: Williams, Waterman & Patterson 2009 (roofline); Pope et al. 2022, arXiv 2211.05102 (decoding: weights and KV cache read a step,
2 FLOPs a parameter and token).
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from ftbench.errors import InputError
from ftbench.spec.hardware import Profile

PLAIN, INT8, FOUR_BIT = ("fp32", "fp16", "bf16"), ("int8", "int8-no-outlier"), ("nf4", "nf4-dq", "fp4")
DTYPE_BYTES = {"fp32": 4, "fp16": 2, "bf16": 2}
_PEAK_OF = {"fp32": "fp32_tflops_dense", "fp16": "fp16_tflops_dense", "bf16": "bf16_tflops_dense"}


@dataclass(frozen=True)
class Work:
    """One model in one variant, as plain numbers.

    `linear_parameters` are those of the layers that bitsandbytes quantizes; `lookup_parameters` those of an input embedding that is not the
    output layer too (a step reads a row of it a sequence, so its bytes and products do not count; 0 where the two are tied).
    `weight_bytes`: all weights on the device, as quantized. `attention_width`: query heads x head size.
    `compute_dtype` is fp32, fp16 or bf16: what is not quantized is held in it, and 4-bit weights are unpacked to it.
    """

    variant: str
    compute_dtype: str
    parameters: int
    linear_parameters: int
    lookup_parameters: int
    weight_bytes: int
    kv_bytes_per_token: int
    layers: int
    attention_width: int

    def __post_init__(self) -> None:
        if self.variant not in (*PLAIN, *INT8, *FOUR_BIT):
            raise InputError(f"unknown variant {self.variant!r}. Known are: {', '.join((*PLAIN, *INT8, *FOUR_BIT))}.")
        if self.compute_dtype not in DTYPE_BYTES:
            raise InputError(f"unknown compute dtype {self.compute_dtype!r}. Known are: {', '.join(DTYPE_BYTES)}.")

    @property
    def read_bytes(self) -> int:
        """Weights that one step reads."""
        return self.weight_bytes - self.lookup_parameters * DTYPE_BYTES[self.compute_dtype]


@dataclass(frozen=True)
class Peaks:
    """What one device can do at the most. `linear_flops_s` is the peak of the quantized layers' products, `flops_s` that of all others."""

    bandwidth_bytes_s: float
    flops_s: float
    linear_flops_s: float
    memory_bytes: int


class NoPeaks(NamedTuple):
    """A profile that says too little for a roofline, and what would mend it."""

    why: str


class Bound(NamedTuple):
    """Nothing can be faster than `seconds`, the larger of the two."""

    memory_s: float
    compute_s: float

    @property
    def seconds(self) -> float:
        """The memory and the arithmetic units work side by side, so the slower one counts, not the sum."""
        return max(self.memory_s, self.compute_s)

    @property
    def limited_by(self) -> Literal["memory", "compute"]:
        """Which of the two it is."""
        return "memory" if self.memory_s >= self.compute_s else "compute"


def peaks_of(profile: Profile, compute_dtype: str, variant: str) -> Peaks | NoPeaks:
    """The peaks that bound `variant` on one device of `profile`.

    4-bit variants compute in `compute_dtype`: their weights are unpacked first. Both int8 variants multiply their linear layers in int8:
    with the threshold of 6 (`int8`) the outlier columns come on top in fp16, which a lower bound may leave out. A dense peak that the
    profile lacks is never replaced by that of another type.
    """
    if profile.bandwidth_gb_s is None:
        return NoPeaks(_lacking(profile, "bandwidth_gb_s"))
    peak = getattr(profile, _PEAK_OF[compute_dtype])
    if peak is None:
        return NoPeaks(_lacking(profile, _PEAK_OF[compute_dtype]))
    linear = profile.int8_tops_dense if variant in INT8 else peak
    if linear is None:
        return NoPeaks(_lacking(profile, "int8_tops_dense"))
    return Peaks(profile.bandwidth_gb_s * 1e9, peak * 1e12, linear * 1e12, int(profile.memory_gb * 1e9))


def decode_bound_s(work: Work, peaks: Peaks, batch: int, context_tokens: float) -> Bound:
    """One step that gives each of `batch` sequences one token, each looking back on `context_tokens` (their mean).

    Bytes: weights once, KV cache of every sequence. FLOPs: 2 a parameter and sequence; attention 4 x layers x width x context (scores and
    values, 2 each).
    """
    read = work.read_bytes + batch * context_tokens * work.kv_bytes_per_token
    rest = work.parameters - work.linear_parameters - work.lookup_parameters
    linear = 2 * work.linear_parameters * batch
    other = batch * (2 * rest + 4 * work.layers * work.attention_width * context_tokens)
    return Bound(read / peaks.bandwidth_bytes_s, linear / peaks.linear_flops_s + other / peaks.flops_s)


def prefill_bound_s(work: Work, peaks: Peaks, tokens: int) -> Bound:
    """One prompt of `tokens` from nothing to its first output token.

    Bytes: weights once, KV cache written. FLOPs: linear layers for every token, the output layer for the last one alone; attention is
    causal, so half of 4 x layers x width x tokens^2.
    """
    moved = work.read_bytes + tokens * work.kv_bytes_per_token
    rest = work.parameters - work.linear_parameters - work.lookup_parameters
    other = 2 * rest + 2 * work.layers * work.attention_width * tokens**2
    return Bound(moved / peaks.bandwidth_bytes_s, 2 * work.linear_parameters * tokens / peaks.linear_flops_s + other / peaks.flops_s)


def mbu(work: Work, peaks: Peaks, batch: int, context_tokens: float, step_s: float) -> float:
    """Share of the peak bandwidth that a measured step reached: (weight bytes read as quantized + KV bytes read) / time / peak.

    An input embedding of its own is not read and not counted, as in gpt-fast; who counts it gets about 7 % more for an 8B model.
    """
    return decode_bound_s(work, peaks, batch, context_tokens).memory_s / step_s


def mfu(work: Work, peaks: Peaks, batch: int, context_tokens: float, step_s: float) -> float:
    """Share of the dense peak that a measured step reached: FLOPs / time / peak, int8 layers against the int8 peak."""
    return decode_bound_s(work, peaks, batch, context_tokens).compute_s / step_s


def host_overhead_share(step_s: float, active_s: float) -> float:
    """Share of a step in which the device waits for its host: 1 - active/step, from a trace or from telemetry.

    Without telemetry put the bound's seconds for `active_s`: the device was active for at least so long, and the share is an upper limit.
    """
    return max(0.0, 1.0 - active_s / step_s)


def _lacking(profile: Profile, field: str) -> str:
    if profile.id == "local":
        return f"local: {field} is not measured yet. Run `ftbench doctor`, which measures and keeps it."
    return (
        f"{profile.id}: its profile names no {field}, so its speed cannot be modelled. Add the figure to a profile file, or measure on it."
    )
