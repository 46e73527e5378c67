"""As many load processes as the traffic needs, and a refusal before anything is sent where no number of them is enough."""

import numpy as np
import pytest

from ftbench.errors import InputError
from ftbench.load.crew.sized import CALM, EVENT_S, REQUEST_S, busiest_rate, check_workers, demand, with_workers
from tests.load.conftest import a_plan

URL = "http://127.0.0.1:9/v1"


def test_a_quiet_run_needs_one_worker_on_however_many_cores():
    assert with_workers(a_plan(URL, rate=5, max_tokens=64), "auto", cores=64).workers == 1


def test_auto_takes_what_the_events_need_and_no_more_than_the_cores_that_are_free():
    plan = a_plan(URL, rate=800, max_tokens=128, duration_s=10)
    needed = int(np.ceil(800 * (REQUEST_S + 128 * EVENT_S) / CALM))
    assert needed > 2
    assert with_workers(plan, "auto", cores=64).workers == needed
    assert with_workers(plan, "auto", cores=needed - 1).workers == needed - 1
    assert with_workers(plan, "auto", cores=2, reserved=1).workers == 1
    assert with_workers(plan, "auto", cores=2, reserved=8).workers == 1
    assert with_workers(plan, 7, cores=2).workers == 7


def test_the_rush_counts_not_the_mean():
    steady = a_plan(URL, rate=50, duration_s=60)
    rush = a_plan(URL, rate=50, duration_s=60, arrivals="bursts", bursts={"period_s": 30, "length_s": 5, "factor": 20})
    assert demand(rush).requests_per_s > 3 * demand(steady).requests_per_s
    assert busiest_rate(np.array([0.0, 10.0, 10.1, 10.2, 14.9, 20.0]), 5.0) == 4 / 5
    assert busiest_rate(np.array([]), 5.0) == 0


def test_every_turn_of_a_conversation_and_each_output_length_counts():
    one = a_plan(URL, rate=20, duration_s=10)
    item = {"messages": [{"role": "user", "content": "a"}], "then": [{"content": "b"}, {"content": "c"}], "max_tokens": 100}
    three = one.model_copy(update={"prompts": type(one).model_validate({**one.model_dump(), "prompts": [item]}).prompts})
    assert demand(three).requests_per_s == 3 * demand(one).requests_per_s
    assert demand(three).events_per_s == pytest.approx(3 * demand(one).requests_per_s * 100)


def test_a_rate_that_the_machine_cannot_send_is_refused_with_the_workers_and_machines_that_it_needs():
    plan = a_plan(URL, rate=50_000, duration_s=1, max_tokens=1, workers=2)
    needed = int(np.ceil(50_000 * (REQUEST_S + EVENT_S) / CALM))
    with pytest.raises(InputError) as refused:
        check_workers(plan, 2)
    assert "50,000 requests and up to 50,000 tokens a second cannot be sent by 2 load processes" in str(refused.value)
    assert f"takes about {needed}" in str(refused.value) and f"Ray cluster of {-(-needed // 2)} machines" in str(refused.value)


def test_more_processes_than_cores_do_not_make_a_rate_possible():
    plan = a_plan(URL, rate=30_000, duration_s=5, max_tokens=1, workers=500)
    assert check_workers(plan, 500) is None
    with pytest.raises(InputError, match="500 load processes on 2 cores"):
        check_workers(plan, 2)


def test_long_answers_that_may_end_early_are_doubted_not_refused():
    plan = a_plan(URL, rate=250, duration_s=10, max_tokens=2000)
    assert "are needed" in check_workers(plan, 2)
    with pytest.raises(InputError):
        check_workers(plan.model_copy(update={"ignore_eos": True}), 2)


def test_a_doubt_says_the_way_out_that_is_there():
    plan = a_plan(URL, rate=600, duration_s=10, max_tokens=64)
    assert "Take 2 workers, or `auto`" in check_workers(plan, 8)
    assert check_workers(with_workers(plan, "auto", cores=8), 8) is None
    assert "Ray cluster" in check_workers(plan, 1)
    assert "more nodes" in check_workers(plan, None)


def test_a_closed_loop_is_never_refused_since_the_server_sets_its_pace():
    closed = {"closed": {"concurrency": 5000}, "rate": None, "arrivals": "poisson", "ignore_eos": True}
    plan = a_plan(URL, **closed)
    assert "are needed" in check_workers(plan, 2)
    assert with_workers(plan, "auto", cores=16).workers > 1
    assert with_workers(a_plan(URL, **{**closed, "closed": {"concurrency": 8}}), "auto", cores=16).workers == 1
