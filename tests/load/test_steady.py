"""A warm-up is found where there is one, none where there is none, and never where nothing ever became steady."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.load.steady import mser5, steady_from


def test_a_step_is_cut_where_it_is():
    rng = np.random.default_rng(1)
    series = np.concatenate([np.full(100, 9.0), np.full(400, 1.0)]) + rng.normal(0, 0.2, 500)
    assert mser5(series) == 100


def test_the_statistic_is_the_one_of_the_paper():
    """Against its definition, computed term by term."""
    series = np.random.default_rng(2).exponential(1.0, 203) + 20 * np.exp(-np.arange(203) / 10)
    means = [series[k : k + 5].mean() for k in range(0, 200, 5)]
    definition = [((means[d:] - np.mean(means[d:])) ** 2).sum() / (40 - d) ** 2 for d in range(35)]
    assert mser5(series) == 5 * int(np.argmin(definition)) > 0


@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3, 1e6])
def test_a_series_without_spread_has_no_warm_up(value):
    assert mser5(np.full(500, value)) == 0


def test_noise_about_a_mean_loses_little_at_its_beginning():
    cut = [mser5(np.random.default_rng(seed).normal(1, 0.1, 1000)) for seed in range(100)]
    found = [skip for skip in cut if skip is not None]
    assert len(found) >= 90 and np.median(found) <= 100


def test_too_few_values_have_no_answer():
    assert mser5(np.ones(99)) is None and mser5(np.ones(100)) == 0 and mser5(np.array([])) is None


def test_a_growing_queue_never_becomes_steady():
    rng = np.random.default_rng(3)
    growing = np.linspace(0, 10, 1000) + rng.normal(0, 0.1, 1000)
    assert mser5(growing) is None


def sojourns(rng: np.random.Generator, n: int, rho: float, backlog: float) -> np.ndarray:
    """Times in an M/M/1 system with service rate 1 that begins with `backlog` of work, by Lindley's recursion."""
    gaps, services = rng.exponential(1 / rho, n), rng.exponential(1.0, n)
    waits = np.empty(n)
    wait = backlog
    for k in range(n):
        waits[k] = wait
        wait = max(0.0, wait + services[k] - gaps[k])
    return waits + services


def test_the_mean_of_a_queue_that_began_full_comes_near_the_one_of_theory():
    """M/M/1 at utilisation 0.5: mean time in the system 1 / (1 - 0.5) = 2 services, in the long run."""
    runs = [sojourns(np.random.default_rng(seed), 2000, 0.5, backlog=100.0) for seed in range(40)]
    cut = [run[mser5(run) :].mean() for run in runs]
    assert np.mean(cut) == pytest.approx(2.0, rel=0.1)
    assert np.mean([run.mean() for run in runs]) > 4  # what a run without a warm-up would have said


def test_a_queue_that_began_empty_keeps_its_mean():
    runs = [sojourns(np.random.default_rng(seed), 2000, 0.5, backlog=0.0) for seed in range(40)]
    skips = [mser5(run) for run in runs]
    cut = [run[skip:].mean() for run, skip in zip(runs, skips, strict=True) if skip is not None]
    assert len(cut) >= 35 and np.mean(cut) == pytest.approx(2.0, rel=0.1)


def test_requests_that_ended_in_another_order_are_put_in_the_order_of_their_due_times():
    times = np.arange(500) / 10
    values = np.where(times < 10, 3.0, 1.0) + np.random.default_rng(4).normal(0, 0.1, 500)
    mixed = np.random.default_rng(5).permutation(500)
    assert steady_from(times[mixed], values[mixed]) == 10.0


def test_failures_have_no_latency_and_do_not_hide_the_steady_part():
    times = np.arange(500) / 10
    values = np.where(times < 10, 3.0, 1.0) + np.random.default_rng(4).normal(0, 0.1, 500)
    values[::7] = np.nan
    assert steady_from(times, values) == pytest.approx(10.0, abs=0.6)


@given(st.lists(st.floats(0, 1e6), max_size=300))
def test_what_is_cut_is_whole_batches_of_at_most_half(values):
    skip = mser5(np.array(values))
    assert skip is None or (skip % 5 == 0 and skip <= len(values) / 2)
