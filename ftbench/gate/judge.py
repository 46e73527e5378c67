"""The checks as Ray tasks, side by side over the cluster. One that crashes is INVALID by itself and takes no other along."""

import traceback
from typing import Any

from ftbench.checks.base import Check, Inputs
from ftbench.checks.result import CheckResult
from ftbench.gate.preflight import Ready
from ftbench.gate.run_folder import RunFolder
from ftbench.progress import Screen
from ftbench.quality.outputs import Output
from ftbench.quality.ratings import ReviewItem


def inputs_of(ready: Ready, outputs: dict[str, dict[str, Output]], **measured: Any) -> dict[str, Inputs]:
    """What each check that the spec asks for is judged from, by its id."""
    found = {}
    for check in ready.checks:
        if check.section(ready.spec) is not None:
            test_set = ready.test_sets.get(check.id)
            found[check.id] = Inputs(ready.spec, test_set.cases if test_set else [], outputs.get(check.id, {}), **measured)
    return found


def judge(ready: Ready, inputs: dict[str, Inputs], folder: RunFolder, screen: Screen) -> tuple[list[CheckResult], list[ReviewItem]]:
    """Ten results in the checklist's order, each also as checks/<id>.json, and what people have to decide. A Ray cluster must be up."""
    import ray

    task = ray.remote(num_cpus=0.5, max_retries=1)(run_check)
    waiting = {task.remote(check, inputs[check.id]): check for check in ready.checks if check.id in inputs}
    results: dict[str, CheckResult] = {check.id: _skipped(check, ready) for check in ready.checks if check.id not in inputs}
    items: dict[str, list[ReviewItem]] = {}
    for check, result in results.items():
        folder.write_json(folder.checks / f"{check}.json", result.model_dump())
    with screen.step("Judging") as step:
        pending = list(waiting)
        while pending:
            done, pending = ray.wait(pending, num_returns=1)
            check, crash = waiting[done[0]], None
            try:
                results[check.id], items[check.id], crash = ray.get(done[0])
            except ray.exceptions.RayError as error:  # the worker itself died
                crash = str(error)
                results[check.id] = check.without_judgement("INVALID", f"The check's process died: {crash.splitlines()[0]}")
            folder.write_json(
                folder.checks / f"{check.id}.json", {**results[check.id].model_dump(), **({"traceback": crash} if crash else {})}
            )
            step.update(len(waiting) - len(pending), len(waiting), check.title)
    return [results[check.id] for check in ready.checks], [item for check in ready.checks for item in items.get(check.id, [])]


def run_check(check: Check, inputs: Inputs) -> tuple[CheckResult, list[ReviewItem], str | None]:
    """The check's result, its questions to people, and the traceback if it crashed."""
    try:
        return check.evaluate(inputs), check.review(inputs), None
    except Exception as error:
        where = f"checks/{check.id}.json"
        broken = check.without_judgement("INVALID", f"The check crashed: {type(error).__name__}: {error}. The traceback is in {where}.")
        return broken, [], traceback.format_exc()


def _skipped(check: Check, ready: Ready) -> CheckResult:
    reason = ready.spec.skip.get(check.id)
    if reason:
        return check.without_judgement("SKIPPED", f"Left out on purpose: {reason}")
    return check.without_judgement("SKIPPED", f"The spec has no tests.{check.id}.")
