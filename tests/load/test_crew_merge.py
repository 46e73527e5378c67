"""One picture out of the workers' status lines."""

import pytest

from ftbench.load.crew.hands import read_status
from ftbench.load.crew.merge import merge
from ftbench.spec.load import Validity

GOOD = {"sent": 200, "done": 150, "errors": 1, "in_flight": 50, "requested": 200, "send_lag_p99_s": 0.002, "client_cpu": 0.3}


def test_counts_are_sums_and_rates_are_of_the_time_so_far():
    live = merge({0: GOOD, 1: GOOD}, 4.0, 60.0, Validity())
    assert (live.sent, live.done, live.errors, live.in_flight) == (400, 300, 2, 100)
    assert live.requested_rate == live.achieved_rate == 100 and live.doubts == ()


def test_a_word_that_is_a_second_old_does_not_lower_the_rate():
    live = merge({0: {**GOOD, "age_s": 1.0}, 1: GOOD}, 3.0, 60.0, Validity())
    assert live.achieved_rate == pytest.approx(200 / 2 + 200 / 3)
    assert merge({0: {**GOOD, "age_s": 1.0}}, 1.0, 60.0, Validity()).achieved_rate is None


def test_waiting_for_the_last_answers_does_not_lower_the_rate():
    live = merge({0: GOOD}, 100.0, 2.0, Validity())
    assert live.achieved_rate == 100 and live.elapsed_s == 100


def test_a_worker_with_few_answers_does_not_move_the_median_and_the_worst_p99_counts():
    busy = {"done": 1000, "ttft_p50_s": 0.05, "ttft_p99_s": 0.2}
    new = {"done": 1, "ttft_p50_s": 3.0, "ttft_p99_s": 0.1}
    live = merge({0: new, 1: busy}, 1.0, 2.0, Validity())
    assert (live.ttft_p50_s, live.ttft_p99_s) == (0.05, 0.2)


@pytest.mark.parametrize("statuses", [{}, {0: {}}, {0: {"sent": None, "ttft_p50_s": None}, 1: {}}])
def test_before_the_first_word_there_is_nothing_to_doubt(statuses):
    live = merge(statuses, 0.0, 10.0, Validity())
    assert (live.sent, live.requested_rate, live.ttft_p50_s, live.doubts) == (0, None, None, ())


def test_a_closed_loop_has_no_rate_to_keep():
    live = merge({0: {**GOOD, "requested": None}}, 4.0, 60.0, Validity())
    assert live.requested_rate is None and live.achieved_rate is None and live.sent == 200


@pytest.mark.parametrize(
    "status, says",
    [
        ({"send_lag_p99_s": 0.08}, "send lag p99 80 ms so far, over 50 ms"),
        ({"client_cpu": 0.97}, "used 97% of a core so far, over 90%"),
        ({"sent": 190}, "5.0% of the requests due so far were not sent, over 2.0%"),
        ({"clock_step_s": 2.0}, "clock jumped by 2000 ms"),
    ],
)
def test_what_would_make_the_measurement_invalid_is_said_while_it_runs(status, says):
    (doubt,) = merge({0: GOOD, 1: {**GOOD, **status}} if "sent" not in status else {0: {**GOOD, **status}}, 4.0, 60.0, Validity()).doubts
    assert says in doubt


def test_a_lost_worker_and_what_was_doubted_before_are_told():
    live = merge({0: GOOD}, 4.0, 60.0, Validity(), doubts=["too few workers"], lost={1: "its node is gone"})
    assert live.doubts == ("too few workers", "load process 1 was lost: its node is gone")


def test_a_status_line_that_is_being_written_over_is_no_status(tmp_path):
    path = tmp_path / "status"
    assert read_status(path) is None
    path.write_text('{"sent": 12, "done": 10}          \n')
    found = read_status(path)
    assert 0 <= found.pop("age_s") < 60 and found == {"sent": 12, "done": 10}
    path.write_text('{"sent": 13, "done": 11}10}       \n')
    assert read_status(path) is None
    path.write_bytes(b'{"sent": 1\xff\xfe')
    assert read_status(path) is None
