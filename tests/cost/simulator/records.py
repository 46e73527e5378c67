"""Request records as `ftbench load` would write them, of a server whose step times are known."""

import numpy as np

from ftbench.cost.simulator import StepTimes
from tests.cost.simulator.step_by_step import step_by_step


def records(steps: StepTimes, rate: float, n: int, seed: int, *, noise_s: float, replicas: int = 1, gaps: bool = True, max_batch: int = 16):
    """Poisson arrivals, prompts of 20 to 200 and outputs of 1 to 80 tokens; each token is late by an exponential time of mean `noise_s`."""
    rng = np.random.default_rng(seed)
    sent, prompts, outputs = np.cumsum(rng.exponential(1 / rate, n)), rng.integers(20, 200, n), rng.integers(1, 80, n)
    stepped = step_by_step(
        sent.tolist(), prompts.tolist(), outputs.tolist(), steps, None, replicas=replicas, max_batch=max_batch, max_queue=None, budget=None
    )
    tokens = [np.maximum.accumulate(np.array(times) + rng.exponential(noise_s, len(times))) for times in stepped.tokens_s]
    last = np.array([times[-1] for times in tokens])
    return {
        "sent_s": sent + 100.0,  # the clock of a run does not begin with its first request
        "first_token_s": np.array([times[0] for times in tokens]) + 100.0,
        "last_token_s": last + 100.0,
        "done_s": last + 100.0 + 1e-4,
        "prompt_tokens": prompts,
        "output_tokens": outputs,
        "first_chunk_tokens": np.ones(n),
        "status": np.full(n, "ok", dtype=object),
        "phase": np.where(sent < 5, "warmup", "measured").astype(object),
        "gaps_s": [np.diff(times) if gaps else None for times in tokens],
    }
