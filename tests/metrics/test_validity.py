"""The measurement judges itself; the model is not blamed for the client, nor the client for the model."""

import numpy as np
import pytest

from ftbench.metrics import latency
from ftbench.metrics.in_flight import InFlight
from ftbench.metrics.run_info import WorkerInfo
from ftbench.metrics.validity import judge_validity, rate_error, reasons_invalid
from ftbench.spec.load import Validity
from tests.metrics.records import a_row, a_table, an_info, failed

DUE = np.arange(1000) / 100
CALM = WorkerInfo(worker=0, cpu_share=0.3)


def rules(rows=None, *, excused=False, **info):
    table = a_table([a_row(at) for at in DUE] if rows is None else rows)
    under_way = InFlight(latency.column(table, "sent_s"), latency.column(table, "done_s"))
    found = judge_validity(table, under_way, an_info(**{"workers": [CALM], **info}), excused=excused)
    return {rule.name: rule for rule in found}


def reasons(rows=None, **how):
    return reasons_invalid(list(rules(rows, **how).values()))


def late_by(*delays: float, ttft: float = 0.1) -> list[dict]:
    """Requests whose server takes `ttft` from the instant of sending, sent late by each of `delays` in turn."""
    late = [delays[k % len(delays)] for k in range(len(DUE))]
    return [
        a_row(at, sent_s=at + d, first_token_s=at + d + ttft, last_token_s=at + d + ttft + 0.1, done_s=at + d + ttft + 0.15)
        for at, d in zip(DUE, late, strict=True)
    ]


def test_a_calm_client_is_valid_and_every_rule_says_what_it_saw():
    found = rules()
    assert not reasons() and all(rule.ok is not False for rule in found.values())
    assert found["send_lag_p99_s"].observed == pytest.approx(0.001) and found["send_lag_p99_s"].limit == 0.05
    assert found["client_cpu"].observed == 0.3 and found["achieved_rate_error"].observed == pytest.approx(0, abs=1e-9)
    assert found["littles_law"].ok is None and found["prompt_tokens_error"].ok is None  # nothing to judge them by


def test_a_client_that_sends_late_is_named():
    (reason, *_) = reasons(late_by(*([0.0] * 49 + [0.2])))
    assert reason.startswith("send lag p99 200 ms is over 50 ms")


def test_a_limit_below_a_millisecond_is_not_told_as_zero():
    (reason,) = reasons([a_row(at, sent_s=at + 0.0009) for at in DUE], validity=Validity(send_lag_p99_s=0.0005))
    assert reason.startswith("send lag p99 0.9 ms is over 0.5 ms")


def test_a_delay_of_milliseconds_in_front_of_a_fast_server_is_most_of_what_would_be_printed():
    """10 ms late before a TTFT of 5 ms: within the 50 ms of send lag, and three times too slow."""
    (reason,) = reasons(late_by(0.010, ttft=0.005))
    assert "10.0 ms of the TTFT p50 of 15.0 ms are the client's own delay in sending, 67% where 10% are allowed" in reason


def test_a_tail_of_late_sending_is_found_though_the_median_is_right():
    found = rules(late_by(*([0.0] * 49 + [0.030]), ttft=0.050))["send_delay_share"]
    assert found.ok is False and "p99" in found.reason


@pytest.mark.parametrize("ttft", [0.050, 0.003])
def test_the_wake_ups_of_a_good_client_are_not_condemned(ttft):
    """A timer's half millisecond, at 50 requests/s as before a server that answers in 3 ms."""
    assert not reasons(late_by(0.0004, 0.0006, 0.0008, ttft=ttft))


def test_an_event_loop_that_wakes_late_has_read_late():
    workers = [CALM, WorkerInfo(worker=1, cpu_share=0.8, wake_late_p50_s=0.02)]
    (reason,) = reasons(workers=workers)
    assert "woke 20.0 ms late at p50, 20% of the TTFT p50 of 100.0 ms" in reason
    (reason,) = reasons(workers=[WorkerInfo(worker=0, wake_late_p50_s=0.0001, wake_late_p99_s=0.03)])
    assert "woke 30.0 ms late at p99, 30% of the TTFT p99" in reason
    assert not reasons(late_by(0.0, ttft=0.003), workers=[WorkerInfo(worker=0, wake_late_p50_s=0.0008)])


def test_a_client_that_falls_behind_is_off_the_rate():
    found = reasons([a_row(at, sent_s=at * 1.03, first_token_s=at * 1.03 + 1, done_s=at * 1.03 + 2) for at in DUE])
    assert any("sent rate is 2.9% off" in reason for reason in found)


def test_unsent_requests_lower_the_sent_rate():
    sent = DUE.copy()
    sent[::10] = np.nan
    assert rate_error(DUE, sent) == pytest.approx(0.1, abs=0.005)
    sent = DUE.copy()
    sent[500:] = np.nan  # the second half, so that the rate of what was sent looks right
    assert rate_error(DUE, sent) == pytest.approx(0.5, abs=0.005)


def test_what_a_declared_cap_kept_back_is_a_failure_and_not_a_slow_client():
    rows = [failed(at, "dropped", sent_s=None, done_s=None) if k % 4 == 0 else a_row(at) for k, at in enumerate(DUE)]
    assert not reasons(rows, in_flight_cap=10)
    assert any("sent rate is 25.0% off" in reason for reason in reasons(rows))
    lost = reasons(rows, in_flight_cap=10, workers=[WorkerInfo(worker=0, lost="its process ended with signal 9")])
    assert any("sent rate is 25.0% off" in reason for reason in lost)  # nobody knows why it did not send them


def test_later_turns_are_no_part_of_the_rate_that_was_asked_for():
    turns = [a_row(at + 0.002 * turn, turn=turn, conversation=k) for k, at in enumerate(DUE[::10]) for turn in range(1, 4)]
    first = [a_row(at, turn=0, conversation=k) for k, at in enumerate(DUE[::10])]
    assert rules([*first, *turns])["achieved_rate_error"].observed == pytest.approx(0, abs=1e-9)


def test_a_closed_loop_has_no_rate_to_miss():
    assert "achieved_rate_error" not in rules(loop="closed", requested_rate=None, concurrency=4)


def test_a_millisecond_of_lag_at_the_edge_of_a_short_run_is_no_lost_request():
    due = np.arange(10) / 10
    assert rate_error(due, due + 0.001) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("worker", "words"),
    [
        (WorkerInfo(worker=0, cpu_share=0.95), "load process 0 used 95% of a core, over 90%"),
        (WorkerInfo(worker=1, lost="its process ended with signal 9"), "load process 1 was lost: its process ended with signal 9"),
        (WorkerInfo(worker=0, stalls=3, stalled_s=0.3, longest_stall_s=0.2), "stood still 3 times, 0.30 s in all"),
        (WorkerInfo(worker=0, clock_step_s=0.2), "the machine's clock jumped by 200 ms, over 50 ms"),
        (WorkerInfo(worker=0, clock_uncertainty_s=0.08), "start instants may differ by 80 ms, over 50 ms"),
        (WorkerInfo(worker=0, aborted="60 of 100 failed"), "the run was cut short: 60 of 100 failed"),
    ],
)
def test_each_trouble_of_a_load_process_is_a_sentence(worker, words):
    (reason,) = reasons(workers=[worker])
    assert words in reason


def test_the_limits_of_the_spec_decide():
    patient = Validity(stalled_share=0.5, client_cpu=1.0)
    assert not reasons(workers=[WorkerInfo(worker=0, stalls=9, stalled_s=2.0, cpu_share=0.99)], validity=patient)


def test_prompts_of_another_length_than_meant_are_another_load():
    off = [a_row(at, asked_prompt_tokens=100, prompt_tokens=100 + (k % 3) * 8) for k, at in enumerate(DUE)]
    (reason,) = reasons(off)
    assert "prompts were 8.0% off their meant length at the median" in reason and "100 tokens were meant, the server counted 108" in reason
    assert rules([a_row(at, asked_prompt_tokens=100, prompt_tokens=104) for at in DUE])["prompt_tokens_error"].ok is True


def test_littles_law_finds_records_that_do_not_hold_what_was_in_flight():
    """100 requests/s of 0.249 s each are 24.9 in flight, less what is cut off at the window's ends."""
    assert not reasons(workers=[WorkerInfo(worker=k, mean_in_flight=12.3) for k in range(2)])
    (reason,) = reasons(workers=[WorkerInfo(worker=0, mean_in_flight=31.0)])
    assert "31.0 requests were in flight at the mean as counted, 24.6 by the records' times" in reason


def test_a_fraction_of_a_request_in_flight_is_no_broken_law():
    few = [a_row(at) for at in range(10)]
    assert rules(few, workers=[WorkerInfo(worker=0, mean_in_flight=0.05)])["littles_law"].observed == 0.0


def test_a_warm_up_that_found_no_steady_state_is_said_but_not_where_the_server_was_the_reason():
    assert "no steady state within 4 s" in reasons([a_row(at + 4) for at in DUE], warmup_found=False, warmup_s=4)[0]
    assert not reasons(warmup_found=False, excused=True) and not reasons(warmup_found=True)


def test_nothing_measured_is_invalid_and_not_perfect():
    assert "no request was due" in reasons([])[0]
    assert "not one request was sent" in reasons([failed(at, "dropped", sent_s=None, done_s=None) for at in DUE])[0]
