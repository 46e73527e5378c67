"""`ftbench plan --verify`: the planned fleet itself, deployed and measured at the peak of its scale."""

from pathlib import Path

from ftbench.cost.plan_file import PlanAtScale, PlanFile
from ftbench.errors import InputError
from ftbench.gate.plan_cluster import Up
from ftbench.gate.plan_deployed import folder_of
from ftbench.gate.preflight import check_target, read_all
from ftbench.gate.prompts import check_prompts
from ftbench.gate.reach import reach
from ftbench.gate.series import at_rate, of_reached, run_once
from ftbench.progress import Screen
from ftbench.report import human
from ftbench.serving.service import resources
from ftbench.spec import Spec


def verify(spec: Spec, plan: PlanFile, scales: list[float], folder: Path, screen: Screen, up: Up) -> list[str]:
    """Deploy the planned fleet of each of `scales` in turn and send it the scale's peak, which is what it is sized for.

    Each is measured in `folder`/verified, where the plan reads it; one that was measured before is not again.

    Returns:
        A sentence for each that the resources do not hold, with what is missing.
    Raises:
        InputError: the spec names an endpoint, whose replicas are not ours to deploy.
        InvalidMeasurement: a model does not come up.
    """
    if spec.model is None:
        raise InputError("--verify deploys the planned replicas, and an endpoint's are not ftbench's to deploy. Scale it, and plan again.")
    lacking = []
    up(spec.serving.ray_address)
    for at in (at for at in plan.scales if at.scale in scales):
        try:
            _measure(_deployable(spec, at), at, folder, screen)
        except InputError as error:
            lacking.append(f"{human.scale(at.scale)} is not verified: {error}")
    return lacking


def _deployable(spec: Spec, at: PlanAtScale) -> Spec:
    """The spec with as many replicas as are planned.

    A replica on CPU keeps the threads that it was measured with: the same cores shared by more replicas are no larger fleet.

    Raises:
        InputError: no fleet is planned, or the cluster does not hold it; with what is missing.
    """
    import ray

    if at.fleet is None:
        raise InputError("no fleet is planned for it.")
    replicas, have = at.fleet.replicas, ray.cluster_resources()
    gpus, threads = resources(spec, have)
    if gpus > 0:
        need, there, what = gpus * replicas, have.get("GPU", 0.0), "GPUs"
    else:
        need, there, what = (threads or 1) * replicas, have.get("CPU", 0.0), "CPU cores"
    if need > there:
        raise InputError(f"{human.plural(replicas, 'replica')} as measured take {need:g} {what}, and there are {there:g}.")
    return spec.but(serving=spec.serving.model_copy(update={"replicas": replicas, "cpu_threads": threads}))


def _measure(spec: Spec, at: PlanAtScale, folder: Path, screen: Screen) -> None:
    ready, replicas, rate = read_all(spec), spec.serving.replicas, at.demand.peak_rate
    with screen.step("Getting the model") as step:
        check_target(spec, step.share)
        check_prompts(spec, ready.prompts, ready.trace)
    with reach(spec, screen) as reached:
        subject = of_reached(ready, reached, screen)
        title = f"Verifying {at.scale:g}x: {human.plural(replicas, 'replica')} at {rate:g} requests/s"
        plan = at_rate(subject, rate, subject.plan.seed)
        run_once(subject, plan, folder_of(folder, at.scale, replicas), screen, title)
