import numpy as np
import pytest
from scipy.optimize import brentq

from ftbench.cost.simulator import StepTimes, outcome_of, saturation_rate, simulate, simulated_capacity
from ftbench.errors import InputError
from ftbench.load.arrivals import constant, gamma, poisson
from ftbench.spec.load import Slo

STEPS = StepTimes((1, 64), (0.02, 0.04), 4e-5, 0.01)


def capacity(slo, **changes):
    given = dict(arrivals=poisson, prompt_tokens=[200], output_tokens=[20, 60], max_batch=16, requests=4000, tolerance=0.01)
    return simulated_capacity(given.pop("steps", None) or changes.pop("steps", STEPS), slo, **(given | changes))


def test_capacity_of_m_m_1_is_that_of_the_closed_form():
    """P(response > t) = exp(-(μ - λ) t): with μ = 1 and t = 20, 99 % are within it up to λ = 1 - ln(100)/20 = 0.770."""
    outputs = np.random.default_rng(1).geometric(1e-3, 50_000)
    found = capacity(
        Slo(e2e_s=20.0), steps=StepTimes((1,), (1e-3,)), output_tokens=outputs, prompt_tokens=[0], max_batch=1, requests=40_000
    )
    assert found.rate == pytest.approx(1 - np.log(100) / 20, rel=0.03)
    assert found.low <= found.rate <= found.high
    assert found.saturation_rate == pytest.approx(1.0, rel=0.02)


def test_capacity_of_m_d_1_at_a_half_is_that_of_erlangs_series():
    """P(wait <= t) of M/D/1 with service 1: (1 - λ) Σ_{k=0..⌊t⌋} (λ(k - t))^k / k! · exp(-λ(k - t)); Erlang 1909. Here t = 3, 90 %."""
    from math import exp, factorial

    def within(rate, t=3.0):
        return (1 - rate) * sum((rate * (k - t)) ** k / factorial(k) * exp(-rate * (k - t)) for k in range(int(t) + 1))

    exact = brentq(lambda rate: within(rate) - 0.9, 0.3, 0.99)
    steps = StepTimes((1,), (1e-3,))
    found = capacity(
        Slo(ttft_s=3.0 + 1e-3, attainment=0.9), steps=steps, output_tokens=[1000], prompt_tokens=[0], max_batch=1, requests=40_000
    )
    assert found.rate == pytest.approx(exact, rel=0.02)


def test_saturation_counts_as_few_steps_that_prefill_as_there_can_be():
    """Eight join in one step and leave together after four: 4 x 0.1 s and once 0.4 s for 8 requests, 10 a second; no rate may be above."""
    steps = StepTimes((8,), (0.1,), prefill_s_per_step=0.4)
    assert saturation_rate(steps, 50, 4, max_batch=8) == pytest.approx(10.0)
    done = simulate(np.zeros(800), np.full(800, 50), np.full(800, 4), steps, max_batch=8).done_s
    assert 800 / done.max() == pytest.approx(10.0)


def test_a_request_that_is_alone_pays_for_its_step_of_prefill():
    steps = StepTimes((1,), (0.1,), prefill_s_per_step=0.4)
    assert capacity(Slo(ttft_s=0.45), steps=steps).rate == 0
    # One in a hundred waits more than 0.05 s for the next step: 0.45 s of the first step of a request, half of each of its 39 others.
    assert capacity(Slo(ttft_s=0.55), steps=steps).rate == pytest.approx(0.01 / (0.45 + 39 * 0.05), rel=0.2)


def test_saturation_is_the_throughput_of_a_replica_that_is_never_idle():
    n = 20_000
    rng = np.random.default_rng(2)
    prompts, outputs = rng.integers(0, 400, n), rng.integers(1, 80, n)
    for fleet in (dict(max_batch=16), dict(max_batch=16, replicas=3), dict(max_batch=16, max_batch_tokens=64)):
        found = simulate(np.zeros(n), prompts, outputs, STEPS, **fleet)
        limit = saturation_rate(STEPS, prompts.mean(), outputs.mean(), **fleet)
        reached = n / found.done_s.max()
        assert reached <= 1.01 * limit
        assert reached == pytest.approx(limit, rel=0.4 if "max_batch_tokens" in fleet else 0.01)


def test_a_generous_slo_does_not_turn_a_growing_queue_into_capacity():
    """With a limit of a day every request of a finite run is good at any rate."""
    found = capacity(Slo(e2e_s=86_400.0))
    assert found.saturation_rate * 0.97 < found.rate < found.saturation_rate


def test_an_slo_that_a_request_alone_misses_is_no_capacity_at_any_rate():
    assert capacity(Slo(ttft_s=0.01)).rate == 0.0
    assert capacity(Slo(tpot_s=0.015)).rates == (0.0, 0.0, 0.0)


def test_bursts_cost_capacity_and_pooling_gives_some_of_it_back():
    slo = Slo(ttft_s=0.5)
    per_replica = {
        (cv, replicas): capacity(slo, arrivals=lambda r, d, g, cv=cv: gamma(r, d, g, cv=cv), replicas=replicas).rate / replicas
        for cv in (1, 3)
        for replicas in (1, 4)
    }
    assert per_replica[3, 1] < 0.8 * per_replica[1, 1]
    assert per_replica[3, 1] < per_replica[3, 4]
    assert per_replica[3, 4] / per_replica[1, 4] > per_replica[3, 1] / per_replica[1, 1]


def test_the_rate_found_is_kept_and_a_little_more_is_not():
    slo, outputs = Slo(ttft_s=0.3), np.full(1, 40)
    found = capacity(slo, output_tokens=outputs, seeds=1)
    shares = []
    for rate in (found.rate, found.rate * 1.02):
        times = poisson(rate, 4000 / rate, np.random.default_rng([0, 0]))
        ttft = outcome_of(simulate(times, np.full(len(times), 200), np.full(len(times), 40), STEPS), times, np.full(len(times), 40)).ttft_s
        shares.append((ttft[len(ttft) // 10 :] <= 0.3).mean())
    assert shares[0] >= 0.99 > shares[1]


def test_a_short_queue_rejects_what_a_long_one_would_serve_in_time():
    slo = Slo(ttft_s=5.0)
    assert capacity(slo, max_queue=0).rate < 0.9 * capacity(slo).rate


def test_even_arrivals_hold_more_than_random_ones():
    slo = Slo(ttft_s=0.2)
    assert capacity(slo, arrivals=constant).rate > capacity(slo).rate


def test_pairs_of_lengths_stay_pairs():
    """Long prompts with short outputs and the other way round: drawn apart, some requests would have both long and miss the limit."""
    slo = Slo(e2e_s=1.9)  # alone: 2000 + 1 token 0.11 s, 0 + 80 tokens 1.61 s
    together = capacity(slo, prompt_tokens=[2000, 0], output_tokens=[1, 80], max_batch=2)
    apart = capacity(slo, prompt_tokens=[2000, 0, 0], output_tokens=[1, 80], max_batch=2)
    assert together.rate > apart.rate


@pytest.mark.parametrize(
    ("slo", "changes", "says"),
    [
        (Slo(), {}, "no limit"),
        (Slo(ttft_s=1), dict(output_tokens=[]), "length to draw from"),
        (Slo(ttft_s=1), dict(seeds=0), "seeds"),
        (Slo(ttft_s=1), dict(tolerance=0), "tolerance"),
    ],
)
def test_a_search_without_a_meaning_is_refused(slo, changes, says):
    with pytest.raises(InputError, match=says):
        capacity(slo, **changes)
