import json
import time

import numpy as np
import pyarrow as pa
import pytest

from ftbench.load.records import SCHEMA
from ftbench.metrics.run_info import WorkerInfo
from ftbench.metrics.summarise import summarise
from ftbench.metrics.summary import LoadSummary
from ftbench.spec.load import Slo
from tests.metrics.records import a_row, a_table, an_info, failed


def test_errors_count_against_goodput_and_are_in_no_latency():
    rows = [a_row(k / 10) for k in range(90)] + [failed(9 + k / 10, "timeout", done_s=14 + k / 10) for k in range(10)]
    summary = summarise(a_table(rows), an_info())
    assert (summary.n, summary.n_ok, summary.errors) == (100, 90, {"timeout": 10})
    assert summary.goodput == 9.0 and summary.attainment == 0.9 and summary.achieved_rate == 10.0
    assert summary.e2e.n == 90 and summary.e2e.max_s == pytest.approx(0.25)
    assert any("10 of 100 requests failed" in note for note in summary.e2e.notes)


def test_warmup_is_in_no_latency_and_its_time_in_no_rate():
    rows = [a_row(k / 10, phase="warmup", done_s=k / 10 + 3) for k in range(50)] + [a_row(5 + k / 10) for k in range(50)]
    summary = summarise(a_table(rows), an_info(warmup_s=5, measured_s=5))
    assert summary.n == 50 and summary.e2e.max_s == pytest.approx(0.25) and summary.achieved_rate == 10
    # of the warm-up's responses the 30 due from 2 s on end inside the window; of the measured ones the last two do not
    assert summary.requests_per_s == pytest.approx((30 + 48) / 5, abs=0.21)


def test_throughput_is_of_the_window_and_not_of_the_drain():
    rows = [a_row(k / 10, done_s=k / 10 + (0.25 if k < 50 else 20)) for k in range(100)]
    summary = summarise(a_table(rows), an_info())
    assert summary.requests_per_s == 5.0 and summary.output_tokens_per_s == 55.0


def test_a_poisson_count_off_its_mean_is_said_and_is_not_invalid():
    summary = summarise(a_table([a_row(k / 9) for k in range(90)]), an_info(arrivals="poisson"))
    assert summary.valid and "the poisson schedule holds 90 requests where 100 are the mean of its rate" in summary.notes


def test_tokens_counted_by_chunks_are_said():
    rows = [a_row(k / 10, token_count_source="chunks" if k < 5 else "usage") for k in range(100)]
    summary = summarise(a_table(rows), an_info())
    assert summary.token_count_source == "chunks and usage" and any(note.startswith("5 responses had no usage") for note in summary.notes)


def test_a_server_that_does_not_force_the_length_that_was_asked_for_is_named():
    rows = [a_row(k / 10, finish_reason="stop" if k < 7 else "length") for k in range(100)]
    (note,) = set(summarise(a_table(rows), an_info(forced=True)).notes) - set(summarise(a_table(rows), an_info()).notes)
    assert note.startswith("7 outputs ended by themselves though ignore_eos was asked for")


def test_slo_thresholds_are_repeated_without_those_that_are_not_set():
    summary = summarise(a_table([a_row(0.0)]), an_info(slo=Slo(ttft_s=0.5, e2e_s=2)))
    assert summary.slo == {"ttft_s": 0.5, "e2e_s": 2}


@pytest.mark.parametrize("rows", [[], [failed(0.0, "dropped", sent_s=None, done_s=None, http_status=None)]])
def test_a_run_without_an_answer_is_a_summary_and_not_a_crash(rows):
    summary = summarise(a_table(rows), an_info())
    assert not summary.valid and summary.ttft.p50_s is None and summary.token_count_source == "none"
    assert summary.attainment == (0.0 if rows else None)
    assert LoadSummary.model_validate(json.loads(summary.model_dump_json())) == summary


def test_a_closed_loop_has_no_rate_and_says_what_it_hides():
    summary = summarise(a_table([a_row(k / 10) for k in range(100)]), an_info(loop="closed", concurrency=4, requested_rate=None))
    assert (summary.loop, summary.concurrency, summary.requested_rate) == ("closed", 4, None) and summary.valid
    assert any(note.startswith("closed loop: each user waits") for note in summary.notes)
    assert "achieved_rate_error" not in {rule.name for rule in summary.validity}


def test_turns_of_conversations_are_requests_but_no_arrivals():
    first = [a_row(k / 10, turn=0) for k in range(100)]
    summary = summarise(a_table([*first, *(a_row(k / 10 + 0.05, turn=1) for k in range(100))]), an_info())
    assert summary.n == 200 and summary.achieved_rate == 10 and summary.sent_per_s == 20 and summary.valid
    assert not any("schedule holds" in note for note in summary.notes)


def test_turns_that_fall_due_behind_the_window_are_in_nothing_but_the_drain():
    rows = [a_row(k / 10) for k in range(97)] + [a_row(10.5 + k, turn=1, phase="drained", done_s=15.0) for k in range(3)]
    summary = summarise(a_table(rows), an_info())
    assert summary.n == 97 and summary.e2e.max_s == pytest.approx(0.25)
    assert (summary.phases["drain"].n, summary.phases["drain"].duration_s) == (3, 5.0) and summary.phases["measured"].n == 97


def test_what_was_sampled_beside_the_run_is_kept():
    told = {"server": {"kind": "vLLM"}, "hosts": [{"node": "a"}], "energy": None, "notes": ["the GPU was throttled"]}
    summary = summarise(a_table([a_row(0.0)]), an_info(), telemetry=told)
    assert summary.server == {"kind": "vLLM"} and summary.hosts == [{"node": "a"}] and summary.energy is None
    assert "the GPU was throttled" in summary.notes and summarise(a_table([a_row(0.0)]), an_info()).hosts == []


def test_a_cap_that_was_reached_is_saturation_and_not_an_invalid_measurement():
    rows = [failed(k / 10, "dropped", sent_s=None, done_s=None) if k % 5 == 4 else a_row(k / 10) for k in range(100)]
    summary = summarise(a_table(rows), an_info(in_flight_cap=2))
    assert summary.valid and summary.saturated and summary.steady is False and summary.errors == {"dropped": 20}


def test_a_later_turn_that_was_never_sent_since_the_one_before_failed_is_no_saturation():
    rows = [a_row(k / 10, turn=0) for k in range(90)] + [failed(9 + k / 10, "http_5xx", turn=0) for k in range(10)]
    rows += [failed(9 + k / 10, "dropped", turn=1, sent_s=None, done_s=None) for k in range(10)]
    assert not summarise(a_table(rows), an_info(in_flight_cap=50)).saturated


def test_an_overload_that_left_no_steady_state_to_find_is_the_server_and_not_the_measurement():
    growing = [a_row(k / 10, first_token_s=k / 10 + 0.05 * k, last_token_s=k / 10 + 0.05 * k, done_s=k / 10 + 0.05 * k) for k in range(600)]
    summary = summarise(a_table(growing), an_info(measured_s=60, warmup_found=False))
    assert summary.saturated and summary.valid


def test_a_disturbance_late_in_a_run_is_not_taken_for_a_warm_up_that_never_ended():
    info = an_info(measured_s=60, warmup_found=False)
    disturbed = [a_row(k / 10, done_s=k / 10 + (2 if 400 <= k < 410 else 0.25)) for k in range(600)]
    assert summarise(a_table(disturbed), info).valid
    still_warming = [a_row(k / 10, done_s=k / 10 + (2 if k < 100 else 0.25)) for k in range(600)]
    (reason,) = summarise(a_table(still_warming), info).invalid_reasons
    assert "no steady state" in reason
    assert not summarise(a_table([a_row(k / 10) for k in range(20)]), info).valid  # too few to say so


def test_an_aborted_run_says_why():
    summary = summarise(a_table([a_row(0.0)]), an_info(workers=[WorkerInfo(worker=k, aborted="half failed") for k in (0, 1)]))
    assert summary.aborted == ["half failed"] and not summary.valid


def test_a_hundred_thousand_requests_with_a_million_gaps_are_summarised_in_seconds():
    n, rng = 100_000, np.random.default_rng(1)
    due = np.sort(rng.uniform(0, 100, n))
    columns = {name: np.zeros(n) for name in SCHEMA.names}
    columns |= {"index": np.arange(n), "scheduled_s": due, "sent_s": due + 0.0005, "first_token_s": due + 0.05, "last_token_s": due + 0.15}
    columns |= {"done_s": due + 0.15, "output_tokens": np.full(n, 11), "first_chunk_tokens": np.ones(n), "chunks": np.full(n, 11)}
    texts = {"phase": "measured", "status": "ok", "token_count_source": "usage", "finish_reason": "length"}
    columns |= {name: pa.repeat(text, n) for name, text in texts.items()}
    columns |= {
        name: pa.nulls(n, SCHEMA.field(name).type) for name in ("error_kind", "error_sample", "retry_after_s", "asked_prompt_tokens")
    }
    columns |= {"good": pa.repeat(True, n)}
    gaps = pa.array(rng.exponential(0.01, 10 * n).astype(np.float32))
    columns["gaps_s"] = pa.ListArray.from_arrays(pa.array(np.arange(0, 10 * n + 1, 10), pa.int32()), gaps)
    table = pa.table({field.name: pa.array(columns[field.name]).cast(field.type) for field in SCHEMA}, SCHEMA)
    began = time.process_time()
    summary = summarise(table, an_info(requested_rate=1000, measured_s=100, slos={"chat": Slo(ttft_s=0.1), "batch": Slo(e2e_s=9)}))
    assert time.process_time() - began < 20
    assert summary.itl.n == 1_000_000 and summary.itl_kind == "ITL" and summary.slos["chat"].attainment == 1.0
    assert len(summary.timeline) == 20 and summary.timeline[3].in_flight == pytest.approx(150, rel=0.05)
    assert summary.itl.p999_s == pytest.approx(0.01 * np.log(1000), rel=0.1) and "p999" not in summary.itl.uncertified
