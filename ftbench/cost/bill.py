"""What a month costs at one scale: the terms that it depends on, and the bill that follows from them. Formulas: docs/cost.md."""

from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ftbench.cost.fleet import whole_instances, whole_replicas
from ftbench.cost.pricing import HOURS_PER_MONTH
from ftbench.cost.result import Breakdown
from ftbench.spec.cost import Cost

SECONDS_PER_MONTH = HOURS_PER_MONTH * 3600
BYTES_PER_GB = 1e9
"""Clouds bill transfer in decimal gigabytes."""


class Terms(NamedTuple):
    """Everything that the cost of one scale is a function of. Rates in requests per second, money in one currency.

    The first four and `network_per_request` may be arrays of draws; all else is one number. `capacity` is of one replica at the SLO;
    `per_hour` of one instance; storage, gateway and monitoring are per month. `good_share` of the requests is sold, all are paid for.
    """

    mean_rate: float
    peak_to_mean: float
    capacity: float
    per_hour: float
    network_per_request: float
    gateway_per_request: float
    storage: float
    gateway: float
    monitoring: float
    good_share: float
    per_instance: Fraction
    headroom: float
    spare: int
    min_replicas: int
    output_tokens: float | None = None

    @property
    def peak_rate(self) -> float:
        return self.mean_rate * self.peak_to_mean

    @property
    def fixed(self) -> float:
        """Money a month that neither the fleet nor the volume changes."""
        return self.storage + self.gateway + self.monitoring

    @property
    def per_request(self) -> float:
        return self.network_per_request + self.gateway_per_request


def terms_of(
    cost: Cost,
    *,
    mean_rate: float,
    peak_to_mean: float,
    capacity: float,
    per_hour: float,
    per_instance: Fraction,
    good_share: float,
    received_bytes: float | None,
    output_tokens: float | None,
) -> Terms:
    """The terms that `cost` writes down, with what was measured. Unknown response sizes count as 0; who calls says so."""
    return Terms(
        mean_rate=mean_rate,
        peak_to_mean=peak_to_mean,
        capacity=capacity,
        per_hour=per_hour,
        network_per_request=(received_bytes or 0.0) / BYTES_PER_GB * cost.egress_price_per_gb,
        gateway_per_request=cost.gateway_per_million_requests / 1e6,
        storage=cost.storage_gb * cost.storage_price_per_gb_month,
        gateway=cost.gateway_per_month,
        monitoring=cost.monitoring_per_month,
        good_share=good_share,
        per_instance=per_instance,
        headroom=cost.headroom,
        spare=cost.spare_replicas,
        min_replicas=cost.min_replicas,
        output_tokens=output_tokens,
    )


def replicas_of(terms: Terms) -> NDArray[np.int64]:
    """The peak-sized fleet, spares included; one a draw."""
    return whole_replicas(terms.peak_rate, terms.capacity, terms.headroom, terms.spare, terms.min_replicas)


def instances_of(terms: Terms) -> NDArray[np.int64]:
    """Whole instances of the peak-sized fleet; one a draw."""
    return whole_instances(replicas_of(terms), terms.per_instance)


def requests_per_month(terms: Terms) -> float:
    return terms.mean_rate * SECONDS_PER_MONTH


def cost_per_month(terms: Terms, instances: ArrayLike | None = None) -> NDArray[np.float64]:
    """Compute, storage, network, gateway and monitoring of one month; `instances` at the mean, by default the peak-sized fleet's."""
    rented = instances_of(terms) if instances is None else np.asarray(instances)
    return rented * terms.per_hour * HOURS_PER_MONTH + terms.fixed + requests_per_month(terms) * terms.per_request


def cost_per_inference(terms: Terms, instances: ArrayLike | None = None) -> NDArray[np.float64]:
    """Cost of a month over its good requests; infinite where there is not one."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return cost_per_month(terms, instances) / np.asarray(requests_per_month(terms) * terms.good_share)


def breakdown(terms: Terms, instances: float) -> Breakdown:
    """The parts of `cost_per_month`, of one draw."""
    requests = requests_per_month(terms)
    return Breakdown(
        compute=float(instances * terms.per_hour * HOURS_PER_MONTH),
        storage=terms.storage,
        network=requests * terms.network_per_request,
        gateway=terms.gateway + requests * terms.gateway_per_request,
        monitoring=terms.monitoring,
    )


def per_million_tokens(terms: Terms, per_inference: float) -> float | None:
    """Cost of a million output tokens of good requests; None where their length is not known."""
    return per_inference / terms.output_tokens * 1e6 if terms.output_tokens else None


def margin(price: float | None, per_inference: float) -> float | None:
    """(price - cost) / price of one inference; None where the client is not charged for one."""
    return None if price is None else 1 - per_inference / price


def margin_kept(margin: float, asked: float) -> bool:
    """1 - 0.003 / 0.005 is 0.39999999999999997 in floats, and is 40 %."""
    return margin >= asked - 1e-9
