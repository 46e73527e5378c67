"""Step times by batch from points of closed-loop runs, and the capacity that the simulator predicts from them alone."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from ftbench.compare.file import BatchPoint, Steps
from ftbench.cost.simulator import SimulatedCapacity, StepTimes, simulated_capacity
from ftbench.load.arrivals import bursts, constant, gamma, poisson
from ftbench.spec import Spec

REQUESTS, SEEDS = 3_000, 2  # enough for the first rate to try; what is reported was measured


class Seen(NamedTuple):
    """What users who ask again at once saw of one batch, means [s]. `prompt_tokens` of each request."""

    batch: int
    step_s: float
    ttft_s: float
    prompt_tokens: float


def curve(steps: Steps) -> StepTimes:
    """As the simulator takes it."""
    return StepTimes(tuple(steps.batch), tuple(steps.seconds), steps.prefill_s_per_token, steps.overhead_s, steps.prefill_s_per_step)


def seen_of(points: Iterable[BatchPoint], prompt_tokens: float) -> list[Seen]:
    """The points of a cell; those without a step or TTFT are left out."""
    return [
        Seen(p.batch, p.step.value, p.ttft.value, prompt_tokens) for p in points if p.step.value is not None and p.ttft.value is not None
    ]


def step_times(seen: Sequence[Seen]) -> StepTimes | None:
    """The curve through the points, with the cost of a prompt token and the overhead of a request from how TTFT grows with the batch.

    A rough one, for points alone: it takes all users of a closed loop to ask in step, so that the first token of `batch` of them takes
    overhead + step + prefill of all their prompts, a straight line over the prompt tokens that join together. From one point alone all of
    it is taken for prefill. None where there is no point. `closed_loops.fitted` looks at the requests
    themselves.
    """
    if not seen:
        return None
    points = sorted(seen)
    joined = np.array([p.batch * p.prompt_tokens for p in points])
    waited = np.array([max(0.0, p.ttft_s - p.step_s) for p in points])
    if len(points) == 1:
        slope, start = waited[0] / joined[0], 0.0
    else:
        # Relative errors count: a second more of a large batch must not decide about the milliseconds of a small one.
        slope, start = np.polyfit(joined, waited, 1, w=1 / np.maximum(waited, 1e-3))
    if slope < 0 or start < 0:
        slope, start = (0.0, float(waited.min())) if slope < 0 else (float(waited @ joined / (joined @ joined)), 0.0)
    return StepTimes(tuple(p.batch for p in points), tuple(p.step_s for p in points), float(slope), float(start))


def predicted_capacity(
    steps: StepTimes, spec: Spec, prompt_tokens: Sequence[float], output_tokens: Sequence[float], *, step_tokens: int | None = None
) -> SimulatedCapacity:
    """Capacity of the spec's replicas at its SLO under its own shape of arrivals. Traffic that changes by design (steps, a ramp, a trace)
    is taken as Poisson."""
    serving = spec.serving
    return simulated_capacity(
        steps,
        spec.slo,
        arrivals=_arrivals(spec),
        prompt_tokens=np.maximum(1, np.round(prompt_tokens)).astype(int),
        output_tokens=np.maximum(1, np.round(output_tokens)).astype(int),
        replicas=serving.replicas,
        max_batch=serving.max_concurrency,
        max_queue=serving.max_queue,
        max_batch_tokens=step_tokens,
        requests=REQUESTS,
        seeds=SEEDS,
        tolerance=0.02,
    )


def _arrivals(spec: Spec):
    load = spec.load
    match load.arrivals:
        case "constant":
            return lambda rate, duration, rng: constant(rate, duration)
        case "gamma":
            return lambda rate, duration, rng: gamma(rate, duration, rng, load.cv)
        case "bursts":
            form = {"period": load.bursts.period_s, "length": load.bursts.length_s, "factor": load.bursts.factor}
            return lambda rate, duration, rng: bursts(rate, duration, rng, **form)
        case _:
            return poisson
