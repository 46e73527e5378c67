"""What a plan of a spec measures first: its traffic at every scale, and the highest rate that keeps the SLO."""

from pathlib import Path

from ftbench.cost.capacity import held_rate, why_not_held
from ftbench.gate.capacity import Wanted, find_capacity
from ftbench.gate.environment import environment
from ftbench.gate.measure import driven, traffic
from ftbench.gate.plan_cluster import Up
from ftbench.gate.plan_runs import gate_runs
from ftbench.gate.preflight import Ready, check_target, read_all
from ftbench.gate.prompts import check_prompts
from ftbench.gate.reach import Reached, reach
from ftbench.gate.run_folder import RunFolder, new_folder, resume_folder
from ftbench.gate.series import of_reached
from ftbench.gate.stages import recall, remember
from ftbench.metrics.capacity_file import read_capacity
from ftbench.progress import Screen
from ftbench.spec import Spec


def measure(
    spec: Spec, reports: Path, screen: Screen, up: Up, *, resume: str | None, searches: int, duration_s: float | None, search: bool
) -> Path:
    """Bring the model up, drive every scale, search for the capacity; the folder that holds it all, as a gate's run does.

    A scale that the replicas cannot hold is driven all the same: how far it saturates them is what the plan starts from.

    Args:
        up: starts Ray, where the model is ours to serve.
        resume: the id of such a folder; what is finished there is not measured again.
        searches, duration_s: of the capacity search; a run lasts as long as the spec's by default, or longer until it proves something.
        search: False where the capacity is known from elsewhere.
    Raises:
        InputError, InvalidMeasurement: the spec cannot be used, or its model does not come up.
        KeyboardInterrupt: what was finished is there.
    """
    ready = read_all(spec)
    with screen.step("Getting the model" if spec.model else "Asking the endpoint") as step:
        check_target(spec, step.share)
        check_prompts(spec, ready.prompts, ready.trace)
    folder = resume_folder(reports, resume, spec) if resume else new_folder(reports, spec, f"plan {spec.variant}")
    screen.console.print(f"Plan {folder.id}", markup=False, highlight=False, soft_wrap=True)
    folder.write_json(folder.environment, environment(spec.folder))
    if driven(ready, folder) and folder.records.exists() and (not search or _searched(folder, searches)):
        return folder.path
    try:
        if spec.model is not None:
            up(spec.serving.ray_address)
        with reach(spec, screen) as reached:
            remember(folder, "candidate", recall(folder, "candidate"), reached)
            traffic(ready, reached, folder, screen)
            if search:
                _search(ready, reached, folder, screen, searches, duration_s)
    except KeyboardInterrupt:
        screen.console.print(
            f"Interrupted. Go on with the same command and --resume {folder.id}", markup=False, highlight=False, soft_wrap=True
        )
        raise
    return folder.path


def _search(ready: Ready, reached: Reached, folder: RunFolder, screen: Screen, searches: int, duration_s: float | None) -> None:
    """From the highest scale that held, which is deterministic, so that a resumed search begins where the first did."""
    changes = {} if duration_s is None else {"duration_s": duration_s}
    subject = of_reached(ready, reached, screen, changes)
    out = folder.path / "capacity"
    going = (out / "capacity.json").exists()
    find_capacity(subject, Wanted(start=_start(ready.spec, folder), searches=searches), out, screen, going)


def _start(spec: Spec, folder: RunFolder) -> float:
    loads = [run.summary for run in gate_runs(folder.path)]
    kept = [held_rate(load) for load in loads if why_not_held(load, spec.slo) is None]
    return max(kept, default=spec.load.rate * min(spec.load.scales))


def _searched(folder: RunFolder, searches: int) -> bool:
    file = folder.path / "capacity" / "capacity.json"
    if not file.exists():
        return False
    found = read_capacity(file)
    return found.state != "running" and found.settings.get("searches") == searches
