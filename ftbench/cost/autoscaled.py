"""The ideal autoscaled fleet: in every hour as many instances as that hour needs, known beforehand. A lower bound of what scaling costs."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ftbench.cost.bill import Terms
from ftbench.cost.fleet import whole_instances, whole_replicas


class Autoscaled(NamedTuple):
    """`instances_mean` are paid for at the mean, starts included; replicas include the spares."""

    instances_mean: float
    replicas_mean: float
    replicas_least: int
    replicas_most: int
    starts_per_day: float
    notes: tuple[str, ...]


def autoscaled(terms: Terms, hours: Sequence[float], *, reload_s: float | None = None) -> Autoscaled:
    """N(t) over `hours`, each the rate of one hour over the mean, at the terms of one scale.

    An instance that comes up for an hour is paid for `reload_s` before it. The last hour is followed by the first, as days are.
    Within an hour the fleet stands: bursts are what the headroom is for.
    """
    rates = terms.mean_rate * np.asarray(hours, dtype=float)
    replicas = whole_replicas(rates, terms.capacity, terms.headroom, terms.spare, terms.min_replicas)
    instances = whole_instances(replicas, terms.per_instance)
    started = np.maximum(0, np.roll(instances, -1) - instances).sum()
    loading = started * (reload_s or 0.0) / 3600
    notes = ["Ideal: every hour's demand is known beforehand, and an instance is paid for by the second."]
    notes.append(
        "How long a new replica takes is not known, so its loading is not paid for here (cost.autoscale_reload_s)."
        if reload_s is None
        else f"A new instance is paid for {reload_s:g} s before it serves."
    )
    return Autoscaled(
        instances_mean=float((instances.sum() + loading) / len(instances)),
        replicas_mean=float(replicas.mean()),
        replicas_least=int(replicas.min()),
        replicas_most=int(replicas.max()),
        starts_per_day=float(started / len(instances) * 24),
        notes=tuple(notes),
    )
