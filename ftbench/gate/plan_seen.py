"""What a measurement saw at one scale, in figures and one sentence. The latency of a saturated run is never among them."""

from ftbench.cost.capacity import why_not_held
from ftbench.cost.plan_file import Fleet, SeenAtScale
from ftbench.metrics.summary import LoadSummary
from ftbench.report import human
from ftbench.spec.load import Slo


def seen(run: LoadSummary, slo: Slo, *, replicas: int, planned: Fleet | None, verifying: bool = False) -> SeenAtScale:
    """The run at one scale on `replicas`.

    Args:
        planned: the fleet of the scale, which the sentence names where these replicas do not hold the rate.
        verifying: the planned fleet itself was deployed.
    """
    reason = why_not_held(run, slo)
    trusted = run.valid and not run.saturated
    return SeenAtScale(
        replicas=replicas,
        requested_rate=run.requested_rate or run.achieved_rate,
        achieved_rate=run.achieved_rate,
        attainment=run.attainment if trusted else None,
        saturated=run.saturated,
        valid=run.valid,
        held=reason is None,
        ttft_p99_s=run.ttft.p99_s if trusted else None,
        e2e_p99_s=run.e2e.p99_s if trusted else None,
        sentence=_sentence(run, reason, replicas, planned, verifying),
    )


def _sentence(run: LoadSummary, reason: str | None, replicas: int, planned: Fleet | None, verifying: bool) -> str:
    fleet = human.plural(replicas, "replica")
    begins = f"Measured{', the planned fleet itself' if verifying else ''}: {fleet}"
    rate = human.rate(run.requested_rate or run.achieved_rate)
    takes = "" if planned is None or verifying else f" This scale takes {human.plural(planned.replicas, 'replica')}{_spare(planned)}."
    if not run.valid:
        return f"{begins} at {rate}: not a valid measurement ({'; '.join(run.invalid_reasons) or 'no reason given'}).{takes}"
    if run.saturated:
        answered = human.rate(run.requests_per_s)
        return f"{begins} cannot hold {rate}: the queue grew, {answered} were answered, and no lasting latency exists.{takes}"
    latency = f"TTFT p99 {human.duration(run.ttft.p99_s)}, whole response p99 {human.duration(run.e2e.p99_s)}"
    if reason is None:
        return f"{begins} held {rate}: {human.percent(run.attainment)} good, {latency}."
    return f"{begins} at {rate} did not keep the SLO: {human.percent(run.attainment)} good, {latency}.{takes}"


def _spare(fleet: Fleet) -> str:
    return f", {fleet.spare} of them spare" if fleet.spare else ""
