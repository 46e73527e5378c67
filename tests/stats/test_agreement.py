"""Cohen's kappa of two raters."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.errors import NoData
from ftbench.stats.agreement import cohen_kappa


def of_table(table):
    cells = [(a, b) for a, row in enumerate(table) for b, count in enumerate(row) for _ in range(count)]
    return [a for a, _ in cells], [b for _, b in cells]


def test_kappa_matches_the_textbook():
    # Fleiss, Levin & Paik 2003, table 18.1: psychotic, neurotic, organic; kappa 0.68, standard error 0.087
    found = cohen_kappa(*of_table([[75, 1, 4], [5, 4, 1], [0, 0, 10]]))
    assert (found.n, found.agreement) == (100, 0.89)
    assert found.kappa == pytest.approx(0.676, abs=0.0005)
    assert found.standard_error == pytest.approx(0.0877, abs=0.0001)  # as statsmodels' cohens_kappa
    assert found.high == pytest.approx(0.8484, abs=0.0001)
    assert found.low < 0.5046


def test_chance_agreement_is_zero_and_full_disagreement_is_below():
    assert cohen_kappa(*of_table([[25, 25], [25, 25]])).kappa == 0
    assert cohen_kappa(*of_table([[0, 25], [25, 0]])).kappa == -1


def test_five_equal_ratings_are_no_certainty():
    found = cohen_kappa(list("ABABA"), list("ABABA"))
    assert (found.kappa, found.standard_error, found.high) == (1, 0, 1)
    assert found.low < 0.1


def test_two_raters_with_one_and_the_same_word_have_no_kappa():
    assert cohen_kappa(["Correct"] * 9, ["Correct"] * 9) == (9, 1.0, None, None, None, None)


def test_no_common_item_is_no_data_not_agreement():
    with pytest.raises(NoData):
        cohen_kappa([], [])
    with pytest.raises(ValueError):
        cohen_kappa(["A"], [])


ratings = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=60)


@settings(max_examples=80, deadline=None)
@given(ratings)
def test_kappa_is_the_same_from_both_sides_and_inside_its_interval(pairs):
    a, b = zip(*pairs, strict=True)
    one, other = cohen_kappa(a, b), cohen_kappa(b, a)
    assert one == pytest.approx(other, nan_ok=True) if one.kappa is not None else one == other
    if one.kappa is not None:
        assert -1 <= one.low <= one.kappa + 1e-12 and one.kappa - 1e-12 <= one.high <= 1
