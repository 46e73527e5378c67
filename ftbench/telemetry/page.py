"""A server's /metrics page becomes quantities. Pure: text in, numbers out."""

import math
import re
from collections.abc import Iterator
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from ftbench.telemetry.histogram import Histogram
from ftbench.telemetry.names import PREFIXES, QUANTITIES

Readings = dict[str, float | Histogram]

_NAMES = {name for quantity in QUANTITIES.values() for names in quantity.names.values() for name in names}
# A page has hundreds of samples, most of them of no use here: what is not parsed costs the load generator nothing.
_WANTED = re.compile(
    rf"^(?:(?:{'|'.join(re.escape(name) for name in sorted(_NAMES, key=len, reverse=True))})(?:_bucket|_sum|_count)?"
    r"|process_start_time_seconds)[ {].*$",
    re.MULTILINE,
)


def read_page(text: str) -> tuple[str | None, str, Readings]:
    """(kind of server, who answered, its readings): kind None and no readings where no known name stands on the page.

    Who answered: the page's `replica` label, else the start time of the process, else "". Behind one URL there may be several servers of
    which each tells only of itself. Samples that differ in other labels (engines of one server, models) are added up, or averaged
    where a sum has no meaning; of a tensor-parallel group only rank 0 counts, since each rank repeats the same requests.

    Raises:
        ValueError: a line with a known name is not in Prometheus' text form.
    """
    samples: dict[str, list[tuple[dict[str, str], float]]] = {}
    for name, labels, value in _samples(text):
        if not math.isnan(value) and labels.get("tp_rank", "0") == "0" and labels.get("pp_rank", "0") == "0":
            samples.setdefault(name, []).append((labels, value))
    kind = next((kind for kind, prefix in PREFIXES.items() if any(name.startswith(prefix) for name in samples)), None)
    if kind is None:
        return None, "", {}
    readings: Readings = {}
    for quantity, (form, names, over) in QUANTITIES.items():
        for name in names.get(kind, ()):
            found = _histogram(samples, name) if form == "histogram" else _number(samples.get(name), over)
            if found is not None:
                readings[quantity] = found
                break
    return kind, _who(samples), readings


def encode(readings: Readings) -> dict[str, Any]:
    """For a line of JSON, which has no infinity: the last bound of a histogram becomes null."""
    return {
        name: [value.total, value.count, [[None if math.isinf(bound) else bound, n] for bound, n in value.buckets]]
        if isinstance(value, Histogram)
        else value
        for name, value in readings.items()
    }


def decode(data: dict[str, Any]) -> Readings:
    return {
        name: Histogram(value[0], value[1], tuple((math.inf if bound is None else bound, n) for bound, n in value[2]))
        if isinstance(value, list)
        else value
        for name, value in data.items()
    }


def _samples(text: str) -> Iterator[tuple[str, dict[str, str], float]]:
    wanted = "\n".join(_WANTED.findall(text.replace("\r\n", "\n")))
    for family in text_string_to_metric_families(wanted + "\n"):
        for sample in family.samples:
            yield sample.name, sample.labels, float(sample.value)


def _number(found: list[tuple[dict[str, str], float]] | None, over: str) -> float | None:
    if not found:
        return None
    total = sum(value for _, value in found)
    return total / len(found) if over == "mean" else total


def _histogram(samples: dict[str, list[tuple[dict[str, str], float]]], name: str) -> Histogram | None:
    buckets: dict[float, float] = {}
    for labels, value in samples.get(f"{name}_bucket", []):
        bound = float(labels.get("le", "no bound"))
        buckets[bound] = buckets.get(bound, 0.0) + value
    count, total = _number(samples.get(f"{name}_count"), "sum"), _number(samples.get(f"{name}_sum"), "sum")
    return None if count is None or total is None else Histogram(total, count, tuple(sorted(buckets.items())))


def _who(samples: dict[str, list[tuple[dict[str, str], float]]]) -> str:
    for name, found in samples.items():
        if name != "process_start_time_seconds" and "replica" in found[0][0]:
            return found[0][0]["replica"]
    started = samples.get("process_start_time_seconds")
    return f"{started[0][1]:.2f}" if started else ""
