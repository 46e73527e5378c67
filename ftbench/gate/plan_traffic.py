"""The declared traffic as numbers for the simulator: arrivals at any rate, and lengths as they were measured."""

from collections.abc import Callable
from math import ceil

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ftbench.load.arrivals import Trace
from ftbench.load.plan import LoadPlan, make_plan, schedule
from ftbench.load.trace import read_trace
from ftbench.load.workload import PLACEHOLDER
from ftbench.metrics.latency import column
from ftbench.spec import Spec

RUSHES = 3
ArrivalsAt = Callable[[float, float, np.random.Generator], np.ndarray]
"""(rate [1/s], duration [s], generator) -> arrival times [s], ascending, in [0, duration)."""


def arrivals_of(spec: Spec, *, copies: int = 1) -> ArrivalsAt:
    """Traffic of the spec's shape at any mean rate.

    A trace is compressed to the rate, and begins again where it is over before `duration`.

    Args:
        copies: where bursts grow with the volume, requests come in groups of this many: the shape of one replica's traffic, so that as many
            replicas smooth nothing.
    Raises:
        InputError: the trace cannot be read.
    """
    trace = read_trace(spec.path(spec.load.trace)) if spec.load.trace is not None else None
    plan = None if trace is not None else _plan(spec)

    def at(rate: float, duration_s: float, rng: np.random.Generator) -> np.ndarray:
        each = rate / copies
        times = _again(trace, each, duration_s) if trace is not None else _drawn(plan, each, duration_s, rng)
        return np.repeat(times, copies)

    return at


def whole_shape(spec: Spec, rate: float) -> int:
    """Requests at a mean of `rate` [1/s] until the traffic has shown its whole shape: three rushes, all steps, the ramp, the trace.

    Less would leave the rush out, or make ten minutes of it into seconds. 0 where every moment is like any other.
    """
    match spec.load.arrivals:
        case "bursts":
            return ceil(RUSHES * spec.load.bursts.period_s * rate)
        case "steps" | "ramp":
            return ceil(spec.load.duration_s * rate)
        case "replay":
            return len(read_trace(spec.path(spec.load.trace)).times_s)
    return 0


def arrival_cv(spec: Spec) -> float | None:
    """Coefficient of variation of the gaps between arrivals; None where the rate changes by design, so that one figure says little."""
    match spec.load.arrivals:
        case "poisson":
            return 1.0
        case "constant":
            return 0.0
        case "gamma":
            return spec.load.cv
        case "replay":
            gaps = np.diff(read_trace(spec.path(spec.load.trace)).times_s)
            return float(gaps.std() / gaps.mean()) if gaps.mean() > 0 else None
    return None


def lengths_of(records: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """(prompt tokens, output tokens) of the answered requests, each shape (n,); row k of both is one request, as the two go together."""
    ok = records.filter(pc.equal(records["status"], "ok"))
    prompts, outputs = column(ok, "prompt_tokens"), column(ok, "output_tokens")
    known = ~np.isnan(outputs) & (outputs >= 1)
    return np.nan_to_num(prompts[known]).astype(np.int64), outputs[known].astype(np.int64)


def _plan(spec: Spec) -> LoadPlan:
    fields = spec.load.model_dump(include={"arrivals", "rate", "cv", "steps", "ramp", "bursts", "duration_s"})
    return make_plan(url="http://simulated/v1", model="simulated", prompts=PLACEHOLDER, **fields)


def _drawn(plan: LoadPlan, rate: float, duration_s: float, rng: np.random.Generator) -> np.ndarray:
    seed = int(rng.integers(2**31))
    return schedule(plan.model_copy(update={"rate": rate, "duration_s": duration_s, "seed": seed})).times


def _again(trace: Trace, rate: float, duration_s: float) -> np.ndarray:
    times = np.asarray(trace.times_s) * (trace.rate / rate)
    length_s = trace.length_s * (trace.rate / rate)
    turns = max(1, int(np.ceil(duration_s / length_s)))
    whole = (times[None, :] + length_s * np.arange(turns)[:, None]).ravel()
    return whole[whole < duration_s]
