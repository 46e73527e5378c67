"""The part of a gate that needs the model up: answers to every case, and traffic at every scale."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import ftbench
from ftbench import live_screen
from ftbench.gate.making import furnished
from ftbench.gate.preflight import Ready
from ftbench.gate.prompts import source_of, system_prompt, tokenizer_folder
from ftbench.gate.run_folder import RunFolder
from ftbench.load import LoadPlan, make_plan, probe_endpoint, run_load
from ftbench.load.crew.sized import with_workers
from ftbench.load.records import join_records
from ftbench.load.workload import PLACEHOLDER
from ftbench.progress import Screen
from ftbench.quality.cases import Case
from ftbench.quality.generate import Request, Target, generate
from ftbench.quality.outputs import Output
from ftbench.spec import Spec
from ftbench.telemetry import observe


class Reached(NamedTuple):
    """A model that answers, managed by us or not. `facts` is what the report says of it."""

    target: Target
    facts: dict[str, Any]


@contextmanager
def reach(spec: Spec, screen: Screen) -> Iterator[Reached]:
    """The spec's model behind a URL: served by us for as long as this lasts, or the endpoint that is already there.

    Raises:
        InputError, InvalidMeasurement: it cannot be reached, or does not come up.
    """
    if spec.endpoint is not None:
        end = spec.endpoint
        model = probe_endpoint(end.url, end.model, end.api_key_env)
        yield Reached(
            Target(end.url.rstrip("/"), model, f"{end.url} {model}", end.api_key_env), {"url": end.url, "engine": "external", "notes": []}
        )
        return
    from ftbench.serving.service import service

    with screen.step("Bringing the model up") as step:
        up = service(spec, step.say)
        served = up.__enter__()
    try:
        own = served.info.get("ftbench", {})
        identity = f"{own['fingerprint']} {own['compute_dtype']} ftbench {ftbench.__version__}"
        yield Reached(
            Target(served.url, served.model, identity),
            {**own, "proxy": served.proxy, "replicas": served.replicas, "startup_s": served.startup_s},
        )
    finally:
        up.__exit__(None, None, None)


def answers(ready: Ready, reached: Reached, folder: RunFolder, screen: Screen) -> dict[str, dict[str, Output]]:
    """Outputs by check and case id; those of an interrupted run are taken from its folder."""
    requests = [
        Request(check, case, _sendable(case, ready.spec, check), getattr(ready.spec.tests, check).max_tokens)
        for check, found in ready.test_sets.items()
        for case in found.cases
    ]
    outputs: dict[str, dict[str, Output]] = {check: {} for check in ready.test_sets}
    if not requests:
        return outputs
    with screen.step("Answering the test sets") as step:
        done = generate(
            requests,
            reached.target,
            folder.generations,
            concurrency=ready.spec.serving.max_concurrency,
            timeout_s=ready.spec.load.timeout_s,
            progress=lambda n, total: step.update(n, total, f"{n} of {total} cases"),
        )
    for output in done:
        outputs[output.check][output.id] = output
    return outputs


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


def _sendable(case: Case, spec: Spec, check: str) -> list[dict[str, str]]:
    return case.chat(system_prompt(spec, check))
