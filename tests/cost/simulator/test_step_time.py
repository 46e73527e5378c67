import pytest

from ftbench.cost.simulator import StepTimes
from ftbench.errors import InputError

CURVE = StepTimes((2, 4, 8), (0.02, 0.04, 0.06), 1e-4, 0.01, 0.005)


@pytest.mark.parametrize(("batch", "seconds"), [(1, 0.02), (2, 0.02), (3, 0.03), (4, 0.04), (6, 0.05), (8, 0.06), (12, 0.08)])
def test_the_curve_is_linear_between_its_points_and_goes_on_with_its_last_slope(batch, seconds):
    assert CURVE.at(batch) == pytest.approx(seconds)
    assert CURVE.table(12)[batch] == CURVE.at(batch)


def test_one_point_is_a_constant():
    assert StepTimes((4,), (0.1,)).at(1) == StepTimes((4,), (0.1,)).at(100) == 0.1


def test_a_noisy_last_point_does_not_make_large_batches_free():
    assert StepTimes((1, 2, 3), (0.1, 0.2, 0.19)).at(1000) == 0.19


def test_a_slower_device_is_slower_in_all_it_does():
    assert CURVE.scaled(2) == StepTimes((2, 4, 8), (0.04, 0.08, 0.12), 2e-4, 0.02, 0.01)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (((), ()), "one at least"),
        (((1, 2), (0.1,)), "as many of each"),
        (((2, 1), (0.1, 0.1)), "must ascend"),
        (((0, 1), (0.1, 0.1)), "start at 1"),
        (((1,), (0.0,)), "above 0"),
        (((1,), (float("nan"),)), "above 0"),
        (((1,), (0.1,), -1.0), "prefill_s_per_token"),
        (((1,), (0.1,), 0.0, float("inf")), "overhead_s"),
    ],
)
def test_a_curve_that_cannot_be_is_one_sentence(args, says):
    with pytest.raises(InputError, match=says):
        StepTimes(*args)
