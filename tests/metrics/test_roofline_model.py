from dataclasses import replace

import pytest

from ftbench.errors import NoData
from ftbench.metrics.roofline import decode_bound_s
from ftbench.metrics.roofline_model import Observation, calibrate, leave_one_device_out, modelled_step_times
from tests.metrics.test_roofline import PEAKS, SMALL

SLOW = replace(PEAKS, bandwidth_bytes_s=1e11)


def seen(step_s, *, device="a", peaks=PEAKS, batch=1, work=SMALL):
    return Observation(device, work, peaks, batch, 0, step_s)


def test_device_that_waits_for_nobody_gives_its_efficiency():
    """2.2 GB at 100 GB/s are 22 ms; a step of 40 ms is 55 % of that."""
    found = calibrate([seen(0.040, peaks=SLOW), seen(0.040, peaks=SLOW, batch=2), seen(0.022 / 0.55 / 10)], slower=2.0, source="made")
    step = modelled_step_times(SMALL, SLOW, found, [1, 2], 0)
    assert [s.expected_s for s in step] == [pytest.approx(0.040, rel=0.06)] * 2
    assert step[0].low_s == decode_bound_s(SMALL, SLOW, 1, 0).seconds
    assert step[0].high_s == pytest.approx(2 * step[0].expected_s)


def test_step_that_waits_for_its_host_does_not_shrink_on_a_faster_device():
    """20 ms on 10 layers is 2 ms a layer, whatever the bandwidth."""
    found = calibrate([seen(0.020)], slower=2.0, source="made")
    fast = modelled_step_times(SMALL, replace(PEAKS, bandwidth_bytes_s=1e13), found, [1], 0)[0]
    assert fast.expected_s == pytest.approx(0.020, rel=0.03) and fast.limited_by == "host"
    twice_as_deep = modelled_step_times(replace(SMALL, layers=20), PEAKS, found, [1], 0)[0]
    assert twice_as_deep.expected_s == pytest.approx(0.040, rel=0.03)


def test_four_bits_do_not_speed_up_a_batch_that_unpacks_them():
    """0.76 GB are read at batch 1; from batch 2 on 2 x 2 GB more are written and read again."""
    nf4 = replace(SMALL, variant="nf4", weight_bytes=762_500_000)
    found = calibrate([seen(1e-6, work=nf4), seen(1e-6, work=nf4, batch=2)], slower=2.0, source="made")
    one, two = modelled_step_times(nf4, PEAKS, found, [1, 2], 0)
    assert one.low_s == pytest.approx(two.low_s)
    assert two.expected_s / one.expected_s == pytest.approx(4.7625 / 0.7625, rel=1e-3)


def test_expected_is_never_faster_than_the_roofline():
    found = calibrate([seen(0.0001), seen(0.0001, batch=8)], slower=1.0, source="measured wrongly: faster than the bandwidth allows")
    for step in modelled_step_times(SMALL, PEAKS, found, [1, 8, 64], 300):
        assert step.low_s <= step.expected_s <= step.high_s


def test_batches_nobody_measured_are_not_guessed():
    found = calibrate([seen(0.020)], slower=2.0, source="one run")
    with pytest.raises(NoData, match="one run: no step of plain kernels was measured at batch above 1"):
        modelled_step_times(SMALL, PEAKS, found, [8], 0)


def test_two_equal_devices_predict_each_other():
    error = leave_one_device_out([seen(0.020), seen(0.020, device="b")])
    assert error.points == 2 and error.worst_error < 0.03


def test_device_that_is_twice_as_slow_is_an_error_of_one_both_ways():
    error = leave_one_device_out([seen(0.020), seen(0.040, device="b")])
    assert error.median_error == pytest.approx(1.0, abs=0.06)
    assert error.slower == pytest.approx(2.0, abs=0.06) and error.faster == pytest.approx(2.0, abs=0.06)


def test_error_of_one_device_alone_is_no_data_not_zero():
    with pytest.raises(NoData, match="at least two"):
        leave_one_device_out([seen(0.020), seen(0.021)])
    with pytest.raises(NoData, match="same kind of kernels"):
        leave_one_device_out([seen(0.020), seen(0.021, device="b", work=replace(SMALL, variant="int8"))])
    with pytest.raises(NoData):
        calibrate([], slower=1.0, source="")
