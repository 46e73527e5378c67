"""Whole replicas on whole instances: nobody rents three eighths of an eight-GPU machine."""

from fractions import Fraction
from math import ceil, floor

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ftbench.errors import InputError
from ftbench.spec import Profile, Spec

ROUNDING = 1e-9
"""Share of a replica by which a quotient may exceed a whole number and still be it: 24.9 / (10 x 0.83) is 3.0000000000000004 in floats."""


def replicas_needed(peak_rate: float, capacity: float, *, headroom: float = 1.0, spare: int = 0, least: int = 1) -> int:
    """max(least, ceil(peak / (capacity x headroom))) + spare.

    Args:
        peak_rate, capacity: requests per second, of the busiest time and of one replica at the SLO; capacity > 0.
        headroom: share of the capacity that is planned to be used.
        spare: replicas that may fail without a promise broken.
        least: the fleet is never smaller, spares not counted.
    """
    return int(whole_replicas(peak_rate, capacity, headroom, spare, least))


def whole_replicas(peak_rate: ArrayLike, capacity: ArrayLike, headroom: float, spare: int, least: int) -> NDArray[np.int64]:
    """`replicas_needed` of many demands and capacities at once, in their common shape."""
    full = np.ceil(np.asarray(peak_rate) / (np.asarray(capacity) * headroom) - ROUNDING)
    return np.maximum(max(1, least), full).astype(np.int64) + spare


def instances_needed(replicas: int, per_instance: Fraction) -> int:
    """Instances that `replicas` take when `per_instance` of them fit one: ceil(replicas / per_instance)."""
    return int(whole_instances(replicas, per_instance))


def whole_instances(replicas: ArrayLike, per_instance: Fraction) -> NDArray[np.int64]:
    """`instances_needed` of many fleets at once, exact: whole numbers only."""
    return -(-np.asarray(replicas, dtype=np.int64) * per_instance.denominator // per_instance.numerator)


def replicas_per_instance(gpus_per_replica: float, devices_per_instance: int) -> Fraction:
    """Replicas that one instance holds, each packed whole; 1/k where one replica takes k instances.

    Three-GPU replicas fit an eight-GPU instance twice, not 2.67 times: ceil(replicas x 3 / 8) would count GPUs that no replica can
    use. A share of a GPU stays on one GPU, as Ray places it: 0.3 fits three times on each.

    Raises:
        InputError: a fraction of GPUs above one, which Ray does not schedule, or none at all.
    """
    share = Fraction(repr(float(gpus_per_replica)))
    if share <= 0 or (share > 1 and share.denominator != 1):
        raise InputError(f"serving.gpus_per_replica is {gpus_per_replica:g}; give a share of one GPU, or a whole number of them.")
    if share < 1:
        return Fraction(floor(1 / share) * devices_per_instance)
    if share <= devices_per_instance:
        return Fraction(floor(devices_per_instance / share))
    return Fraction(1, ceil(share / devices_per_instance))


def packing(spec: Spec, profile: Profile) -> Fraction:
    """Replicas of `spec` that one instance of `profile` holds.

    On CPUs, and where the spec keeps replicas off the GPUs, the replicas that were deployed shared one machine, and no more than they
    are known to fit.

    Raises:
        InputError: as `replicas_per_instance`.
    """
    asked = spec.serving.gpus_per_replica
    if profile.kind == "cpu" or asked == 0:
        return Fraction(spec.serving.replicas)
    return replicas_per_instance(1.0 if asked is None else asked, profile.devices_per_instance)
