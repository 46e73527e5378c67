"""Test 4 of the checklist on hand-made load runs."""

import pytest

from ftbench.checks.latency import Latency
from tests.checks.builder import by_name, inputs, load_run, spec

STEADY = [0.5 + 0.001 * (i % 100) for i in range(1000)]


def judged(*runs, **section):
    return Latency().evaluate(inputs(spec({"latency": {"p50_s": 1, **section}}), load=runs))


def test_steady_run_within_its_limits_is_passed_and_proven():
    result = judged(load_run(STEADY))
    assert (result.status, result.evidence) == ("PASS", "PROVEN")
    assert "first token" in result.notes[0]


def test_limit_of_the_first_token_is_judged_only_where_there_is_one():
    assert "p50 of the time to the first token" not in by_name(judged(load_run(STEADY)))
    result = judged(load_run(STEADY), ttft_p50_s=0.1)
    assert by_name(result)["p50 of the time to the first token"].status == "FAIL" and result.status == "FAIL"


def test_slow_median_and_long_tail_fail_each_by_itself():
    assert by_name(judged(load_run([2.0] * 1000)))["p50 of the whole response"].status == "FAIL"
    tail = judged(load_run([0.5] * 950 + [2.0] * 50))
    assert {c.name: c.status for c in tail.criteria}["p50 of the whole response"] == "PASS"
    assert by_name(tail)["p99 over p50 of the whole response"].observed == 4 and tail.status == "FAIL"


@pytest.mark.parametrize("kind", ["timeout", "http_5xx", "truncated", "rejected"])
def test_one_failed_request_of_many_fails_the_test(kind):
    result = judged(load_run(STEADY, errors={kind: 1}))
    criterion = by_name(result)["requests that timed out, hung or failed"]
    assert (criterion.status, criterion.n, criterion.note) == ("FAIL", 1001, f"1 x {kind}")
    assert result.status == "FAIL"


def test_failed_request_fails_the_test_and_does_not_make_it_too_small_to_judge():
    """100 sent, 100 needed, one timed out: 99 latencies are left."""
    result = judged(load_run([0.5] * 99, errors={"timeout": 1}))
    assert result.status == "FAIL"
    assert judged(load_run([0.5] * 98, errors={"timeout": 1})).status == "INVALID"


def test_run_in_which_nothing_was_answered_fails():
    result = judged(load_run([], errors={"http_5xx": 200}))
    assert (result.status, result.evidence) == ("FAIL", "REFUTED")
    assert "Not one request was answered" in result.notes[0]


def test_queue_that_grows_fails_although_the_short_run_looks_quick():
    result = judged(load_run(STEADY, saturated=True))
    assert by_name(result)["queue that grows at today's traffic"].status == "FAIL"


def test_too_few_requests_are_invalid():
    assert judged(load_run([0.5] * 99)).status == "INVALID"
    assert judged(load_run([0.5] * 100)).status == "PASS"
    assert judged(load_run([])).status == "INVALID"


def test_hundred_requests_pass_and_prove_no_tail():
    result = judged(load_run([0.5] * 100))
    assert (result.status, result.evidence) == ("PASS", "INCONCLUSIVE")


def test_invalid_run_is_no_verdict_about_the_model():
    result = judged(load_run(STEADY, valid=False))
    assert (result.status, result.evidence, result.criteria) == ("INVALID", "NO_DATA", [])
    assert "the client was late" in result.notes[0]


def test_only_the_run_at_todays_traffic_is_judged():
    assert judged().status == judged(load_run(STEADY, scale=3)).status == "INVALID"
    result = judged(load_run([9.0] * 1000, scale=3, saturated=True), load_run(STEADY), load_run([], scale=10, valid=False))
    assert result.status == "PASS"


def test_a_closed_loop_is_no_latency_under_todays_traffic():
    closed = load_run(STEADY).model_copy(update={"loop": "closed", "requested_rate": None})
    assert judged(closed).status == "INVALID"
