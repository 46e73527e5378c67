"""The capacity that `ftbench capacity` found, for this very deployment, in place of the highest rate that the gate's own runs kept."""

from math import isclose
from pathlib import Path

from ftbench.cost.capacity import Capacity, held_rate, measured_capacity, why_not_held
from ftbench.errors import InputError
from ftbench.metrics.capacity_file import CapacityFile, read_capacity
from ftbench.metrics.summary import LoadSummary
from ftbench.spec import Spec


def read_found(spec: Spec) -> CapacityFile | None:
    """The file that `cost.capacity` names; None where it names none.

    Raises:
        InputError: it cannot be read, is another promise's, or its search came to no capacity.
    """
    if spec.cost.capacity is None:
        return None
    path: Path = spec.path(spec.cost.capacity)
    found = read_capacity(path)
    refuse_other_promise(found, spec)
    return found


def refuse_other_promise(found: CapacityFile, spec: Spec) -> None:
    """A capacity is one of its SLO, its burstiness and its replicas: at a looser SLO the same server carries more.

    What the file does not tell is not compared: a search by the options of `ftbench load` knows no replicas.

    Raises:
        InputError: SLO, attainment, arrivals or replicas are not the spec's, or there is no capacity in the file.
    """
    name = f"cost.capacity {spec.cost.capacity or ''}".rstrip()
    again = "Run `ftbench capacity` with this spec again, or take cost.capacity out."
    if sized_on(found) is None:
        raise InputError(f"{name}: the search is `{found.state}` and holds no rate that was kept. {again}")
    asked = spec.slo.model_dump(exclude={"attainment"}, exclude_none=True)
    if asked.keys() != found.slo.keys() or any(not isclose(asked[key], found.slo[key]) for key in asked):
        raise InputError(f"{name} is that of another SLO: {_limits(found.slo)} there, {_limits(asked)} in the spec. {again}")
    if not isclose(found.target, spec.slo.attainment):
        raise InputError(f"{name} is that of {found.target:.6g} good requests, and slo.attainment is {spec.slo.attainment:.6g}. {again}")
    there = {key: found.settings.get(key) for key in ("arrivals", "cv", "replicas")}
    here = {"arrivals": spec.load.arrivals, "cv": spec.load.cv, "replicas": spec.serving.replicas}
    for key, value in there.items():
        if value is not None and value != here[key]:
            where = "serving.replicas" if key == "replicas" else f"load.{key}"
            raise InputError(f"{name} was found with {key} {value}, and {where} is {here[key]}. {again}")


def sized_on(found: CapacityFile) -> float | None:
    """Requests per second to size a fleet on: the lower end of the interval, else the highest rate that was kept. None of none."""
    if found.state not in ("found", "at least"):
        return None
    low = found.interval[0] if found.interval else None
    return low or found.highest_kept or None


def found_capacity(found: CapacityFile, load: list[LoadSummary], spec: Spec, *, served: str | None = None) -> Capacity | None:
    """The found capacity of one of the spec's replicas, on the gate's own runs for the share of good requests and the sizes.

    The gate's runs are of today: where a valid one at no higher rate than the search's failed, what the runs themselves held counts.
    None where no run of the gate held at all: then nothing of today says that the deployment still keeps its promise.

    Args:
        served: weights, number format, device and engine that the gate's runs were of; where the search's were others, the runs count.
    """
    replicas, slo = spec.serving.replicas, spec.slo
    own, rate = measured_capacity(load, replicas, slo), sized_on(found)
    if own is None or rate is None:
        return None
    searched = found.settings.get("server")
    if served is not None and searched is not None and served != searched:
        note = f"The capacity of {spec.cost.capacity or 'the search'} is not used: it was searched on {searched}, and this is {served}."
        return own._replace(notes=[note, *own.notes])
    broken = [run for run in load if run.valid and run.loop == "open" and why_not_held(run, slo) and held_rate(run) <= rate]
    if broken and own.rate < rate:
        worst = min(broken, key=held_rate)
        note = (
            f"The search's capacity of {rate:.4g} requests/s is not used: this gate's {worst.scale:g}x run at {held_rate(worst):.4g} "
            "did not hold. What the gate's own runs held counts."
        )
        return own._replace(notes=[note, *own.notes])
    low, high = found.interval or (None, None)
    certain = found.confidence is not None and low and high
    notes = [f"Capacity from {spec.cost.capacity or 'a search'}: {found.method or found.state}.", *found.notes]
    if own.rate > rate:
        notes.append(f"This gate's own {own.run.scale:g}x run held more, {own.rate:.4g} requests/s; the search's lower end is sized on.")
    if not certain:
        notes.append("The search gives no interval of chance with two ends, so the capacity is taken as exact at its lower end.")
    fleet = f"{replicas} replica{'s' if replicas > 1 else ''}"
    end = "the lower end of its interval" if low else "the highest rate that was kept"
    return Capacity(
        per_replica=rate / replicas,
        rate=rate,
        replicas=replicas,
        run=own.run,
        notes=notes,
        estimate=found.capacity / replicas if found.capacity else None,
        interval=(low / replicas, high / replicas) if certain else None,
        confidence=found.confidence if certain else None,
        searches=len({probe.search for probe in found.probes}) or None,
        source=f"the capacity search: {rate:.4g} requests/s on {fleet}, {end}",
    )


def _limits(slo: dict[str, float]) -> str:
    return ", ".join(f"{name} {limit:g}" for name, limit in sorted(slo.items())) or "no limit"
