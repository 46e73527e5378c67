import numpy as np
import pytest

from ftbench.metrics import latency
from tests.metrics.records import a_row, a_table, failed


def test_latency_runs_from_the_scheduled_time_and_not_from_the_sent_one():
    table = a_table([a_row(1.0, sent_s=1.08)])
    assert latency.ttft(table) == pytest.approx([0.1]) and latency.ttft_from_sent(table) == pytest.approx([0.02])
    assert latency.e2e(table) == pytest.approx([0.25]) and latency.send_lag(table) == pytest.approx([0.08])


def test_tpot_leaves_out_the_tokens_of_the_first_chunk():
    assert latency.tpot(a_table([a_row(0)])) == pytest.approx([0.01])
    assert latency.tpot(a_table([a_row(0, output_tokens=14, first_chunk_tokens=4)])) == pytest.approx([0.01])


def test_one_token_has_no_tpot_instead_of_zero_or_infinity():
    values = latency.tpot(a_table([a_row(0, output_tokens=1), a_row(1, output_tokens=4, first_chunk_tokens=4), failed(2, "timeout")]))
    assert np.isnan(values).all() and latency.describe(values).n == 0


def test_quantiles_are_observed_values_with_intervals_around_them():
    described = latency.describe(np.arange(1, 101) / 100)
    assert (described.n, described.p50_s, described.p90_s, described.p99_s, described.max_s) == (100, 0.5, 0.9, 0.99, 1.0)
    low, high = described.ci["p50"]
    # ranks 40 and 61 of 100 hold the median with 95 %: Conover, Practical Nonparametric Statistics, table A3
    assert low == pytest.approx(0.40, abs=0.011) and high == pytest.approx(0.61, abs=0.011)
    assert described.ci["p99"][1] is None


def test_a_percentile_from_too_few_requests_says_so():
    notes = latency.describe(np.ones(100)).notes
    assert "p99 from 100 requests is not certified: 662 are needed" in notes and not any(note.startswith("p90") for note in notes)
    described = latency.describe(np.ones(662))
    assert described.notes == [] and described.uncertified == {"p999": 6636} and described.p999_s == 1.0
    assert latency.describe(np.ones(6636)).uncertified == {}


def test_failures_that_are_in_no_quantile_are_said():
    (note,) = latency.describe(np.ones(970), failed=30).notes
    assert note.startswith("30 of 1000 requests failed") and "above p97 " in note
