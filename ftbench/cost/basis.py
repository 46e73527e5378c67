"""Whether a scale was measured or is modelled, the sentence that says from what, and when a price is another machine's."""

from math import isclose
from typing import Literal, NamedTuple

from ftbench.cost.capacity import Capacity, why_not_held
from ftbench.cost.local import LOCAL
from ftbench.cost.profiles import same_device
from ftbench.metrics.summary import LoadSummary
from ftbench.spec import Profile, Spec

NOT_JUDGED = "not what that device would do, only what its hours cost, so budget and margin are not judged."


class Basis(NamedTuple):
    """`run` is the one that the share of good requests and the sizes are taken from."""

    word: Literal["measured", "modelled"]
    note: str
    run: LoadSummary


def basis_of(spec: Spec, load: list[LoadSummary], capacity: Capacity, scale: float, *, replicas: int, peak: float, elsewhere: str) -> Basis:
    """`measured` where the scale's own run held on as many replicas as its fleet has, on the profile's device; else `modelled`.

    Args:
        replicas: of the fleet that is priced.
        peak: requests per second of the busiest hour.
        elsewhere: why the throughput is not known to be the profile's; empty where it is.
    """
    own_runs = [run for run in load if isclose(run.scale, scale)]
    broken = next((reason for run in own_runs if (reason := why_not_held(run, spec.slo))), None)
    fleet = f"{capacity.replicas} replica{'s' if capacity.replicas > 1 else ''}"
    word, run = "modelled", capacity.run
    if not own_runs:
        note = f"{scale:g}x was not run; sized from {capacity.source}."
    elif broken:
        note = f"The {scale:g}x run does not count: {broken}. Sized from {capacity.source}."
    elif replicas != capacity.replicas:  # its replicas were as busy as the fleet's will be; those of the own run perhaps not
        note = (
            f"The {scale:g}x run held on {fleet}; the fleet of {replicas} priced here was not run, its capacity is taken as proportional."
        )
    else:
        word, run = "measured", own_runs[0]
        note = f"The {scale:g}x run held on the {fleet} priced here."
        if run.requested_rate is not None and peak > run.requested_rate:
            note += f" The peak of {peak:g} requests/s lies within {capacity.source}."
    return Basis("modelled", f"{elsewhere} {note}", run) if elsewhere else Basis(word, note, run)


def elsewhere(spec: Spec, profile: Profile, measured_on: Profile | None) -> str:
    """Why the throughput is not known to be that of the profile's device; empty where it is, by measurement or by the spec's word."""
    if spec.endpoint is not None or (profile.id == LOCAL and measured_on is None):
        return ""
    if measured_on is None:
        return f"THROUGHPUT OF AN UNKNOWN MACHINE, PRICE OF {profile.name}: {NOT_JUDGED}"
    if same_device(measured_on, profile):
        return ""
    return f"THROUGHPUT MEASURED ON {measured_on.name}, PRICE OF {profile.name}: {NOT_JUDGED}"
