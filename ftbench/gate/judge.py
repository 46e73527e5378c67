"""The checks as Ray tasks, side by side over the cluster. One that crashes is INVALID by itself and takes no other along."""

import traceback

from ftbench.checks.base import Check, Inputs
from ftbench.checks.result import CheckResult
from ftbench.cost.result import CostAtScale
from ftbench.gate.preflight import Ready
from ftbench.gate.run_folder import RunFolder
from ftbench.metrics.summary import LoadSummary
from ftbench.progress import Screen
from ftbench.quality.outputs import Output


def judge(
    ready: Ready, outputs: dict[str, dict[str, Output]], load: list[LoadSummary], cost: list[CostAtScale], folder: RunFolder, screen: Screen
) -> list[CheckResult]:
    """Ten results in the checklist's order, each also as checks/<id>.json. A Ray cluster must be up."""
    import ray

    task = ray.remote(num_cpus=0.5, max_retries=1)(run_check)
    waiting = {}
    results: dict[str, CheckResult] = {}
    for check in ready.checks:
        if check.section(ready.spec) is None:
            results[check.id] = _skipped(check, ready)
            continue
        found = ready.test_sets.get(check.id)
        inputs = Inputs(ready.spec, found.cases if found else [], outputs.get(check.id, {}), load, cost)
        waiting[task.remote(check, inputs)] = check
    with screen.step("Judging") as step:
        pending = list(waiting)
        while pending:
            done, pending = ray.wait(pending, num_returns=1)
            check, crash = waiting[done[0]], None
            try:
                results[check.id], crash = ray.get(done[0])
            except ray.exceptions.RayError as error:  # the worker itself died
                crash = str(error)
                results[check.id] = check.without_judgement("INVALID", f"The check's process died: {crash.splitlines()[0]}")
            folder.write_json(
                folder.checks / f"{check.id}.json", {**results[check.id].model_dump(), **({"traceback": crash} if crash else {})}
            )
            step.update(len(waiting) - len(pending), len(waiting), check.title)
    for check in ready.checks:
        if check not in waiting.values():
            folder.write_json(folder.checks / f"{check.id}.json", results[check.id].model_dump())
    return [results[check.id] for check in ready.checks]


def run_check(check: Check, inputs: Inputs) -> tuple[CheckResult, str | None]:
    """The check's result, and the traceback if it crashed."""
    try:
        return check.evaluate(inputs), None
    except Exception as error:
        where = f"checks/{check.id}.json"
        return check.without_judgement(
            "INVALID", f"The check crashed: {type(error).__name__}: {error}. The traceback is in {where}."
        ), traceback.format_exc()


def _skipped(check: Check, ready: Ready) -> CheckResult:
    reason = ready.spec.skip.get(check.id)
    if reason:
        return check.without_judgement("SKIPPED", f"Left out on purpose: {reason}")
    known = check.id in type(ready.spec.tests).model_fields
    return check.without_judgement("SKIPPED", f"The spec has no tests.{check.id}." if known else check.evaluate(None).notes[0])
