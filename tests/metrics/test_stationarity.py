"""A queue that grows is found, and nothing else is: queues whose answer is known, at the rates that the docstring of `judge` publishes."""

import numpy as np
import pytest

from ftbench.metrics.stationarity import Flow, judge
from tests.metrics.queues import Run, changing, gamma, poisson, served, shared
from tests.metrics.records import an_info


def judged(run: Run, begin: float = 5.0, end: float = 60.0, refused=None, timed_out=None, **info):
    arrivals, departures = run
    no = np.zeros(len(arrivals), bool)
    flow = Flow(arrivals, arrivals, departures, no if refused is None else refused, no if timed_out is None else timed_out)
    return judge(flow, an_info(warmup_s=begin, measured_s=end - begin, **{"arrivals": "poisson", "timeout_s": 600, **info}))


def m_d_1(load: float, seed: int, rate: float = 5.0, seconds: float = 60.0, **how) -> Run:
    arrivals = poisson(rate, seconds, np.random.default_rng(seed))
    servers = how.get("servers", 1)
    return arrivals, served(arrivals, np.full(len(arrivals), servers * load / rate), **how)


def m_m_4(load: float, seed: int) -> Run:
    rng = np.random.default_rng(seed)
    arrivals = poisson(5.0, 60.0, rng)
    return arrivals, served(arrivals, rng.exponential(4 * load / 5.0, len(arrivals)), 4)


def gamma_d_1(load: float, seed: int) -> Run:
    arrivals = gamma(5.0, 60.0, np.random.default_rng(seed), cv=2.0)
    return arrivals, served(arrivals, np.full(len(arrivals), load / 5.0))


def m_g_1(load: float, seed: int) -> Run:
    rng = np.random.default_rng(seed)
    arrivals, spread = poisson(5.0, 60.0, rng), np.sqrt(np.log(5.0))
    return arrivals, served(arrivals, load / 5.0 * rng.lognormal(-(spread**2) / 2, spread, len(arrivals)))


def m_d_1_shared(load: float, seed: int) -> Run:
    arrivals = poisson(5.0, 60.0, np.random.default_rng(seed))
    return arrivals, shared(arrivals, load / 5.0)


@pytest.mark.parametrize(
    ("queue", "load", "least", "most"),
    [
        *((queue, 0.5, 0, 1) for queue in (m_d_1, m_m_4, gamma_d_1, m_g_1, m_d_1_shared)),
        *((queue, 0.8, 0, 4) for queue in (m_d_1, m_m_4, gamma_d_1, m_g_1, m_d_1_shared)),
        (m_d_1, 1.25, 95, 100),
        (m_d_1_shared, 1.25, 95, 100),
        (m_m_4, 1.25, 82, 98),
        (gamma_d_1, 1.25, 60, 84),
        (m_g_1, 1.25, 60, 86),
        (m_d_1, 1.5, 100, 100),
        (m_m_4, 1.5, 97, 100),
        (gamma_d_1, 1.5, 88, 100),
    ],
)
def test_overload_is_found_and_a_busy_server_is_not_accused(queue, load, least, most):
    found = sum(judged(queue(load, seed)).saturated for seed in range(100))
    assert least <= found <= most


def test_two_per_cent_too_much_is_found_where_there_are_enough_arrivals():
    assert sum(judged(m_d_1(1.05, seed, rate=50.0)).saturated for seed in range(10)) >= 7
    assert not any(judged(m_d_1(0.9, seed, rate=50.0)).saturated for seed in range(10))


def test_an_overload_that_began_long_before_the_window_is_still_one():
    assert sum(judged(m_d_1(1.25, seed, seconds=180.0), 120.0, 180.0).saturated for seed in range(20)) >= 18


@pytest.mark.parametrize("at", [10, 30, 50, 57])
def test_a_freeze_of_three_seconds_is_no_overload(at):
    states = [judged(m_d_1(0.3, seed, rate=20.0, freeze=(at, at + 3))) for seed in range(20)]
    assert not any(state.saturated for state in states) and all(state.steady for state in states)


def ramp_to(end_rate: float, seed: int, begin_rate: float = 1.0) -> Run:
    """From 5 s to 65 s, an M/D/1 that serves 6/s."""
    rng = np.random.default_rng(seed)

    def rate_at(t):
        return np.where(t < 5, begin_rate, begin_rate + (end_rate - begin_rate) * (t - 5) / 60)

    arrivals = changing(rate_at, max(begin_rate, end_rate), 65.0, rng)
    return arrivals, served(arrivals, np.full(len(arrivals), 1 / 6))


@pytest.mark.parametrize(("end_rate", "least", "most"), [(3, 0, 0), (4.8, 0, 2), (5.4, 0, 4), (9, 44, 50), (12, 50, 50)])
def test_a_ramp_is_over_capacity_only_where_it_ends_there(end_rate, least, most):
    states = [judged(ramp_to(end_rate, seed), 5.0, 65.0, arrivals="ramp, 1 to 9 requests/s") for seed in range(50)]
    assert least <= sum(state.saturated for state in states) <= most
    assert all(state.steady is (False if state.saturated else None) for state in states)


def test_a_ramp_that_comes_down_again_has_drained():
    assert not any(judged(ramp_to(1, seed, begin_rate=12.0), 5.0, 65.0, changes=True).saturated for seed in range(30))


@pytest.mark.parametrize(("rates", "least", "most"), [((2, 4, 8), 28, 30), ((1, 2, 3, 4, 5), 0, 2), ((2, 10, 2), 0, 0)])
def test_steps_that_end_high_are_judged_by_whether_completions_keep_up_at_the_end(rates, least, most):
    def run(seed):
        rates_at = np.array(rates, float)
        arrivals = changing(
            lambda t: rates_at[np.clip((t - 5) / 60 * len(rates), 0, len(rates) - 1).astype(int)],
            max(rates),
            65.0,
            np.random.default_rng(seed),
        )
        return arrivals, served(arrivals, np.full(len(arrivals), 1 / 6))

    assert least <= sum(judged(run(seed), 5.0, 65.0, changes=True).saturated for seed in range(30)) <= most


def in_bursts(load: float, seed: int, period: float, length: float, factor: float) -> Run:
    base = 5.0 / (1 + (factor - 1) * length / period)
    arrivals = changing(
        lambda t: np.where(t % period >= period - length, base * factor, base), base * factor, 65.0, np.random.default_rng(seed)
    )
    return arrivals, served(arrivals, np.full(len(arrivals), load / 5.0))


def test_bursts_are_compared_from_period_to_period_and_not_from_calm_to_rush():
    for load, least, most in ((0.8, 0, 1), (1.25, 28, 30)):
        states = [judged(in_bursts(load, seed, 10.0, 2.0, 8.0), 5.0, 65.0, arrivals="bursts", period_s=10.0) for seed in range(30)]
        assert least <= sum(state.saturated for state in states) <= most


def test_too_few_bursts_to_tell_are_said_instead_of_judged():
    state = judged(in_bursts(0.8, 1, 20.0, 4.0, 5.0), 5.0, 65.0, arrivals="bursts", period_s=20.0)
    assert state.saturated is False and state.steady is None and "whole bursts" in state.notes[0]


def test_long_responses_in_a_short_window_are_not_a_queue():
    arrivals = np.arange(0, 10, 0.5)
    assert not judged((arrivals, arrivals + 4.0), 0.0, 10.0).saturated


def test_requests_that_never_end_are_a_queue():
    arrivals = np.arange(0, 60, 0.5)
    assert judged((arrivals, np.where(arrivals > 20, np.nan, arrivals + 0.2))).saturated


def test_every_tenth_request_that_hangs_is_no_queue():
    arrivals = poisson(10.0, 60.0, np.random.default_rng(3))
    hangs = np.arange(len(arrivals)) % 10 == 0
    state = judged((arrivals, arrivals + np.where(hangs, 30.0, 0.2)), timed_out=hangs, timeout_s=30.0)
    assert not state.saturated


def test_a_queue_that_the_timeout_cuts_off_is_saturated_though_it_no_longer_grows():
    arrivals = np.arange(0, 60, 0.2)
    took = np.where(np.arange(len(arrivals)) % 5 == 0, 5.0, 4.5)
    state = judged((arrivals, arrivals + took), timed_out=took == 5.0, timeout_s=5.0)
    assert state.saturated and "20.0% of the requests timed out" in state.notes[0]


def test_a_server_that_rejects_is_saturated_though_its_latency_is_flat():
    arrivals = np.arange(0, 60, 0.5)
    assert judged((arrivals, arrivals + 0.2), refused=np.arange(len(arrivals)) % 20 == 0).saturated
    assert judged((arrivals, arrivals + 0.2)).steady is True


def test_a_server_that_slows_down_without_a_queue_is_not_steady():
    rng = np.random.default_rng(4)
    arrivals = poisson(5.0, 60.0, rng)
    took = 0.5 * rng.lognormal(0, 0.3, len(arrivals))
    assert judged((arrivals, arrivals + took)).steady is True
    slower = judged((arrivals, arrivals + took * (1 + 1.5 * arrivals / 60)))
    assert slower.steady is False and not slower.saturated and "slower by" in slower.notes[0]


def test_a_closed_loop_is_never_called_saturated():
    arrivals, departures = m_d_1(1.5, 1)
    assert not judged((arrivals, departures), loop="closed", requested_rate=None, concurrency=8).saturated


def test_a_handful_of_requests_says_nothing():
    arrivals = np.arange(5, 15, 1.0)
    state = judged((arrivals, arrivals + 0.1))
    assert state.saturated is False and state.steady is None
