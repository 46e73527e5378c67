"""The search itself: which rates it asks for, and what it makes of the answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.stats.rate_search import Settings, Trial, decide, search

SETTINGS = Settings(start=1.0, floor=0.01, ceiling=1000.0, target=0.99)


def a_step(at: float, asked: list | None = None):
    """A server that keeps every promise up to the rate `at`, and none above it."""

    def measure(rate: float, seed: int) -> Trial:
        if asked is not None:
            asked.append((rate, seed))
        return Trial(1000, 1000 if rate <= at else 0)

    return measure


@given(st.floats(0.02, 900.0), st.floats(0.01, 1000.0))
def test_every_bracket_holds_the_threshold_wherever_the_search_begins(at, start):
    brackets, probes = search(a_step(at), SETTINGS._replace(start=start))
    assert len(brackets) == 3
    for low, high, _ in brackets:
        assert low <= at < high and high / low <= 1.031
    assert len(probes) < 40


def test_later_searches_begin_at_the_first_result_and_take_fewer_probes():
    _, probes = search(a_step(37.0), SETTINGS)
    taken = [len([p for p in probes if p.search == k]) for k in range(3)]
    assert taken[0] >= 11 and taken[1] <= 6 and taken[2] <= 6


def test_no_two_runs_share_a_schedule_so_they_cannot_err_together():
    asked = []
    search(a_step(7.3, asked), SETTINGS)
    seeds = [seed for _, seed in asked]
    assert len(set(seeds)) == len(seeds)


def test_an_interrupted_search_asks_for_the_same_runs_again_so_finished_ones_can_be_given_back():
    first, second = [], []
    search(a_step(7.3, first), SETTINGS)
    search(a_step(7.3, second), SETTINGS)
    assert first == second


def test_an_invalid_run_is_repeated_once_and_then_ends_the_search_without_counting_for_either_side():
    asked = []

    def measure(rate, seed):
        asked.append(rate)
        return Trial(1000, 0, invalid=("the client was late",)) if rate > 10 else Trial(1000, 1000)

    brackets, probes = search(measure, SETTINGS._replace(repeats=0))
    assert brackets == [] and asked == [1, 2, 4, 8, 16, 16]
    assert [p.verdict for p in probes] == ["kept"] * 4 + ["invalid"] and probes[-1].why == "the client was late"


def test_one_invalid_run_by_chance_does_not_end_the_search():
    seen = []

    def measure(rate, seed):
        seen.append(rate)
        return Trial(1000, 0, invalid=("stalled",)) if len(seen) == 3 else a_step(10)(rate, seed)

    brackets, probes = search(measure, SETTINGS)
    assert len(brackets) == 3 and all(low <= 10 < high for low, high, _ in brackets)


def test_a_growing_queue_is_not_kept_even_while_every_request_is_still_in_time():
    verdict, decided, why = decide([Trial(1000, 1000, saturated=True)], 0.99)
    assert (verdict, decided) == ("not kept", True) and "saturated" in why


@pytest.mark.parametrize(
    ("good", "n", "says"),
    [  # 299 without a miss prove 0.99 at 95 %, 298 do not: ln(0.05) / ln(0.99) = 298.1
        (299, 299, ("kept", True)),
        (298, 298, ("kept", False)),
        (990, 1000, ("kept", False)),
        (989, 1000, ("not kept", False)),
        (980, 1000, ("not kept", True)),
    ],
)
def test_a_verdict_is_decided_only_by_an_exact_bound(good, n, says):
    assert decide([Trial(n, good)], 0.99)[:2] == says


def test_undecided_runs_of_one_rate_are_pooled():
    assert decide([Trial(200, 200), Trial(200, 200)], 0.99)[:2] == ("kept", True)
    asked = []

    def measure(rate, seed):
        asked.append(rate)
        return Trial(200, 200 if rate < 5 else 0)

    search(measure, SETTINGS._replace(searches=1))
    assert asked[:4] == [1, 1, 2, 2] and asked.count(8) == 1


def test_a_search_ends_at_its_floor_and_at_its_ceiling():
    assert search(a_step(0.0), SETTINGS._replace(searches=1))[0] == [(None, 0.01, False)]
    brackets, probes = search(a_step(1e9), SETTINGS._replace(searches=1))
    assert brackets == [(1000.0, None, False)] and probes[-1].rate == 1000.0


def test_requests_that_miss_all_alone_end_the_search_before_the_floor():
    def measure(rate, seed):
        return Trial(1000, 0, in_flight=rate * 0.5)

    brackets, probes = search(measure, SETTINGS._replace(searches=1))
    assert brackets[0].alone and probes[-1].rate == pytest.approx(0.25)


@given(st.floats(0.02, 900.0))
def test_the_screen_never_promises_fewer_runs_than_still_come(at):
    done, promised = [], []
    search(a_step(at), SETTINGS, lambda probe, left: (done.append(len(probe.trials)), promised.append(left)))
    total = sum(done)
    assert all(sum(done[: i + 1]) + left >= total for i, left in enumerate(promised)) and promised[-1] == 0
