"""Traffic that has happened: the requests of a trace, when they came."""

from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

Tokens = Annotated[int, Field(ge=1)]


class Trace(BaseModel):
    """One request each: `times_s` ascending from 0 [s], at least two and not all at one instant; lengths in tokens where it has them.

    ftbench.load.trace reads one from a file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    times_s: list[float] = Field(min_length=2)
    prompt_tokens: list[Tokens] | None = None
    output_tokens: list[Tokens] | None = None

    @property
    def length_s(self) -> float:
        """Its time: from the first request to one mean gap after the last. n requests have only n - 1 gaps between them."""
        n = len(self.times_s)
        return self.times_s[-1] / (n - 1) * n

    @property
    def rate(self) -> float:
        """Requests per second at the mean."""
        return len(self.times_s) / self.length_s


def replay(trace: Trace, scale: float) -> np.ndarray:
    """Arrival times [s], shape (n,), ascending from 0: the trace's own, each divided by `scale`.

    Time is compressed: at scale 10 every gap is a tenth, so the rate is tenfold, the pattern the same, and an hour takes 6 minutes.
    Nothing is drawn, so no seed has a part in it.
    """
    return np.asarray(trace.times_s) / scale
