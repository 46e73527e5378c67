import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.metrics import latency
from ftbench.metrics.in_flight import InFlight
from ftbench.metrics.timeline import slices
from tests.metrics.records import a_row, a_table, failed

spans = st.lists(st.tuples(st.floats(0, 50), st.floats(0, 20) | st.none()), max_size=40)


def sliced(rows, begin=0.0, end=10.0):
    table = a_table(rows)
    return slices(table, table, InFlight(latency.column(table, "sent_s"), latency.column(table, "done_s")), begin, end)


@settings(max_examples=60, deadline=None)
@given(spans, st.floats(0, 40), st.floats(0.1, 30))
def test_mean_in_flight_is_the_overlap_of_each_request_with_the_window(requests, begin, length):
    begins = np.array([a for a, _ in requests], float)
    ends = np.array([np.nan if d is None else a + d for a, d in requests], float)
    overlap = sum(max(0.0, min(begin + length, np.inf if np.isnan(e) else e) - max(begin, a)) for a, e in zip(begins, ends, strict=True))
    (found,) = InFlight(begins, ends).means(np.array([begin, begin + length]))
    assert found == pytest.approx(overlap / length, abs=1e-9 * 50 * 50 / length)


def test_a_request_that_was_never_sent_is_never_under_way():
    under_way = InFlight(np.array([np.nan, 1.0, 2.0]), np.array([5.0, 4.0, np.nan]))
    assert under_way.at(np.array([0.0, 1.5, 3.0, 9.0])).tolist() == [0, 1, 2, 1]


def test_a_freeze_shows_in_its_slice_and_not_in_the_others():
    rows = [a_row(k / 100, first_token_s=k / 100 + (2.0 if 500 <= k < 550 else 0.1)) for k in range(1000)]
    found = sliced(rows)
    assert len(found) == 20 and [round(s.ttft_p50_s, 3) for s in found] == [0.1] * 10 + [2.0] + [0.1] * 9
    assert all(s.ttft_p99_s is None for s in found)  # of 50 requests there is none
    assert {s.n for s in found} == {50} and {round(s.arrivals_per_s) for s in found} == {100}


def test_completions_are_counted_where_they_ended_and_failures_where_they_were_due():
    rows = [a_row(k / 10, done_s=k / 10 + 5) if k % 2 else failed(k / 10, "timeout", done_s=k / 10 + 1) for k in range(100)]
    found = sliced(rows)
    assert len(found) == 9 and sum(s.failed for s in found) == 50 == sum(s.answered for s in found)
    assert found[0].completions_per_s == 0 and sum(s.completions_per_s for s in found) * 10 / 9 == pytest.approx(25, abs=1)
    assert all(s.ttft_p50_s is None for s in found)  # 5 or 6 answers are too few


def test_a_p99_is_given_where_a_slice_has_enough_for_it():
    found = sliced([a_row(k / 1400) for k in range(14_000)])
    assert all(s.ttft_p99_s == pytest.approx(0.1) and s.e2e_p99_s == pytest.approx(0.25) for s in found)


def test_few_requests_make_few_slices_and_none_make_none():
    assert len(sliced([a_row(k) for k in range(10)])) == 0 and len(sliced([a_row(k / 3) for k in range(30)])) == 2
