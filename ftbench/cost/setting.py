"""What is known of a deployment before any scale is priced: capacity, price, demand, and what of it is uncertain."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ftbench.cost.basis import elsewhere
from ftbench.cost.capacity import Capacity, measured_capacity
from ftbench.cost.demand import DemandShape, demand_shape
from ftbench.cost.fleet import packing
from ftbench.cost.found import found_capacity
from ftbench.cost.pricing import HourPrice, judged_price
from ftbench.cost.profiles import price_notes
from ftbench.cost.uncertain import CapacityAtCv, Unsure, unsure
from ftbench.metrics.capacity_file import CapacityFile
from ftbench.metrics.summary import LoadSummary
from ftbench.spec import Profile, Spec


@dataclass(frozen=True)
class Setting:
    """What is the same at every scale. `quantities` are what the Monte Carlo draws, `uncertain` says it in sentences.

    `elsewhere`: why the throughput is not known to be the profile's; empty where it is.
    """

    spec: Spec
    profile: Profile
    price: HourPrice
    load: list[LoadSummary]
    capacity: Capacity | None
    why_no_capacity: str
    per_instance: Fraction
    shape: DemandShape
    elsewhere: str
    quantities: list[Unsure]
    uncertain: list[str]
    notes: list[str]


def setting_of(
    spec: Spec,
    profile: Profile,
    load: list[LoadSummary],
    *,
    measured_on: Profile | None = None,
    today: date | None = None,
    found: CapacityFile | None = None,
    served: str | None = None,
    shape: DemandShape | None = None,
    capacity_at_cv: CapacityAtCv | None = None,
) -> Setting:
    """Capacity, price and demand of a spec that was measured.

    Args:
        load: one summary a scale, of `spec.serving.replicas` replicas behind one address.
        measured_on: the machine that served, as `local_profile` describes it. None where it is not known, as with an endpoint.
        today: for the age of the price; without it nothing is said about age.
        found: what `cost.capacity` names, as `read_found` reads it.
        served: identity of what the load runs were of; see `found_capacity`.
        shape: of the demand; by default what the spec says without a trace.
        capacity_at_cv: see `unsure`.
    Raises:
        InputError: the spec counts in another currency than the profile, its purchase has no price, or its gpus_per_replica cannot be
            placed.
    """
    price = judged_price(spec, profile)
    shape = demand_shape(spec) if shape is None else shape
    capacity, why = _capacity(spec, load, found, served)
    quantities, uncertain = unsure(spec, capacity, capacity_at_cv=capacity_at_cv) if capacity else ([], [])
    return Setting(
        spec=spec,
        profile=profile,
        price=price,
        load=load,
        capacity=capacity,
        why_no_capacity=why,
        per_instance=packing(spec, profile),
        shape=shape,
        elsewhere=elsewhere(spec, profile, measured_on),
        quantities=quantities,
        uncertain=uncertain,
        notes=[*_notes(spec, profile, price, shape, today), *(capacity.notes if capacity else [])],
    )


def _capacity(spec: Spec, load: list[LoadSummary], found: CapacityFile | None, served: str | None) -> tuple[Capacity | None, str]:
    slo = spec.slo
    if slo.ttft_s is None and slo.tpot_s is None and slo.e2e_s is None:
        return None, "slo names no limit (ttft_s, tpot_s or e2e_s), so no rate can be called capacity and no fleet size can be named"
    capacity = found_capacity(found, load, spec, served=served) if found else measured_capacity(load, spec.serving.replicas, slo)
    if capacity is None:
        return None, "no measured rate met the SLO, so no fleet size can be named"
    return capacity, ""


def _notes(spec: Spec, profile: Profile, price: HourPrice, shape: DemandShape, today: date | None) -> list[str]:
    notes = []
    if shape.peak_to_mean is None:
        notes.append("peak_to_mean not given: sized for the mean rate; busier hours will miss the SLO.")
    elif spec.cost.demand_trace is not None:
        notes.append(f"Peak to mean {shape.peak_to_mean:.4g}: {shape.source}.")
    if not spec.cost.bursts_pool and spec.serving.replicas > 1:
        notes.append(
            f"cost.bursts_pool is false, but the capacity was measured on {spec.serving.replicas} replicas, which smooth bursts together: "
            "one alone may hold less. Measure with serving.replicas: 1."
        )
    if price.unknown:
        notes.append(
            "cost.price_per_hour not given: compute counts as 0, so the cost per inference holds only storage, network, gateway and "
            "monitoring."
        )
    if spec.endpoint is not None:
        notes.append(
            f"The endpoint is priced as {spec.serving.replicas} replica(s) on {profile.name}: that is the spec's word "
            "(hardware, serving.replicas, serving.gpus_per_replica), ftbench cannot see it."
        )
    else:
        notes.append("engine=transformers: the cost of this engine on this hardware, not the hardware's limit.")
    notes += price.notes
    if today is not None and price.listed is not None and not price.unknown:
        notes += price_notes(profile.model_copy(update={"prices": [price.listed]}), today)
    return notes
