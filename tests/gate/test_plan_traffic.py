"""The declared traffic as the simulator is given it."""

import numpy as np
import pytest

from ftbench.gate.plan_traffic import arrival_cv, arrivals_of, lengths_of, whole_shape
from tests.gate.plan_folders import a_spec
from tests.metrics.records import a_row, a_table, failed

SHAPES = [
    {"arrivals": "poisson"},
    {"arrivals": "constant"},
    {"arrivals": "gamma", "cv": 3.0},
    {"arrivals": "bursts", "bursts": {"period_s": 20, "length_s": 5, "factor": 4}},
    {"arrivals": "ramp", "ramp": {"from_rate": 1, "to_rate": 3}},
]


@pytest.mark.parametrize("load", SHAPES, ids=lambda load: load["arrivals"])
@pytest.mark.parametrize("rate", [0.5, 40.0])
def test_every_shape_has_the_rate_that_is_asked_for(load, rate):
    n = 20_000
    times = arrivals_of(a_spec(load=load))(rate, n / rate, np.random.default_rng(1))
    assert len(times) == pytest.approx(n, rel=0.1)
    assert (np.diff(times) >= 0).all() and times[0] >= 0 and times[-1] < n / rate


def test_gamma_keeps_its_burstiness_at_another_rate():
    times = arrivals_of(a_spec(load={"arrivals": "gamma", "cv": 3.0}))(50.0, 1000.0, np.random.default_rng(1))
    gaps = np.diff(times)
    assert gaps.std() / gaps.mean() == pytest.approx(3.0, rel=0.05)


def test_another_seed_is_other_traffic_of_the_same_kind():
    at = arrivals_of(a_spec())
    first, same, other = (at(5.0, 100.0, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, same) and not np.array_equal(first, other)


def test_a_trace_that_is_over_begins_again_and_is_compressed_to_the_rate(tmp_path):
    file = tmp_path / "trace.csv"
    file.write_text("timestamp_s\n" + "\n".join(str(t) for t in (0, 1, 2, 7)) + "\n")
    spec = a_spec(load={"arrivals": "replay", "trace": str(file), "rate": 3 / 7})
    times = arrivals_of(spec)(3.0, 100.0, np.random.default_rng(1))
    assert len(times) == pytest.approx(300, abs=4)
    assert np.allclose(times[:4] / times[1], [0, 1, 2, 7])


@pytest.mark.parametrize(("load", "requests"), [(SHAPES[0], 0), (SHAPES[2], 0), (SHAPES[3], 3 * 20 * 8), (SHAPES[4], 60 * 8)])
def test_a_rush_is_simulated_whole_and_not_left_out(load, requests):
    """At 100 requests/s a simulation of 3,000 ended before the first rush of a minute had begun."""
    assert whole_shape(a_spec(load=load), 8.0) == requests


def test_grown_bursts_come_as_copies_of_one_replicas_traffic():
    at = arrivals_of(a_spec(), copies=3)
    times = at(6.0, 100.0, np.random.default_rng(1))
    assert np.array_equal(times[::3], times[1::3]) and np.array_equal(times[::3], times[2::3])
    assert np.array_equal(times[::3], arrivals_of(a_spec())(2.0, 100.0, np.random.default_rng(1)))


@pytest.mark.parametrize(("load", "cv"), [(SHAPES[0], 1.0), (SHAPES[1], 0.0), (SHAPES[2], 3.0), (SHAPES[3], None), (SHAPES[4], None)])
def test_only_a_steady_rate_has_one_coefficient_of_variation(load, cv):
    assert arrival_cv(a_spec(load=load)) == cv


def test_lengths_are_those_of_answered_requests_in_pairs():
    rows = [a_row(0.0, prompt_tokens=10, output_tokens=1), failed(1.0, "timeout"), a_row(2.0, prompt_tokens=30, output_tokens=3)]
    prompts, outputs = lengths_of(a_table(rows))
    assert prompts.tolist() == [10, 30] and outputs.tolist() == [1, 3]
