"""Tango's interval against published tables and against a closed form that shares no code with it."""

import numpy as np
import pytest
from scipy.stats import norm

from ftbench.errors import NoData
from ftbench.stats.paired_difference import paired_interval


def test_published_example_of_airway_hyper_responsiveness():
    # Fagerland, Lydersen & Laake 2014, Statistics in Medicine 33, 2850-2875, table of (1, 1, 7, 12): Tango -0.517 to -0.026
    assert paired_interval(1, 7, 21) == pytest.approx((-0.517, -0.026), abs=5e-4)


def test_no_differing_pair_is_no_certainty():
    # b = c = 0 makes T^2 = n delta / (1 - delta), so the limits are +- z^2 / (n + z^2)
    z2 = norm.ppf(0.975) ** 2
    assert paired_interval(0, 0, 44) == pytest.approx((-z2 / (44 + z2), z2 / (44 + z2)))


@pytest.mark.parametrize(("b", "c", "n"), [(1, 7, 21), (0, 1, 44), (40, 20, 160), (150, 86, 1600), (3, 0, 5), (0, 60, 60)])
def test_agrees_with_the_closed_form_quartic(b, c, n):
    # Yang, Sun & Hardin 2013, Statistics in Medicine 32, 1336-1342: the limits are the outermost roots of a quartic
    g = norm.ppf(0.975) ** 2
    quartic = [
        n**2 * (n / g + 1) ** 2,
        -n * (b - c) * (n / g + 1) * (4 * n / g + 1),
        2 * n * (b - c) ** 2 * (3 * n / g + 2) / g - n**2 * ((b + c) / g + 1),
        n * (b - c) * (2 * (b + c) / g + 1) - (b - c) ** 3 * (4 * n / g + 1) / g,
        (b - c) ** 2 * ((b - c) ** 2 / g - (b + c)) / g,
    ]
    roots = np.roots(quartic)
    roots = np.sort(roots[abs(roots.imag) < 1e-7].real)
    low, high = paired_interval(b, c, n)
    if b != n:
        assert high == pytest.approx(roots[-1], abs=1e-6)
    if c != n:
        assert low == pytest.approx(roots[0], abs=1e-6)


def test_exchanging_the_sides_mirrors_the_interval():
    low, high = paired_interval(9, 2, 60)
    assert paired_interval(2, 9, 60) == pytest.approx((-high, -low))


def test_every_pair_lost_ends_at_minus_one():
    low, high = paired_interval(0, 10, 10)
    assert low == -1 and -1 < high < 0


def test_covers_the_truth_in_95_of_100_samples():
    rng = np.random.default_rng(1)
    draws = rng.multinomial(60, [0.75, 0.18, 0.07], size=2000)  # agree, only first, only second: true difference 0.11
    found = {(b, c): paired_interval(b, c, 60) for b, c in {(int(b), int(c)) for _, b, c in draws}}
    inside = np.mean([found[int(b), int(c)][0] <= 0.11 <= found[int(b), int(c)][1] for _, b, c in draws])
    assert 0.93 <= inside <= 0.97


def test_no_pairs_is_no_data_and_impossible_counts_are_refused():
    with pytest.raises(NoData):
        paired_interval(0, 0, 0)
    with pytest.raises(ValueError, match="impossible"):
        paired_interval(3, 3, 5)
