"""Traffic at every scale, and what was seen of it."""

from ftbench import live_screen
from ftbench.gate.making import furnished
from ftbench.gate.preflight import Ready
from ftbench.gate.prompts import source_of, tokenizer_folder
from ftbench.gate.reach import Reached
from ftbench.gate.run_folder import RunFolder
from ftbench.load import LoadPlan, make_plan, run_load
from ftbench.load.crew.sized import with_workers
from ftbench.load.records import join_records
from ftbench.load.workload import PLACEHOLDER
from ftbench.progress import Screen
from ftbench.telemetry import observe


def driven(ready: Ready, folder: RunFolder) -> bool:
    """Every scale has been driven to its end."""
    return all((folder.load(scale) / "requests.parquet").exists() for scale in ready.spec.load.scales)


def traffic(ready: Ready, reached: Reached, folder: RunFolder, screen: Screen) -> None:
    """Drive every scale, lowest first, and leave all records in requests.parquet. What an interrupted run finished is not driven again."""
    spec = ready.spec
    parts = []
    for scale in sorted(spec.load.scales):
        part = folder.load(scale) / "requests.parquet"
        parts.append(part)
        if part.exists():
            continue
        plan = plan_at(ready, reached, scale, screen)
        server = {name: getattr(plan, name) for name in ("api_key_env", "verify_tls", "ca_file")}
        watched = observe(plan.url, part.parent, managed=spec.model is not None, **server)
        with watched, live_screen.traffic(screen, f"Traffic at {scale:g}x ({plan.rate:g} requests/s)") as tell:
            run_load(plan, part.parent, tell)
    join_records(parts, folder.records)


def plan_at(ready: Ready, reached: Reached, scale: float, screen: Screen | None = None) -> LoadPlan:
    """The spec's traffic at a multiple of today's. Each replica of a model that is served here keeps a core to itself."""
    spec = ready.spec
    served_here = spec.model is not None and spec.serving.ray_address is None
    plan = make_plan(
        url=reached.target.url,
        model=reached.target.model,
        api_key_env=reached.target.api_key_env,
        prompts=PLACEHOLDER,
        rate=spec.load.rate * scale,
        scale=scale,
        slo=spec.slo,
        slos=spec.slos,
        validity=spec.validity,
        trace=ready.trace,
        tokenizer=str(folder) if (folder := tokenizer_folder(spec)) else None,
        **spec.load.model_dump(exclude={"rate", "scales", "prompts", "synthetic", "tokenizer", "trace", "workers"}),
    )
    plan = furnished(plan, source_of(spec, ready.prompts), screen)
    return with_workers(plan, spec.load.workers, reserved=spec.serving.replicas if served_here else 0)
