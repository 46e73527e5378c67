"""The end of a step-time curve that no run saw, from the throughput of a saturated one."""

from types import SimpleNamespace

import numpy as np
import pytest

from ftbench.cost.simulator import Fit, StepTimes, simulate
from ftbench.gate.plan_fit import _to_the_end

PROMPT, OUTPUT, MAX_BATCH = 80, 12, 8
TRUE = StepTimes((1, 4, 8), (0.06, 0.09, 0.15), prefill_s_per_token=0.001, prefill_s_per_step=0.08)


def throughput(steps: StepTimes, replicas: int) -> float:
    """Of a fleet that is sent twice what it can answer, at random."""
    n, rng = 6000, np.random.default_rng(2)
    sent = np.cumsum(rng.exponential(1 / (12.0 * replicas), n))
    outputs = np.clip(rng.geometric(1 / OUTPUT, n), 1, None)
    done = np.sort(simulate(sent, np.full(n, PROMPT), outputs, steps, replicas=replicas, max_batch=MAX_BATCH).done_s)
    return (n // 2) / (done[3 * n // 4] - done[n // 4])


@pytest.mark.parametrize("replicas", [1, 2])
def test_a_full_batch_is_as_fast_as_the_saturated_run_says_and_prefill_is_not_counted_twice(replicas):
    answered = throughput(TRUE, replicas)
    seen = Fit(StepTimes((1, 4), (0.06, 0.09), 0.001, 0.0, 0.08), None, (1, 4), TRUE, [])
    full = SimpleNamespace(summary=SimpleNamespace(requests_per_s=answered, scale=10))
    ended = _to_the_end(seen, full, PROMPT, OUTPUT, replicas, MAX_BATCH)
    assert ended.steps.batch == (1, 4, 8) and ended.steps.seconds[-1] == pytest.approx(0.15, rel=0.06)
    assert throughput(ended.steps, replicas) == pytest.approx(answered, rel=0.04)
