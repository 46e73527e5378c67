"""Test 4. Does the model answer as fast as was promised, under today's traffic?"""

from ftbench.checks.base import Check, Inputs
from ftbench.checks.criteria import none_among, quantile_at_most, tail_ratio_at_most
from ftbench.checks.result import CheckResult, Criterion
from ftbench.metrics.summary import LoadSummary


class Latency(Check):
    """Judged on the requests of the load run at 1x, from the time at which they were due."""

    id, number, title = "latency", 4, "Latency"
    fail_action = (
        "Latency follows model size and hardware: take a smaller base model, faster hardware, or a stronger quantization "
        "(measure it: it is not faster on every device)."
    )

    def evaluate(self, inputs: Inputs) -> CheckResult:
        section = inputs.spec.tests.latency
        today = next((run for run in inputs.load if run.scale == 1), None)
        if today is None:
            return self.without_judgement("INVALID", "There is no load run at 1x. Put 1 into load.scales.")
        if not today.valid:
            return self.without_judgement("INVALID", "The load run at 1x is not to be trusted: " + "; ".join(today.invalid_reasons))
        if today.loop == "closed":
            return self.without_judgement("INVALID", "The load run at 1x is a closed loop, which hides queueing. Give load.rate instead.")
        # Counted on what was sent: a request that failed must fail the test, not make the sample too small to be judged.
        few = section.min_cases if today.n < section.min_cases else 1
        if today.n >= section.min_cases and not today.n_ok:
            return self.result(_unfinished(today, inputs), notes=["Not one request was answered, so there is no latency.", *today.notes])
        criteria = [
            quantile_at_most("p50 of the whole response", today.e2e, "p50", section.p50_s, min_cases=few),
            tail_ratio_at_most("p99 over p50 of the whole response", today.e2e, section.p99_over_p50, min_cases=few),
            _unfinished(today, inputs),
            _steady(today),
        ]
        if section.ttft_p50_s is not None:
            criteria.insert(0, quantile_at_most("p50 of the time to the first token", today.ttft, "p50", section.ttft_p50_s, min_cases=few))
        return self.result(*criteria, notes=[_figures(today), *today.notes])


def _unfinished(run: LoadSummary, inputs: Inputs) -> Criterion:
    """A request that failed in another way than by time did not answer either; hiding it behind the word "timeout" would flatter."""
    kinds = ", ".join(f"{n} x {kind}" for kind, n in sorted(run.errors.items()) if n)
    return none_among("requests that timed out, hung or failed", sum(run.errors.values()), run.n, inputs.spec.evidence, note=kinds)


def _steady(run: LoadSummary) -> Criterion:
    """Over capacity there is no latency to speak of: the longer one measures, the longer it gets."""
    return Criterion(
        name="queue that grows at today's traffic",
        operator="==",
        threshold=0,
        observed=int(run.saturated),
        unit="count",
        n=run.n,
        ci=None,
        status="FAIL" if run.saturated else "PASS",
        evidence="REFUTED" if run.saturated else "PROVEN",
        note="the replicas do not hold today's rate, so the quantiles above describe the length of the run, not the model"
        if run.saturated
        else "",
    )


def _figures(run: LoadSummary) -> str:
    def three(of) -> str:
        return " / ".join("-" if v is None else f"{v:.3f}" for v in (of.p50_s, of.p90_s, of.p99_s))

    head = f"p50 / p90 / p99 in seconds, {run.n} requests at {run.requested_rate:g}/s"
    return f"{head}: first token {three(run.ttft)}; whole response {three(run.e2e)}"
