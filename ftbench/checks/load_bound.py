"""A promise on a latency quantile of the load run."""

import numpy as np

from ftbench.checks.criteria import invalid, no_data, quantile_at_most
from ftbench.checks.result import Criterion
from ftbench.metrics.summary import Latency, LoadSummary
from ftbench.spec.acceptance import LoadBound

LEVELS = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}


def load_bound(name: str, bound: LoadBound, runs: list[LoadSummary], *, min_cases: int) -> Criterion:
    """The quantile at the bound's scale, over all requests that were sent: one that failed is later than every answer.

    INVALID where that run is missing, is not to be trusted, is a closed loop (which hides queueing) or is saturated.
    """
    run = next((run for run in runs if run.scale == bound.scale), None)
    unjudged = (name, "<=", bound.at_most_s, "s")
    if run is None:
        return invalid(*unjudged, 0, f"there is no load run at {bound.scale:g}x")
    if not run.valid:
        return invalid(*unjudged, run.n, f"the load run at {bound.scale:g}x is not to be trusted: {'; '.join(run.invalid_reasons)}")
    if run.loop == "closed":
        return invalid(*unjudged, run.n, f"the load run at {bound.scale:g}x is a closed loop, which hides queueing; give load.rate instead")
    if run.saturated:
        why = "the replicas do not hold this rate, so a quantile describes the length of the run"
        return invalid(*unjudged, run.n, f"the load run at {bound.scale:g}x is saturated: {why}")
    latency: Latency = getattr(run, bound.metric)
    failed = run.n - run.n_ok
    if latency.n + failed < min_cases:
        return no_data(*unjudged, latency.n + failed, min_cases)
    if not failed:
        return quantile_at_most(name, latency, bound.quantile, bound.at_most_s, min_cases=1)
    return _with_failures(name, latency, failed, bound)


def _with_failures(name: str, latency: Latency, failed: int, bound: LoadBound) -> Criterion:
    """The q-quantile of all is that at q n / answered of the answered, read off between the quantiles that are known."""
    n = latency.n + failed
    known = [(level, value) for key, level in LEVELS.items() if (value := getattr(latency, f"{key}_s")) is not None]
    known += [(1.0, latency.max_s)] if latency.max_s is not None else []
    at = LEVELS[bound.quantile] * n / latency.n if latency.n else float("inf")
    observed = float(np.interp(at, *zip(*known, strict=True))) if known and at <= 1 else None
    passed = observed is not None and observed <= bound.at_most_s
    above = next((latency.ci.get(key, (None, None))[1] for key, level in LEVELS.items() if level >= at), None)
    low = latency.ci.get(bound.quantile, (None, None))[0]
    proven = passed and above is not None and above <= bound.at_most_s
    refuted = not passed and (observed is None or (low is not None and low > bound.at_most_s))
    where = f"read off at p{100 * at:.3g} of those answered" if observed is not None else "too many for this quantile to exist"
    return Criterion(
        name=name,
        operator="<=",
        threshold=bound.at_most_s,
        observed=observed,
        unit="s",
        n=n,
        ci=(low, above),
        status="PASS" if passed else "FAIL",
        evidence="PROVEN" if proven else "REFUTED" if refuted else "INCONCLUSIVE",
        note=f"{failed} of {n} requests failed, which counts as later than any answer: {where}",
    )
