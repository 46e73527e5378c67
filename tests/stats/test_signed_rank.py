from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata, wilcoxon

from ftbench.stats import signed_rank

steps = st.lists(st.integers(-4, 4).map(lambda k: k / 10), min_size=1, max_size=9)


def test_textbook_example():
    # Hollander & Wolfe 1973, depression scores, R: wilcox.test(x, y, paired = TRUE) -> V = 40, p-value = 0.03906
    x = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
    y = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
    assert signed_rank([a - b for a, b in zip(x, y, strict=True)]) == pytest.approx(0.0390625)


def test_three_equal_differences_are_no_proof():
    assert signed_rank([0.1, 0.1, 0.1]) == 0.25


def test_no_difference_is_no_difference():
    assert signed_rank([0.0] * 20) == signed_rank([]) == 1.0


def test_rounding_error_is_not_a_rank_of_its_own():
    assert signed_rank([0.3 - 0.2, 0.2 - 0.1, -(0.4 - 0.3)]) == signed_rank([0.1, 0.1, -0.1])


@settings(max_examples=40, deadline=None)
@given(steps)
def test_ties_and_zeros_are_counted_out_over_all_signs(differences):
    kept = np.array([d for d in differences if d])
    if not len(kept):
        return
    ranks = rankdata(np.abs(kept))
    seen = ranks[kept > 0].sum()
    sums = [ranks[np.array(signs, dtype=bool)].sum() for signs in product((0, 1), repeat=len(kept))]
    tail = min(np.mean([s <= seen for s in sums]), np.mean([s >= seen for s in sums]))
    assert signed_rank(differences) == pytest.approx(min(1.0, 2 * tail))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=40, unique=True), st.randoms())
def test_without_ties_it_is_the_one_of_scipy(sizes, random):
    differences = [size * random.choice((-1, 1)) for size in sizes]
    assert signed_rank(differences) == pytest.approx(wilcoxon(differences, method="exact").pvalue)


@given(steps)
def test_sides_may_be_swapped(differences):
    assert signed_rank(differences) == pytest.approx(signed_rank([-d for d in differences]))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="finite"):
        signed_rank([0.1, value])
