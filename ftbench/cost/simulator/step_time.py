"""What one decoding step takes, as the number of sequences in it grows."""

from dataclasses import dataclass
from math import isfinite

from ftbench.errors import InputError


@dataclass(frozen=True)
class StepTimes:
    """How long one decoding step takes: piecewise linear in the number of sequences decoded together, plus a cost per prompt token that is
    prefilled in that step, plus `prefill_s_per_step` where it prefills anything; and `overhead_s` that a request spends outside the batch
    (network, HTTP, tokenizer) before its first token.

    A step that prefills costs more than its tokens: 4-bit and 8-bit weights are unpacked for many rows at once, kernels that are quick for
    one row are left, graphs are not replayed.

    Below the first point the first value holds, beyond the last point the last slope, but never a falling one: a step does not get cheaper
    than any that was measured because more sequences are in it.

    Args:
        batch: numbers of sequences, ascending, >= 1. seconds: of a step, > 0, as many.
        prefill_s_per_token, overhead_s, prefill_s_per_step: >= 0 [s].
    Raises:
        InputError: one of these does not hold.
    """

    batch: tuple[int, ...]
    seconds: tuple[float, ...]
    prefill_s_per_token: float = 0.0
    overhead_s: float = 0.0
    prefill_s_per_step: float = 0.0

    def __post_init__(self) -> None:
        if not self.batch or len(self.batch) != len(self.seconds):
            raise InputError(
                f"A step-time curve has {len(self.batch)} batch sizes and {len(self.seconds)} times; give as many of each, one at least."
            )
        if self.batch[0] < 1 or any(b >= c for b, c in zip(self.batch, self.batch[1:], strict=False)):
            raise InputError(f"The batch sizes of a step-time curve are {list(self.batch)}; they must ascend and start at 1 or above.")
        if not all(isfinite(s) and s > 0 for s in self.seconds):
            raise InputError(f"The step times are {list(self.seconds)}; each must be a number of seconds above 0.")
        for name in ("prefill_s_per_token", "overhead_s", "prefill_s_per_step"):
            if not (isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise InputError(f"{name} of a step-time curve is {getattr(self, name)}; it must be 0 or more seconds.")

    def at(self, batch: int) -> float:
        """Time of a step with `batch` sequences and no prefill [s]."""
        sizes, times = self.batch, self.seconds
        if batch <= sizes[0]:
            return times[0]
        if batch >= sizes[-1]:
            slope = 0.0 if len(sizes) == 1 else max(0.0, (times[-1] - times[-2]) / (sizes[-1] - sizes[-2]))
            return times[-1] + slope * (batch - sizes[-1])
        k = next(k for k, size in enumerate(sizes) if size >= batch)
        share = (batch - sizes[k - 1]) / (sizes[k] - sizes[k - 1])
        return times[k - 1] + share * (times[k] - times[k - 1])

    def table(self, largest: int) -> list[float]:
        """`at` of 0 to `largest` sequences, so that a loop need not interpolate; entry 0 is that of 1."""
        return [self.at(batch) for batch in range(largest + 1)]

    def scaled(self, factor: float) -> "StepTimes":
        """Every time multiplied by `factor` > 0: a device that is as much slower in all it does."""
        times = (factor * t for t in (self.prefill_s_per_token, self.overhead_s, self.prefill_s_per_step))
        return StepTimes(self.batch, tuple(factor * s for s in self.seconds), *times)
