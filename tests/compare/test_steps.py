"""Step times from closed loops, and what the simulator makes of them."""

import pytest

from ftbench.compare.steps import Seen, curve, fitted, predicted_capacity, seen_of, step_times
from ftbench.load.records import write_records
from tests.compare.builder import figure, plan, point
from tests.metrics.records import a_row


def test_prefill_and_overhead_are_read_off_how_ttft_grows_with_the_batch():
    # overhead 30 ms, 2 ms a prompt token, prompts of 50
    seen = [Seen(b, step, 0.03 + step + 0.002 * 50 * b, 50) for b, step in ((1, 0.08), (4, 0.12), (16, 0.25))]
    steps = step_times(seen)
    assert (steps.batch, steps.seconds) == ((1, 4, 16), (0.08, 0.12, 0.25))
    assert steps.prefill_s_per_token == pytest.approx(0.002) and steps.overhead_s == pytest.approx(0.03)


@pytest.mark.parametrize("ttfts", [(0.5, 0.4, 0.45), (0.08, 0.3, 4.0), (0.01, 0.01, 0.01)])
def test_noise_makes_neither_cost_negative(ttfts):
    steps = step_times([Seen(b, 0.08, t, 50) for b, t in zip((1, 4, 16), ttfts, strict=True)])
    assert steps.prefill_s_per_token >= 0 and steps.overhead_s >= 0


def test_from_one_batch_alone_all_of_the_wait_is_prefill():
    assert step_times([Seen(4, 0.1, 0.5, 20)]).prefill_s_per_token == pytest.approx(0.4 / 80)


def test_no_point_is_no_curve():
    broken = point(1, 0.1, 0.2).model_copy(update={"step": figure(None)})
    assert step_times(seen_of([broken], 50)) is None


def closed_loop(folder, overhead_s=0.0):
    """Records of one user and of four who ask again at once: 20 ms a step, 1 ms a prompt token, and what a request spends outside."""
    for users in (1, 4):
        rows = []
        for wave in range(12):
            sent = wave * 2.0
            first = sent + overhead_s + 0.02 + 0.05 * users
            last = first + 15 * 0.02
            rows += [
                a_row(
                    sent, sent_s=sent, first_token_s=first, last_token_s=last, done_s=last, prompt_tokens=50, output_tokens=16,
                    gaps_s=[0.02] * 15,
                )
                for _ in range(users)
            ]  # fmt: skip
        (folder / str(users)).mkdir()
        described = [{**row, "index": k, "worker": 0} for k, row in enumerate(rows)]
        write_records(folder / str(users) / "requests.parquet", described, t0_monotonic_ns=1)
    return [folder / "1", folder / "4"]


def test_closed_loops_of_several_batches_are_fitted_as_one_run(tmp_path):
    steps = fitted(closed_loop(tmp_path), plan("fp32").spec)
    assert curve(steps).at(1) == pytest.approx(0.02, rel=0.1) and curve(steps).at(4) == pytest.approx(0.02, rel=0.2)
    assert steps.prefill_s_per_token == pytest.approx(0.001, rel=0.2) and steps.overhead_s < 0.02


def test_no_request_spends_more_outside_of_the_batch_than_the_quickest_waited(tmp_path):
    steps = fitted(closed_loop(tmp_path, overhead_s=0.1), plan("fp32").spec)
    assert steps.overhead_s <= 0.1 + 0.02 + 0.05


def test_nothing_that_was_measured_is_no_curve_and_too_few_requests_neither(tmp_path):
    assert fitted([], plan("fp32").spec) is None
    write_records(tmp_path / "requests.parquet", [{**a_row(0.0), "index": 0}], t0_monotonic_ns=1)
    assert fitted([tmp_path], plan("fp32").spec) is None


def test_a_prediction_lies_below_saturation_and_doubles_with_the_replicas():
    steps = step_times([Seen(1, 0.02, 0.1, 50), Seen(16, 0.04, 1.3, 50)])
    one, two = (predicted_capacity(steps, plan("fp32", replicas=n).spec, [50], [8]) for n in (1, 2))
    assert 0 < one.rate < one.saturation_rate
    assert 1.8 < two.rate / one.rate < 2.4  # two share their bursts, so a little more than twice
