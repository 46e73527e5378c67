import json

import pytest

from ftbench.metrics.summarise import summarise
from ftbench.metrics.summary import LoadSummary
from ftbench.spec.model import Slo
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


def test_slo_thresholds_are_repeated_without_those_that_are_not_set():
    summary = summarise(a_table([a_row(0.0)]), an_info(slo=Slo(ttft_s=0.5, e2e_s=2)))
    assert summary.slo == {"ttft_s": 0.5, "e2e_s": 2}


@pytest.mark.parametrize("rows", [[], [failed(0.0, "dropped", sent_s=None, done_s=None, http_status=None)]])
def test_a_run_without_an_answer_is_a_summary_and_not_a_crash(rows):
    summary = summarise(a_table(rows), an_info())
    assert not summary.valid and summary.ttft.p50_s is None and summary.token_count_source == "none"
    assert summary.attainment == (0.0 if rows else None)
    assert LoadSummary.model_validate(json.loads(summary.model_dump_json())) == summary
