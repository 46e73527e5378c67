from dataclasses import replace

import numpy as np
import pytest

from ftbench.cost.simulator import StepTimes, fit_step_times, reproduction, simulate
from ftbench.cost.simulator.requests import requests_of
from ftbench.errors import InputError
from tests.cost.simulator.records import records
from tests.metrics.queues import served

TRUE = StepTimes((1, 4, 16), (0.03, 0.04, 0.1), 2e-4, 0.008)


@pytest.mark.parametrize("gaps", [True, False])
@pytest.mark.parametrize(("rate", "replicas"), [(1.0, 1), (2.0, 1), (2.6, 1), (5.0, 2)])
def test_the_curve_that_made_the_records_is_found_again(rate, replicas, gaps):
    found = fit_step_times(records(TRUE, rate, 600, 3, noise_s=0.003, replicas=replicas, gaps=gaps), replicas=replicas)
    low, high = found.batch_seen
    for batch in range(low, high + 1):
        assert found.steps.at(batch) == pytest.approx(TRUE.at(batch), rel=0.06)
    assert found.steps.prefill_s_per_token == pytest.approx(2e-4, rel=0.2)
    assert found.steps.overhead_s == pytest.approx(0.011, abs=0.006)  # the noise is late at the mean by 3 ms
    assert found.reproduction.worst < 0.08


@pytest.mark.parametrize("gaps", [True, False])
def test_what_a_step_that_prefills_costs_beside_its_tokens_is_found_again(gaps):
    """Weights of 4 and 8 bits are unpacked for many rows at once: as prompt tokens alone, joint and lone prefill cannot both be right."""
    true = replace(TRUE, prefill_s_per_step=0.05)
    found = fit_step_times(records(true, 2.0, 600, 3, noise_s=0.003, gaps=gaps)).steps
    assert found.prefill_s_per_step + 100 * found.prefill_s_per_token == pytest.approx(0.07, rel=0.1)
    assert found.prefill_s_per_step == pytest.approx(0.05, rel=0.25)
    assert found.at(4) == pytest.approx(TRUE.at(4), rel=0.06)


def test_prefill_is_known_even_where_nobody_was_ever_stalled_by_one():
    """With one request at a time it shows only in first tokens; taken for overhead, it would not fill any batch."""
    found = fit_step_times(records(TRUE, 0.05, 100, 3, noise_s=0.001)).steps
    assert found.prefill_s_per_token == pytest.approx(2e-4, rel=0.1)
    assert found.overhead_s == pytest.approx(0.009, abs=0.002)


def test_a_server_that_holds_a_slot_before_the_first_token_is_not_called_faster_than_it_is():
    """Eight slots, 50 ms before the first token and ten gaps of 15 ms: 0.2 s, so 40 a second, though the gaps alone say 48."""
    rng = np.random.default_rng(4)
    sent = np.cumsum(rng.exponential(1 / 45, 800))
    done = served(sent, np.full(800, 0.2), 8)
    first = done - 0.15
    rows = {"sent_s": sent, "first_token_s": first, "last_token_s": done, "done_s": done, "gaps_s": [np.full(10, 0.015)] * 800}
    rows |= {"prompt_tokens": np.full(800, 5), "output_tokens": np.full(800, 11), "first_chunk_tokens": np.ones(800)}
    found = fit_step_times(rows, max_batch=8)
    flood = np.cumsum(rng.exponential(1 / 60, 4000))
    took = simulate(flood, np.full(4000, 5), np.full(4000, 11), found.steps, max_batch=8).done_s.max()
    assert 4000 / took == pytest.approx(40, rel=0.05)
    assert any("stands for whatever holds a slot" in note for note in found.notes)
    assert not any("slot" in note for note in fit_step_times(records(TRUE, 2.0, 300, 3, noise_s=0.001)).notes)


def test_what_was_fitted_at_one_rate_predicts_another_and_two_replicas():
    steps = fit_step_times(records(TRUE, 1.5, 600, 3, noise_s=0.003)).steps
    for rate, replicas in ((2.5, 1), (5.0, 2)):
        other = requests_of(records(TRUE, rate, 1500, 4, noise_s=0.003, replicas=replicas))
        assert reproduction(other, steps, replicas=replicas).worst < 0.1


def test_curve_beyond_what_was_seen_is_said_to_be_a_guess():
    found = fit_step_times(records(TRUE, 0.5, 200, 3, noise_s=0.001))
    assert found.batch_seen[1] < 8
    assert any("is a guess" in note for note in found.notes)
    assert not fit_step_times(records(TRUE, 4.0, 300, 3, noise_s=0.001)).notes


def test_figures_are_of_the_measured_window_alone():
    rows = records(TRUE, 1.0, 300, 3, noise_s=0.001)
    rows["first_token_s"] = rows["first_token_s"] + np.where(rows["phase"] == "warmup", 50.0, 0.0)
    rows["last_token_s"], rows["done_s"] = (np.maximum(rows[k], rows["first_token_s"]) for k in ("last_token_s", "done_s"))
    found = reproduction(requests_of(rows), TRUE)
    assert found.requests == int((rows["phase"] == "measured").sum())
    assert found.figures["ttft_p99_s"].measured < 5.0


def test_load_generators_own_delay_is_not_the_servers():
    rows = records(TRUE, 1.0, 300, 3, noise_s=0.001)
    late = rows | {"scheduled_s": rows["sent_s"] - 3.0}
    assert reproduction(requests_of(late), TRUE).figures == reproduction(requests_of(rows), TRUE).figures


def test_chunks_of_several_tokens_are_several_steps():
    """A server that sends two tokens at once makes half as many gaps of twice the length."""
    rows = records(TRUE, 1.0, 400, 3, noise_s=0.0)
    paired = []
    for gaps in rows["gaps_s"]:
        times = np.concatenate([[0.0], np.cumsum(gaps)])
        kept = times[::2] if len(times) % 2 else np.append(times[::2], times[-1])
        paired.append(np.diff(kept))
    found = fit_step_times(rows | {"gaps_s": paired})
    assert found.steps.at(1) == pytest.approx(0.03, rel=0.06)
    assert found.steps.at(4) == pytest.approx(0.04, rel=0.06)


def _some_failed(rows, share):
    failed = np.arange(len(rows["sent_s"])) < share * len(rows["sent_s"])
    return rows | {"status": np.where(failed, "error", "ok"), "done_s": np.where(failed, np.nan, rows["done_s"])}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: {k: v for k, v in rows.items() if k != "prompt_tokens"}, "lack prompt_tokens"),
        (lambda rows: {k: v[:10] for k, v in rows.items()}, "10 requests of 10"),
        (lambda rows: _some_failed(rows, 0.2), "20 of 100 requests failed"),
        (lambda rows: rows | {"output_tokens": np.ones(100), "last_token_s": rows["first_token_s"]}, "longer outputs"),
    ],
)
def test_records_that_say_nothing_are_one_sentence(change, says):
    with pytest.raises(InputError, match=says):
        fit_step_times(change(records(TRUE, 1.0, 100, 3, noise_s=0.001)))
