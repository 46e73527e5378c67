"""Means and ratios over rounds, held against hand-computed layouts."""

from math import exp, log, sqrt

import numpy as np
import pytest
from scipy.stats import t as student

from ftbench.compare.rounds import mean_of, ratio_of
from ftbench.compare.turn_file import Sample


def rows(**by_cell):
    return {cell: {k: Sample(mean=v, sd=0.0, n=10) for k, v in enumerate(values, 1) if v} for cell, values in by_cell.items()}


def test_a_drift_that_hits_all_cells_alike_leaves_the_ratio_exact():
    ratio = ratio_of("a", "b", rows(a=[1.0, 1.3], b=[2.0, 2.6], c=[3.0, 3.9]))
    assert ratio.value == pytest.approx(0.5) and ratio.low == pytest.approx(0.5) and ratio.high == pytest.approx(0.5)


def test_the_interval_of_a_ratio_is_the_two_way_layouts():
    table = np.log([[1.0, 1.1], [2.0, 2.0], [3.0, 3.1]])
    left = table - table.mean(1, keepdims=True) - table.mean(0) + table.mean()
    s2 = (left**2).sum() / ((3 - 1) * (2 - 1))
    half = student.ppf(0.975, 2) * sqrt(2 * s2 / 2)
    found = ratio_of("a", "b", rows(a=[1.0, 1.1], b=[2.0, 2.0], c=[3.0, 3.1]))
    assert found.value == pytest.approx(sqrt(1.1) / 2)
    assert found.low == pytest.approx(found.value * exp(-half)) and found.high == pytest.approx(found.value * exp(half))


def test_the_interval_of_a_mean_pools_the_scatter_of_all_cells():
    found = mean_of("a", rows(a=[1.0, 1.1], b=[2.0, 2.2]))
    s2 = 2 * 2 * (log(1.1) / 2) ** 2 / 2  # each cell: two values half of log 1.1 from their mean
    half = student.ppf(0.975, 2) * sqrt(s2 / 2)
    assert found.high / found.value == pytest.approx(exp(half))


def test_one_round_gives_no_interval_for_a_ratio_since_drift_is_not_known():
    assert ratio_of("a", "b", rows(a=[1.0], b=[5.0])).low is None


def test_two_rounds_that_agree_by_chance_are_not_narrower_than_their_records_allow():
    noisy = {cell: {k: Sample(mean=m, sd=0.5 * m, n=4) for k in (1, 2)} for cell, m in (("a", 1.0), ("b", 1.1), ("c", 2.0))}
    found = ratio_of("a", "b", noisy)
    assert found.low < 0.5 < 1 < found.high


def test_a_round_that_is_missing_in_one_cell_is_left_out_of_its_ratio_alone():
    found = ratio_of("a", "b", rows(a=[1.0, 1.0, 9.0], b=[2.0, 2.0, None], c=[1.0, 1.0, 1.0]))
    assert found.value == pytest.approx(0.5)


def test_nothing_measured_is_nothing():
    assert mean_of("a", {}) is None and ratio_of("a", "b", rows(a=[1.0])) is None


def test_intervals_hold_the_true_ratio_about_as_often_as_they_say():
    rng, hits, tries = np.random.default_rng(7), 0, 600
    for _ in range(tries):
        drift = rng.normal(0, 0.2, 2)  # of the rounds, far larger than what is looked for
        table = np.exp(np.log([[1.0], [1.2], [2.0]]) + drift + rng.normal(0, 0.03, (3, 2)))
        found = ratio_of("a", "b", rows(a=table[0], b=table[1], c=table[2]))
        hits += found.low <= 1 / 1.2 <= found.high
    assert 0.92 < hits / tries < 0.98
