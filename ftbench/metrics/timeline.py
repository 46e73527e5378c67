"""The measured window in slices: what was due, what was answered, how long it took."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ftbench.metrics import latency
from ftbench.metrics.in_flight import InFlight
from ftbench.metrics.summary import Slice
from ftbench.stats import quantile, samples_to_certify

MOST = 20


def slices(records: pa.Table, measured: pa.Table, under_way: InFlight, begin_s: float, end_s: float) -> list[Slice]:
    """Up to MOST equal slices of [begin_s, end_s), fewer where less than 11 requests would fall into one: too few for a median.

    Args:
        records: all rows of the run; what ends in a slice may have been due before it.
        measured: those due in the window.
    """
    count = min(MOST, len(measured) // samples_to_certify(0.5))
    if count == 0:
        return []
    bounds = np.linspace(begin_s, end_s, count + 1)
    ok_of_all = pc.equal(records["status"], "ok").to_numpy(zero_copy_only=False)
    completed, _ = np.histogram(latency.column(records, "done_s")[ok_of_all], bounds)
    place = np.clip(np.searchsorted(bounds, latency.column(measured, "scheduled_s"), side="right") - 1, 0, count - 1)
    ok = pc.equal(measured["status"], "ok").to_numpy(zero_copy_only=False)
    ttft, e2e = latency.ttft(measured), latency.e2e(measured)
    busy = under_way.means(bounds)
    length_s = (end_s - begin_s) / count
    found = []
    for k in range(count):
        here = place == k
        answered = here & ok
        found.append(
            Slice(
                from_s=float(bounds[k]),
                to_s=float(bounds[k + 1]),
                n=int(here.sum()),
                answered=int(answered.sum()),
                failed=int((here & ~ok).sum()),
                arrivals_per_s=float(here.sum() / length_s),
                completions_per_s=float(completed[k] / length_s),
                in_flight=float(busy[k]),
                **_quantiles("ttft", ttft[answered]),
                **_quantiles("e2e", e2e[answered]),
            )
        )
    return found


def _quantiles(name: str, values: np.ndarray) -> dict[str, float | None]:
    return {
        f"{name}_{word}_s": quantile(values, q) if len(values) >= samples_to_certify(q) else None
        for word, q in (("p50", 0.5), ("p99", 0.99))
    }
