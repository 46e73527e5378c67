from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.cost.fleet import instances_needed, packing, replicas_needed, replicas_per_instance
from ftbench.errors import InputError
from tests.cost.builder import profile, spec


@pytest.mark.parametrize(
    ("peak", "capacity", "headroom", "spare", "replicas"),
    [(0.0, 5, 1, 0, 1), (5, 5, 1, 0, 1), (5.01, 5, 1, 0, 2), (24.9, 10, 0.83, 0, 3), (5, 5, 1, 1, 2), (0.3, 0.1, 1, 0, 3)],
)
def test_replicas_are_whole_and_never_fewer_than_one(peak, capacity, headroom, spare, replicas):
    assert replicas_needed(peak, capacity, headroom=headroom, spare=spare) == replicas


@pytest.mark.parametrize(
    ("replicas", "gpus", "devices", "instances"),
    [
        (1, 1, 8, 1),  # one GPU of eight
        (8, 1, 8, 1),
        (9, 1, 8, 2),
        (3, 3, 8, 2),  # 9 GPUs, but each instance holds only two replicas of three
        (5, 3, 8, 3),
        (1, 16, 8, 2),  # a replica over two instances
        (3, 0.3, 1, 1),
        (4, 0.3, 1, 2),  # the fourth 0.3 does not fit the first GPU
        (10, 0.1, 1, 1),
    ],
)
def test_replicas_are_packed_whole(replicas, gpus, devices, instances):
    assert instances_needed(replicas, replicas_per_instance(gpus, devices)) == instances


@given(st.integers(1, 200), st.integers(1, 16), st.integers(1, 8))
def test_packing_never_needs_fewer_instances_than_gpus_say(replicas, gpus, devices):
    instances = instances_needed(replicas, replicas_per_instance(gpus, devices))
    assert instances * devices >= replicas * gpus
    assert instances_needed(replicas + 1, replicas_per_instance(gpus, devices)) >= instances


@pytest.mark.parametrize("gpus", [1.5, 0, -1])
def test_gpu_shares_that_ray_cannot_place_are_refused(gpus):
    with pytest.raises(InputError, match="gpus_per_replica"):
        replicas_per_instance(gpus, 8)


@pytest.mark.parametrize("replicas", [1, 3, 12, 49])
def test_replicas_kept_off_the_gpus_share_the_machine(replicas):
    serving = {"replicas": replicas, "gpus_per_replica": 0}
    assert packing(spec(serving=serving), profile(devices=8)) == Fraction(replicas)
    assert packing(spec(serving={"replicas": replicas}), profile(kind="cpu")) == Fraction(replicas)


def test_a_replica_takes_one_gpu_unless_the_spec_says_otherwise():
    assert packing(spec(), profile(devices=8)) == 8
    assert packing(spec(serving={"gpus_per_replica": 2}), profile(devices=8)) == 4
