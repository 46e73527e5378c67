"""The test of a schedule is a test of numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.load.arrivals import ARRIVALS, constant, poisson, share


def rng(seed: int = 7) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_poisson_gaps_are_exponential_and_not_normal_or_even():
    gaps = np.diff(poisson(50.0, 400.0, rng()))
    assert gaps.mean() == pytest.approx(1 / 50, rel=0.02)
    assert gaps.std() / gaps.mean() == pytest.approx(1.0, abs=0.03)  # the exponential's coefficient of variation
    assert np.corrcoef(gaps[:-1], gaps[1:])[0, 1] == pytest.approx(0.0, abs=0.03)


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_shares_put_together_are_one_poisson_process_and_not_an_overdispersed_one(workers):
    times = poisson(40.0, 500.0, rng())
    together = np.sort(np.concatenate([share(times, k, workers) for k in range(workers)]))
    assert (together == times).all()
    counts = np.bincount(together.astype(int), minlength=500)
    assert counts.var(ddof=1) / counts.mean() == pytest.approx(1.0, abs=0.2)  # a schedule per worker from one seed gives `workers`


def test_constant_arrivals_have_no_jitter_and_none_is_lost_at_the_edge():
    assert constant(4.0, 1.0).tolist() == [0.0, 0.25, 0.5, 0.75]
    assert len(constant(10.0, 3.0)) == 30
    assert len(constant(3.0, 1.1)) == 4


def test_same_seed_same_schedule_and_another_seed_another():
    assert (poisson(5.0, 20.0, rng(1)) == poisson(5.0, 20.0, rng(1))).all()
    assert poisson(5.0, 20.0, rng(1))[0] != poisson(5.0, 20.0, rng(2))[0]


@given(st.sampled_from(sorted(ARRIVALS)), st.floats(0.05, 300), st.floats(0.01, 30), st.integers(0, 2**32))
def test_every_schedule_ascends_within_its_duration_and_a_longer_one_begins_alike(kind, rate, duration, seed):
    times = ARRIVALS[kind](rate, duration, rng(seed))
    assert (np.diff(times) >= 0).all() and (times >= 0).all() and (times < duration).all()
    longer = ARRIVALS[kind](rate, duration * 1.5, rng(seed))
    assert np.allclose(longer[: len(times)], times)
