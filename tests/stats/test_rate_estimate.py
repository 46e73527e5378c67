"""Searches against queues whose capacity is known: the number, and whether the interval holds it as often as it says."""

import numpy as np
import pytest

from ftbench.stats.rate_estimate import estimate
from ftbench.stats.rate_search import Bracket, Probe, Settings, Trial, search
from tests.stats.queues import long_run_capacity, measured, mm1_capacity


def found(measure, start: float, target: float = 0.99, seed: int = 1, **more):
    settings = Settings(start, start / 1000, start * 1000, target, seed=seed, **more)
    return estimate(*search(measure, settings), settings)


@pytest.mark.parametrize("start", [1.0, 30.0, 500.0])
@pytest.mark.parametrize("limit_s", [0.25, 0.4])
def test_eight_slots_with_constant_arrivals_and_service(start, limit_s):
    result = found(measured(limit_s, 20, servers=8, service_s=0.2, random="dd", n=299), start)
    assert result.rate == pytest.approx(8 / 0.2, rel=0.03) and result.confidence is None
    assert result.low <= result.highest_kept <= result.high and result.high / result.low < 1.03


@pytest.mark.parametrize(
    ("random", "servers", "limit_s", "target"),
    [("mm", 1, 20, 0.99), ("mm", 1, 10, 0.95), ("md", 1, 6, 0.99), ("md", 8, 2, 0.99), ("md", 8, 3, 0.95)],
)
def test_random_queues_are_found_within_five_per_cent_and_the_interval_says_how_sure_that_is(random, servers, limit_s, target):
    truth = mm1_capacity(limit_s, target) if random == "mm" else long_run_capacity(limit_s, target, servers)
    results = [
        found(measured(limit_s, 0, servers=servers, random=random, n=8000), truth * start, target, seed=10_000 * k + 1)
        for k, start in enumerate(np.geomspace(0.1, 10, 12))
    ]
    errors = np.array([np.log(result.rate / truth) for result in results])
    assert abs(np.median(errors)) < 0.02 and (np.abs(errors) < 0.05).sum() >= 11
    assert sum(result.low <= truth <= result.high for result in results) >= 9


def test_short_runs_give_a_wide_interval_and_no_bias():
    """The median of searches that believe each run lies 8 % high here: clumps of misses make most runs look better than the mean."""
    truth = mm1_capacity(20, 0.99)
    results = [found(measured(20, 0, random="mm", n=1000), truth, seed=10_000 * k + 1) for k in range(40)]
    errors = np.array([np.log(result.rate / truth) for result in results])
    assert abs(errors.mean()) < 0.03
    held = [(result.low or 0) <= truth <= (result.high or np.inf) for result in results]
    assert np.mean(held) >= 0.8
    assert np.median([np.log(result.high / result.low) / 2 for result in results if result.low and result.high]) > 0.06


def test_one_search_has_an_estimate_and_an_interval_too():
    result = found(measured(6, 0, n=4000), 0.5, searches=1)
    assert result.outcome == "found" and result.low < result.rate < result.high


def test_a_slow_server_is_not_called_fast_while_its_queue_still_fits_into_the_promise():
    """50 requests/s keep a limit of 10 s for as long as a run lasts, and its queue grows all the while."""

    def measure(rate, seed):
        return Trial(1000, 1000, saturated=rate > 40)

    result = found(measure, 10.0)
    assert result.outcome == "found" and 38 <= result.rate <= 40 and result.high <= 41.5


def test_where_no_rate_is_kept_there_is_no_number():
    result = found(lambda rate, seed: Trial(1000, 500), 1.0)
    assert (result.outcome, result.rate, result.low, result.highest_kept) == ("none", None, None, None)


def test_where_every_rate_is_kept_the_highest_is_a_lower_bound_only():
    result = found(lambda rate, seed: Trial(1000, 1000), 1.0)
    assert (result.outcome, result.rate, result.low, result.high) == ("at least", 1000.0, 1000.0, None)


def test_an_invalid_probe_leaves_no_estimate_but_what_was_kept_before_it():
    result = found(lambda rate, seed: Trial(1000, 1000, invalid=("late",) if rate > 10 else ()), 1.0)
    assert (result.outcome, result.rate, result.highest_kept) == ("invalid", None, 8.0)


def test_a_step_is_not_smoothed_by_the_regression():
    """A curve through 0 % and 60 % of misses crosses 1 % far below the rate that never missed."""
    shares = {36.0: 0.0, 39.0: 0.0, 40.0: 0.0, 41.0: 0.6, 44.0: 0.9}
    probes = [
        Probe(0, rate, (k,), (Trial(2400, round(2400 * (1 - miss))),), "kept" if miss < 0.01 else "not kept", True, "")
        for k, (rate, miss) in enumerate(shares.items())
    ]
    result = estimate([Bracket(40.0, 41.0)], probes, Settings(40, 1, 100, 0.99))
    assert (result.rate, result.low, result.high) == (40.0, 40.0, 41.0)
