"""Token times become latencies, shares of good requests, and the check that numbers under way and latencies agree."""

from typing import NamedTuple

import numpy as np

from ftbench.cost.simulator.simulate import Numbers, Simulated
from ftbench.errors import NoData
from ftbench.spec.load import Slo
from ftbench.stats import quantile


class Outcome(NamedTuple):
    """Latencies from the arrival [s], shape (n,); inf of a rejected request. tpot_s is NaN where one token has no time between tokens."""

    ttft_s: np.ndarray
    tpot_s: np.ndarray
    e2e_s: np.ndarray


def outcome_of(simulated: Simulated, arrivals: Numbers, output_tokens: Numbers) -> Outcome:
    """TTFT, E2E = last token - arrival, and TPOT = (last - first token) / (tokens - 1), as in docs/metrics.md."""
    at, later = np.asarray(arrivals, dtype=float), np.asarray(output_tokens) - 1
    rejected = np.isinf(simulated.done_s)
    took = np.full(len(at), np.inf)
    np.subtract(simulated.done_s, simulated.first_token_s, out=took, where=~rejected)
    tpot = np.divide(took, later, out=np.full(len(at), np.nan), where=later > 0)
    return Outcome(simulated.first_token_s - at, tpot, simulated.done_s - at)


def attainment(outcome: Outcome, slo: Slo) -> float:
    """Share of the requests that kept every limit of `slo`; a rejected one never does, one token meets any TPOT.

    Raises:
        NoData: of no requests.
    """
    if len(outcome.e2e_s) == 0:
        raise NoData("no request was simulated")
    good = np.isfinite(outcome.e2e_s)
    between = np.where(np.isnan(outcome.tpot_s), 0.0, outcome.tpot_s)
    for values, limit in ((outcome.ttft_s, slo.ttft_s), (between, slo.tpot_s), (outcome.e2e_s, slo.e2e_s)):
        if limit is not None:
            good &= values <= limit
    return float(good.mean())


def quantiles(values: np.ndarray, qs: tuple[float, ...] = (0.5, 0.9, 0.99)) -> dict[float, float]:
    """Quantiles of one of the latencies [s], each a value that occurred; inf where so many were rejected. NaN is left out.

    Raises:
        NoData: there is no value.
    """
    known = values[~np.isnan(values)]
    return {q: quantile(known, q) for q in qs}


def mean_in_flight(begins_s: Numbers, ends_s: Numbers, begin_s: float, end_s: float) -> float:
    """Time average over [begin_s, end_s) of the number of intervals that are open; those that end at inf are rejected ones: left out.

    With arrivals and done_s this is L, the number in the system; with first_token_s and done_s the sequences that decode beyond their
    first token, of the whole fleet.
    """
    begins, ends = np.asarray(begins_s, dtype=float), np.asarray(ends_s, dtype=float)
    served = np.isfinite(ends)
    inside = np.minimum(ends[served], end_s) - np.maximum(begins[served], begin_s)
    return float(np.maximum(inside, 0.0).sum() / (end_s - begin_s))


def littles_law(simulated: Simulated, arrivals: Numbers, begin_s: float, end_s: float) -> float | None:
    """Relative residual of L = λ W in the window: (L - λ W) / (λ W), with λ and W of the served requests that arrived in it; None of none.

    Near 0 where the window is long against the latencies and the queue does not grow. Source: Little 1961, Operations Research 9(3).
    """
    at = np.asarray(arrivals, dtype=float)
    inside = (at >= begin_s) & (at < end_s) & np.isfinite(simulated.done_s)
    waited = float((simulated.done_s - at)[inside].sum()) / (end_s - begin_s)  # λ W = Σ W over the window's length
    return (mean_in_flight(at, simulated.done_s, begin_s, end_s) - waited) / waited if waited > 0 else None
