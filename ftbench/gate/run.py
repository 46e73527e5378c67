"""One gate from spec to report: serve, ask, load, price, judge, conclude."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import ftbench
from ftbench.cost.at_scale import cost_at_scales
from ftbench.cost.local import local_profile
from ftbench.cost.pricing import judged_price
from ftbench.cost.profiles import price_notes
from ftbench.gate import ledger
from ftbench.gate.answers import BASELINE
from ftbench.gate.cost_inputs import CostInputs, cost_inputs
from ftbench.gate.environment import environment
from ftbench.gate.judge import inputs_of, judge
from ftbench.gate.plan_cases import missing, plan_cases
from ftbench.gate.preflight import Ready, check_target, read_all
from ftbench.gate.prompts import check_prompts
from ftbench.gate.reach import Reached
from ftbench.gate.run_folder import RunFolder, new_folder, resume_folder
from ftbench.gate.stages import Judged, baseline, baseline_spec, candidate, judge_spec, opinions
from ftbench.gate.verdict import verdict
from ftbench.load.records import read_runs
from ftbench.metrics.summarise import summarise
from ftbench.processes import no_survivors
from ftbench.progress import Screen
from ftbench.report.contract import HardwareUnderTest, JudgeUnderTest, ModelUnderTest, Report, Review, TestSet
from ftbench.report.write import write_report
from ftbench.review import read_ratings, write_queue
from ftbench.serving.cluster import cluster
from ftbench.spec import Profile, Spec
from ftbench.telemetry import summarise_telemetry


def run_gate(spec: Spec, reports: Path, *, resume: str | None = None) -> tuple[Report, Path]:
    """Run the whole gate and return the report and the folder that holds it.

    Raises:
        InputError: the input is wrong; nothing was started.
        InvalidMeasurement: nothing could be measured at all.
        KeyboardInterrupt: after everything that was started is gone; `--resume` goes on from the folder.
    """
    ready, priced = read_all(spec), cost_inputs(spec)
    with Screen().step("Getting the model" if spec.model else "Asking the endpoint") as step:
        check_target(spec, step.share)
        for other in filter(None, (baseline_spec(spec), judge_spec(spec))):
            check_target(other, step.share)
        check_prompts(spec, ready.prompts, ready.trace)
    folder = resume_folder(reports, resume, spec) if resume else new_folder(reports, spec)
    with folder.logging() as log:
        screen = Screen(log)
        screen.console.print(f"Run {folder.id}", markup=False, highlight=False)
        for line in missing(plan_cases(spec, ready.test_sets)):
            screen.console.print(f"Too few cases: {line}", markup=False, highlight=False)
        try:
            return _run(ready, priced, reports, folder, screen), folder.path
        except KeyboardInterrupt:
            screen.console.print(f"Interrupted. Go on with: --resume {folder.id}", markup=False, highlight=False)
            raise


def _run(ready: Ready, priced: CostInputs, reports: Path, folder: RunFolder, screen: Screen) -> Report:
    spec, started = ready.spec, datetime.now(UTC)
    where = environment(spec.folder)
    with no_survivors():
        with screen.step("Starting Ray"):
            up = cluster(spec.serving.ray_address)
            up.__enter__()
        try:
            first = candidate(ready, folder, screen)
            facts = first.reached.facts
            where["serving"] = {k: v for k, v in facts.items() if k not in ("notes", "pid", "replica", "haproxy")}
            folder.write_json(folder.environment, where)
            other = baseline(ready, first, folder, screen)
            load = [
                summarise(table, info, telemetry=summarise_telemetry(folder.telemetry(info.scale), info, table))
                for info, table in read_runs(folder.records)
            ]
            machine, served = _measured_on(spec), first.reached.target.identity
            cost = cost_at_scales(spec, ready.profile, load, measured_on=machine, served=served, today=date.today(), **priced._asdict())
            ratings = read_ratings(folder.path)
            measured = {"load": load, "cost": cost, "baseline": other.outputs[BASELINE] if other else {}, "ratings": ratings}
            judged = opinions(ready, inputs_of(ready, first.outputs, **measured), folder, screen)
            inputs = inputs_of(ready, first.outputs, **measured, opinions=judged.opinions, calibration=judged.calibration)
            checks, items = judge(ready, inputs, folder, screen)
            queue = write_queue(folder.path, items)
        finally:
            up.__exit__(None, None, None)
    word, reasons = verdict(checks, spec)
    book = reports / "ledger.jsonl"
    report = Report(
        run_id=folder.id,
        name=spec.name,
        verdict=word,
        verdict_reasons=reasons,
        attempt=ledger.attempt(book, spec.name),
        model=_model(spec, first.reached),
        baseline=_model(baseline_spec(spec) or spec, other.reached) if other else None,
        judge=_judge(judged),
        review=Review(items=queue.items, open=queue.open) if queue.items else None,
        hardware=_hardware(spec, ready.profile, where),
        environment=where,
        test_sets=[TestSet(id=check, path=Path(s.path).name, sha256=s.sha256, n=len(s.cases)) for check, s in ready.test_sets.items()],
        checks=checks,
        load=load,
        cost=cost,
        started_at=started.isoformat(timespec="seconds"),
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        ftbench_version=ftbench.__version__,
    )
    write_report(report, folder.path)
    ledger.append(book, "run finished", _facts(report), who=ledger.user())
    return report


def _measured_on(spec: Spec) -> Profile | None:
    return local_profile(None, spec.cost.currency) if spec.model is not None and spec.serving.ray_address is None else None


def _model(spec: Spec, reached: Reached) -> ModelUnderTest:
    facts = reached.facts
    return ModelUnderTest(
        name=reached.target.model,
        path=spec.model.path if spec.model else None,
        url=spec.endpoint.url if spec.endpoint else None,
        adapter=spec.model.adapter if spec.model else None,
        variant=spec.variant,
        compute_dtype=facts.get("compute_dtype"),
        fingerprint=facts.get("fingerprint"),
        notes=list(facts.get("notes", [])),
    )


def _judge(judged: Judged) -> JudgeUnderTest | None:
    return JudgeUnderTest(name=judged.reached.target.model, calibration=list(judged.calibration.values())) if judged.reached else None


def _hardware(spec: Spec, profile: Profile, where: dict[str, Any]) -> HardwareUnderTest:
    machine = ", ".join(gpu["name"] for gpu in where["gpus"]) or f"{where['cpu']}, {where['cores']} cores"
    measured_on = (
        machine
        if spec.model and not spec.serving.ray_address
        else "the machines behind " + (spec.endpoint.url if spec.endpoint else "the cluster")
    )
    return HardwareUnderTest(
        profile=profile.id,
        name=profile.name,
        instance=profile.instance,
        price=judged_price(spec, profile).source,
        measured_on=measured_on,
        notes=[*profile.notes, *price_notes(profile, date.today())],
    )


def _facts(report: Report) -> dict[str, Any]:
    """What the ledger keeps: enough to know years later what was tested, and with which result."""
    return {
        "run": report.run_id,
        "name": report.name,
        "verdict": report.verdict,
        "attempt": report.attempt,
        "model": report.model.name,
        "variant": report.model.variant,
        "fingerprint": report.model.fingerprint,
        "baseline": report.baseline and (report.baseline.fingerprint or report.baseline.name),
        "judge": report.judge and report.judge.name,
        "test_sets": {s.id: s.sha256 for s in report.test_sets},
        "tests": {c.id: c.status for c in report.checks},
        "borderline": [f"{c.id}: {k.name}" for c in report.checks for k in c.criteria if k.status == "PASS" and k.evidence != "PROVEN"],
    }
