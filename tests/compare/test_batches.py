"""Closed loops of full batches: what counts, and how long a slow one is measured."""

import pytest

from ftbench.compare.batches import batch_plan, batch_run, enough_s
from ftbench.metrics.summarise import summarise
from tests.load.conftest import a_plan
from tests.metrics.records import a_row, a_table, an_info, failed


def run_of(rows, users=2, **info):
    info = an_info(loop="closed", concurrency=users, requested_rate=None, measured_s=3, **info)
    return batch_run(users, "f", summarise(a_table(rows), info), a_table(rows), users)


def wave(at, step, n=2):
    """`n` requests that begin together: first token after 0.1 s, then ten more at `step`."""
    last = at + 0.1 + 10 * step
    return [a_row(at, sent_s=at, first_token_s=at + 0.1, last_token_s=last, done_s=last, gaps_s=[step] * 10) for _ in range(n)]


def test_a_slow_cell_is_measured_for_two_waves_of_answers():
    assert enough_s(5, 10.0, 16) == 20.0


def test_a_batch_of_one_is_measured_for_six_answers_and_not_for_two():
    assert enough_s(0.5, 0.4, 1) == pytest.approx(6 * 0.4)


def test_no_cell_takes_more_than_eight_times_what_was_asked_for():
    assert enough_s(5, 400.0, 16) == 40


def test_a_request_that_outlived_its_batch_is_not_a_step_of_the_full_batch():
    # the last one decodes alone, three times as fast
    found = run_of([*wave(0.0, 0.09), *wave(1.0, 0.09), *wave(2.0, 0.03, n=1)])
    assert found.step.n == 4 and found.step.mean == pytest.approx(0.09) and not found.notes


def test_a_batch_that_was_never_full_is_used_and_said_so():
    found = run_of(wave(0.0, 0.05, n=1) + wave(1.0, 0.05, n=1))
    assert found.step.n == 2 and "no request had a full batch of 2 beside it" in found.notes[0]


def test_a_failed_request_leaves_the_batch_not_full_so_the_run_says_nothing():
    found = run_of([*wave(0.0, 0.05), failed(1.0, "reset", done_s=1.1)])
    assert found.step is None and "requests failed (1 reset)" in found.invalid[0]


def test_an_invalid_run_has_no_figures():
    rows = [dict(row, sent_s=row["scheduled_s"] + 0.5, first_token_s=row["scheduled_s"] + 0.6) for row in wave(0.0, 0.05)]
    found = run_of(rows)
    assert found.step is None and any("send lag" in reason for reason in found.invalid)


def test_batches_of_a_traced_spec_have_no_arrivals_left():
    plan = batch_plan(a_plan("http://127.0.0.1:9/v1", rate=3, arrivals="gamma", cv=2, min_requests=50), 8, 5.0, 16)
    assert (plan.rate, plan.cv, plan.min_requests, plan.closed.concurrency, plan.max_tokens, plan.ignore_eos) == (
        None,
        None,
        0,
        8,
        16,
        True,
    )
