"""The test of a schedule is a test of numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ftbench.load.arrivals import bursts, constant, expected_in_bursts, gamma, poisson, ramp, share, steps

BURSTS = {"period": 10.0, "length": 2.0, "factor": 6.0}  # a mean of 20/s is calm at 10/s and rushes at 60/s
STATIONARY = {
    "poisson": poisson,
    "constant": constant,
    "gamma, clumped": lambda *ask: gamma(*ask, 2.5),
    "gamma, even": lambda *ask: gamma(*ask, 0.4),
}


def rng(seed: int = 7) -> np.random.Generator:
    return np.random.default_rng(seed)


def dispersion(times: np.ndarray, duration: int, width: int = 1) -> float:
    """Variance over mean of the counts in windows of `width` s: 1 for Poisson, cv² in long windows for independent gaps."""
    counts = np.bincount((times / width).astype(int), minlength=duration // width)
    return counts.var(ddof=1) / counts.mean()


def put_together(times: np.ndarray, workers: int) -> np.ndarray:
    return np.sort(np.concatenate([share(times, k, workers) for k in range(workers)]))


def test_poisson_gaps_are_exponential_and_not_normal_or_even():
    gaps = np.diff(poisson(50.0, 400.0, rng()))
    assert stats.kstest(gaps, "expon", args=(0, 1 / 50)).pvalue > 0.01
    assert np.corrcoef(gaps[:-1], gaps[1:])[0, 1] == pytest.approx(0.0, abs=0.03)


@pytest.mark.parametrize("cv", [0.3, 1.0, 2.0, 4.0])
def test_gamma_gaps_have_the_cv_that_was_asked_for_and_not_its_square_or_inverse(cv):
    gaps = np.diff(gamma(50.0, 800.0, rng(), cv))
    assert gaps.mean() == pytest.approx(1 / 50, rel=0.03 * max(cv, 1))
    assert gaps.std() / gaps.mean() == pytest.approx(cv, rel=0.06)
    # the differences of sums near 800 s are exact to 1e-13 s only, and gaps of cv 4 are often smaller
    assert stats.kstest(gaps[gaps > 1e-9], _above(1e-9, stats.gamma(cv**-2, scale=cv**2 / 50))).pvalue > 0.01
    assert np.corrcoef(gaps[:-1], gaps[1:])[0, 1] == pytest.approx(0.0, abs=0.04)


def _above(least, law):
    return lambda x: (law.cdf(x) - law.cdf(least)) / law.sf(least)


def test_gamma_with_cv_1_is_poisson():
    assert stats.kstest(np.diff(gamma(50.0, 400.0, rng(), 1.0)), "expon", args=(0, 1 / 50)).pvalue > 0.01
    assert dispersion(gamma(40.0, 500.0, rng(), 1.0), 500) == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize("cv", [0.2, 3.0])
def test_short_gamma_schedule_holds_its_rate_at_the_mean_and_not_a_first_clump_too_many(cv):
    """A schedule that begins with an arrival holds 20 + (cv² - 1)/2 of them: 24 for cv 3."""
    generator = rng(1)
    counts = [len(gamma(10.0, 2.0, generator, cv)) for _ in range(4000)]
    assert np.mean(counts) == pytest.approx(20, abs=4 * np.std(counts) / 4000**0.5)
    assert 4 * np.std(counts) / 4000**0.5 < 0.9


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("cv", [0.5, 1.0, 2.0])
def test_what_all_workers_send_together_has_the_cv_asked_for_whatever_their_number(cv, workers):
    together = put_together(gamma(40.0, 3000.0, rng(3), cv), workers)
    gaps = np.diff(together)
    assert gaps.std() / gaps.mean() == pytest.approx(cv, rel=0.03)
    assert dispersion(together, 3000, width=5) == pytest.approx(cv**2, rel=0.2)  # one seed for all: `workers` times it
    assert len(together) / 3000 == pytest.approx(40.0, rel=0.02)


@pytest.mark.parametrize("workers", [1, 2, 4, 7])
def test_shares_put_together_are_one_poisson_process_and_not_an_overdispersed_one(workers):
    times = poisson(40.0, 500.0, rng())
    together = put_together(times, workers)
    assert (together == times).all()
    assert dispersion(together, 500) == pytest.approx(1.0, abs=0.2)


def test_constant_arrivals_have_no_jitter_and_none_is_lost_at_the_edge():
    assert constant(4.0, 1.0).tolist() == [0.0, 0.25, 0.5, 0.75]
    assert len(constant(10.0, 3.0)) == 30
    assert len(constant(3.0, 1.1)) == 4


def test_each_step_is_a_poisson_process_of_its_own_rate():
    durations, rates = [100.0, 50.0, 200.0], [20.0, 0.0, 60.0]
    times = steps(durations, rates, rng())
    counts = np.histogram(times, [0, 100, 150, 350])[0]
    assert counts[1] == 0
    assert (abs(counts - [2000, 0, 12000]) <= 3.5 * np.sqrt([2000, 0, 12000])).all()
    for begin, end, rate in ((0, 100, 20), (150, 350, 60)):
        inside = times[(times >= begin) & (times < end)]
        assert stats.kstest(np.diff(inside), "expon", args=(0, 1 / rate)).pvalue > 0.01
        assert dispersion(inside - begin, end - begin) == pytest.approx(1.0, abs=0.4)


def test_step_counts_vary_as_those_of_poisson_and_are_not_fixed():
    generator = rng(2)
    counts = np.array([np.histogram(steps([5.0, 5.0], [4.0, 12.0], generator), [0, 5, 10])[0] for _ in range(3000)])
    assert counts.mean(axis=0) == pytest.approx([20, 60], rel=0.02)
    assert counts.var(axis=0) == pytest.approx([20, 60], rel=0.1)
    assert np.corrcoef(counts.T)[0, 1] == pytest.approx(0.0, abs=0.06)


@pytest.mark.parametrize(("start", "end"), [(0.0, 100.0), (100.0, 0.0), (20.0, 80.0), (50.0, 50.0), (50.0, 50.0 + 1e-9)])
def test_ramp_is_linear_in_its_rate_and_not_in_its_gaps(start, end):
    """Given their number, the arrivals are independent draws from the density rate(t) / Λ(T)."""
    times = ramp(start, end, 200.0, rng())
    assert len(times) == pytest.approx((start + end) / 2 * 200, abs=3.5 * ((start + end) / 2 * 200) ** 0.5)

    def law(t):
        return (start * t + (end - start) * t**2 / 400) / ((start + end) / 2 * 200)

    assert stats.kstest(times, law).pvalue > 0.01
    assert (np.diff(times) >= 0).all()


def test_bursts_are_factor_times_as_dense_for_their_length_and_keep_the_mean():
    times = bursts(20.0, 1000.0, rng(), **BURSTS)
    rush = times % 10 >= 8
    assert rush.sum() / 200 == pytest.approx(60, rel=0.03)
    assert (~rush).sum() / 800 == pytest.approx(10, rel=0.04)
    assert len(times) / 1000 == pytest.approx(20, rel=0.03)
    assert dispersion(times, 1000) > 10  # far from Poisson over the periods


def test_expected_number_in_bursts_counts_a_period_that_was_cut():
    assert [expected_in_bursts(20.0, until, **BURSTS) for until in (0, 4, 8, 9, 10, 34)] == pytest.approx([0, 40, 80, 140, 200, 640])


def test_same_seed_same_schedule_and_another_seed_another():
    for draw in (
        lambda r: poisson(5.0, 20.0, r),
        lambda r: gamma(5.0, 20.0, r, 2.0),
        lambda r: steps([10, 10], [3, 7], r),
        lambda r: ramp(1.0, 9.0, 20.0, r),
        lambda r: bursts(5.0, 20.0, r, **BURSTS),
    ):
        assert (draw(rng(1)) == draw(rng(1))).all()
        assert draw(rng(1))[0] != draw(rng(2))[0]


@given(st.sampled_from(sorted(STATIONARY)), st.floats(0.05, 300), st.floats(0.01, 30), st.integers(0, 2**32))
def test_every_schedule_ascends_within_its_duration_and_a_longer_one_begins_alike(kind, rate, duration, seed):
    times = STATIONARY[kind](rate, duration, rng(seed))
    assert (np.diff(times) >= 0).all() and (times >= 0).all() and (times < duration).all()
    longer = STATIONARY[kind](rate, duration * 1.5, rng(seed))
    assert np.allclose(longer[: len(times)], times)


@given(
    st.lists(st.tuples(st.floats(0.001, 20), st.floats(0, 100)), min_size=1, max_size=5),
    st.floats(0, 100),
    st.floats(0, 100),
    st.floats(0.1, 40),
    st.floats(0.05, 0.95),
    st.integers(0, 2**32),
)
def test_changing_rates_ascend_within_their_duration(parts, start, end, duration, share_of_period, seed):
    durations, rates = zip(*parts, strict=True)
    form = {"period": 7.0, "length": 7.0 * share_of_period, "factor": 5.0}
    for times, until in (
        (steps(durations, rates, rng(seed)), sum(durations)),
        (ramp(start, end, duration, rng(seed)), duration),
        (bursts(start + 0.1, duration, rng(seed), **form), duration),
    ):
        assert (np.diff(times) >= 0).all() and (times >= 0).all() and (times < until * (1 + 1e-12)).all()
