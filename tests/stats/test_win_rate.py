import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.errors import NoData
from ftbench.stats.win_rate import win_rate

RULES = ("of_all", "half", "excluded")
counts = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))


def test_three_rules_for_ties_are_three_numbers():
    assert [win_rate(30, 10, 10, rule).rate for rule in RULES] == [0.6, 0.7, 0.75]
    assert [win_rate(30, 10, 10, rule).n for rule in RULES] == [50, 50, 40]


@pytest.mark.parametrize(("wins", "losses", "proven"), [(69, 31, True), (68, 32, False)])
def test_sixty_percent_takes_69_of_100_to_prove(wins, losses, proven):
    assert (win_rate(wins, losses, 0, "of_all").low >= 0.6) is proven


def test_only_ties_are_no_win_under_any_rule():
    assert win_rate(0, 0, 20, "of_all").rate == 0
    assert win_rate(0, 0, 20, "excluded") == (0.0, 0, 0.0, 1.0)
    assert win_rate(0, 0, 20, "half").rate == 0.5


@pytest.mark.parametrize("rule", RULES)
def test_nothing_compared_is_no_data(rule):
    with pytest.raises(NoData):
        win_rate(0, 0, 0, rule)


@settings(max_examples=60, deadline=None)
@given(counts.filter(sum), st.sampled_from(RULES))
def test_bounds_hold_the_rate(count, rule):
    found = win_rate(*count, rule)
    assert found.low <= found.rate + 1e-12 and found.rate <= found.high + 1e-12


@settings(max_examples=80, deadline=None)
@given(counts, st.sampled_from(RULES))
def test_loss_turned_into_a_tie_or_a_win_never_makes_it_worse(count, rule):
    wins, losses, ties = count
    before = win_rate(wins, losses + 1, ties, rule)
    for after in (win_rate(wins + 1, losses, ties, rule), win_rate(wins, losses, ties + 1, rule)):
        assert after.rate >= before.rate - 1e-12
        assert after.low >= before.low - 1e-12
