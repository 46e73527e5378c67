import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar as reference

from ftbench.stats import mcnemar, sign_test

counts = st.integers(0, 60)


@pytest.mark.parametrize(
    ("wins", "losses", "p"),
    [(32, 18, 0.0324543), (31, 19, 0.0594602), (30, 20, 0.1013194), (5, 0, 1 / 32), (4, 0, 1 / 16)],  # R: binom.test(32, 50, alt = "g")
)
def test_sixty_percent_of_fifty_does_not_yet_beat_a_coin(wins, losses, p):
    assert sign_test(wins, losses) == pytest.approx(p, abs=1e-6)


@pytest.mark.parametrize("test", [sign_test, mcnemar])
def test_nothing_decided_shows_nothing(test):
    assert test(0, 0) == 1.0


def test_mcnemar_known_answer():
    # 10 against 2 discordant pairs: 2 * (1 + 12 + 66) / 2**12
    assert mcnemar(10, 2) == pytest.approx(2 * 79 / 4096)


@given(counts, counts)
def test_direction_does_not_matter_to_mcnemar(a, b):
    assert mcnemar(a, b) == pytest.approx(mcnemar(b, a))


@settings(max_examples=40, deadline=None)
@given(counts, counts)
def test_mcnemar_is_the_one_of_statsmodels(a, b):
    assert mcnemar(a, b) == pytest.approx(reference([[7, a], [b, 9]], exact=True).pvalue)


@given(counts, counts)
def test_one_more_win_never_weakens_the_case(wins, losses):
    assert sign_test(wins + 1, losses) <= sign_test(wins, losses) + 1e-12
    assert sign_test(wins, losses + 1) >= sign_test(wins, losses) - 1e-12


@pytest.mark.parametrize("test", [sign_test, mcnemar])
def test_negative_counts_are_refused(test):
    with pytest.raises(ValueError, match="negative"):
        test(3, -1)
