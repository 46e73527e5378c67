"""Which rates are tried, and what counts as capacity."""

import pytest

from ftbench.compare.probes import bracket_of, next_rate
from ftbench.compare.turn_file import ProbeRun


def probe(rate, kept):
    return ProbeRun(rate=rate, seed=1, folder="p", kept=kept)


def tried(truth, rounds, per_round=2, predicted=10.0):
    """All probes of a server that keeps every rate up to `truth`."""
    before: list[ProbeRun] = []
    for _ in range(rounds):
        now: list[ProbeRun] = []
        for _ in range(per_round):
            rate = next_rate(before, now, predicted)
            if rate is not None:
                now.append(probe(rate, rate <= truth))
        before += now
    return before


def test_a_rate_that_was_once_not_kept_is_no_capacity_however_often_it_was_kept():
    assert bracket_of([probe(5, True), probe(6, True), probe(6, False), probe(6, True)]) == (5, 6)


def test_a_rate_that_was_kept_above_one_that_was_not_counts_for_nothing():
    assert bracket_of([probe(4, True), probe(5, False), probe(6, True)]) == (4, 5)


def test_invalid_runs_are_neither_kept_nor_missed():
    assert bracket_of([probe(5, None)]) == (None, None)
    assert next_rate([], [probe(8, None)], 10) < 8


@pytest.mark.parametrize("truth", [2.0, 7.0, 9.0, 10.5, 14.0, 40.0])
def test_the_bracket_closes_on_the_truth_from_a_prediction_that_is_off(truth):
    low, high = bracket_of(tried(truth, rounds=6))
    assert low is not None and low <= truth and (high is None or truth <= high)
    assert high is None or high / low < 1.35


def test_the_capacity_of_the_last_round_is_sent_again_in_the_next():
    first = tried(9.0, rounds=1)
    assert next_rate(first, [], 10.0) == bracket_of(first).low


def test_a_narrow_bracket_that_was_confirmed_takes_no_more_time():
    before = [probe(10, True), probe(10.5, False)]
    assert next_rate(before, [probe(10, True)], 10) is None


def test_a_first_rate_that_is_missed_is_followed_by_a_lower_one():
    assert next_rate([], [probe(8, False)], 10) == pytest.approx(4.8)
