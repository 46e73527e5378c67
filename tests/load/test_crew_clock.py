"""Another machine's clock, asked over a way of unknown and unequal length."""

from hypothesis import given
from hypothesis import strategies as st

from ftbench.load.crew.clock import Offset, offset_of

delays = st.tuples(st.integers(0, 10**9), st.integers(0, 10**9))  # there and back [ns]


def asked_over(ways: list[tuple[int, int]], theirs_minus_ours: int) -> Offset:
    """offset_of, with each round trip taking these two ways."""
    at, rounds = [10**12], iter(ways)

    def ask() -> int:
        there, back = next(rounds)
        theirs = at[0] + there + theirs_minus_ours
        at[0] += there + back
        return theirs

    return offset_of(ask, rounds=len(ways), now=lambda: at[0])


@given(st.lists(delays, min_size=1, max_size=20), st.integers(-(10**15), 10**15))
def test_the_offset_is_never_wrong_by_more_than_it_says_however_unequal_the_ways(ways, theirs_minus_ours):
    found = asked_over(ways, theirs_minus_ours)
    assert abs(found.ns + theirs_minus_ours) <= found.uncertainty_ns
    assert found.uncertainty_ns <= (min(map(sum, ways)) + 1) // 2  # the shortest round trip, not the mean


def test_one_fast_round_trip_among_slow_ones_decides():
    slow = (90_000_000, 10_000_000)
    assert asked_over([slow, slow, (200_000, 400_000), slow], 7 * 10**9) == Offset(-7 * 10**9 + 100_000, 300_000)


def test_clocks_that_drift_apart_count_as_uncertain():
    before, later = Offset(1_000_000, 200_000), Offset(1_900_000, 300_000)
    assert before.error_by(later) == 1_200_000
    assert before.error_by(Offset(1_000_000, 50_000)) == 200_000
