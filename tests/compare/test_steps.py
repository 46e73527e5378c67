"""Step times from closed loops, and what the simulator makes of them."""

import pytest

from ftbench.compare.steps import Seen, predicted_capacity, seen_of, step_times
from tests.compare.builder import figure, plan, point


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


def test_a_prediction_lies_below_saturation_and_doubles_with_the_replicas():
    steps = step_times([Seen(1, 0.02, 0.1, 50), Seen(16, 0.04, 1.3, 50)])
    one, two = (predicted_capacity(steps, plan("fp32", replicas=n).spec, [50], [8]) for n in (1, 2))
    assert 0 < one.rate < one.saturation_rate
    assert 1.8 < two.rate / one.rate < 2.4  # two share their bursts, so a little more than twice
