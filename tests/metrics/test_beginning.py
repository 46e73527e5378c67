"""What is left of a warm-up in the window shows at its beginning, and a busy queue is not one."""

import numpy as np
import pytest

from ftbench.metrics.beginning import begins_as_it_goes_on
from tests.metrics.queues import poisson, served

RUNS = 60


def slow_at_first(share: float, factor: float, seed: int, n: int = 600) -> bool:
    took = 0.2 * np.random.default_rng(seed).lognormal(0, 0.4, n)
    took[: int(share * n)] *= factor
    return begins_as_it_goes_on(np.arange(n) / 10, took)


@pytest.mark.parametrize("share", [0.05, 0.1, 0.2])
@pytest.mark.parametrize("factor", [0.5, 2.0, 4.0])
def test_a_window_that_still_holds_warm_up_is_found(share, factor):
    assert sum(not slow_at_first(share, factor, seed) for seed in range(RUNS)) >= 0.8 * RUNS


def test_requests_that_are_all_alike_but_for_chance_are_let_through():
    assert sum(slow_at_first(0.1, 1.0, seed) for seed in range(RUNS)) >= 0.95 * RUNS


@pytest.mark.parametrize("utilisation", [0.5, 0.8])
def test_a_queue_that_has_long_been_steady_is_let_through(utilisation):
    kept = 0
    for seed in range(RUNS):
        rng = np.random.default_rng(seed)
        at = poisson(10.0, 120.0, rng)
        took = served(at, rng.exponential(utilisation / 10.0, len(at))) - at
        kept += begins_as_it_goes_on(at[at >= 60], took[at >= 60])
    assert kept >= 0.88 * RUNS


def test_order_does_not_matter_and_too_few_say_nothing():
    rng = np.random.default_rng(1)
    at, took = np.arange(200.0), np.where(np.arange(200) < 20, 3.0, 1.0) + rng.normal(0, 0.01, 200)
    mixed = rng.permutation(200)
    assert not begins_as_it_goes_on(at, took) and not begins_as_it_goes_on(at[mixed], took[mixed])
    assert not begins_as_it_goes_on(at[:99], np.ones(99)) and begins_as_it_goes_on(at[:100], np.ones(100))
