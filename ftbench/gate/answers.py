"""Answers of the candidate and of its baseline to every case."""

from ftbench.gate.preflight import Ready
from ftbench.gate.prompts import system_prompt
from ftbench.gate.reach import Reached
from ftbench.gate.run_folder import RunFolder
from ftbench.progress import Screen
from ftbench.quality.answer_cache import cache_file
from ftbench.quality.generate import Request, generate, standing
from ftbench.quality.outputs import Output
from ftbench.spec import Spec

BASELINE = "ab_comparison.baseline"  # what generations.jsonl calls the check of the baseline's answers


def candidate_requests(ready: Ready) -> list[Request]:
    """Every case of every test, as it is sent to the model under test."""
    checks = {check.id: check for check in ready.checks}
    spec = ready.spec
    return [
        Request(id, case, case.chat(system_prompt(spec, id)), checks[id].max_tokens(spec, case), checks[id].timed(spec))
        for id, found in ready.test_sets.items()
        for case in found.cases
    ]


def baseline_requests(ready: Ready) -> list[Request]:
    """The cases of test 8, as they are sent to the baseline; none without that test."""
    section, found = ready.spec.tests.ab_comparison, ready.test_sets.get("ab_comparison")
    if section is None or found is None:
        return []
    words = section.baseline.system_prompt or system_prompt(ready.spec, "ab_comparison")
    return [Request(BASELINE, case, case.chat(words), section.max_tokens) for case in found.cases]


def answered(requests: list[Request], reached: Reached, folder: RunFolder) -> bool:
    """Nothing is left to be asked."""
    return not standing(requests, reached.target, folder.generations)[1]


Outputs = dict[str, dict[str, Output]]  # by check and case id


def answers(requests: list[Request], reached: Reached, spec: Spec, folder: RunFolder, screen: Screen, title: str) -> Outputs:
    """The output of every request. Those of an interrupted run are taken from its folder, those of an earlier run of the same weights
    from the folder `answers` beside it."""
    outputs: Outputs = {request.check: {} for request in requests}
    if not requests:
        return outputs
    ours = "fingerprint" in reached.facts
    with screen.step(title) as step:
        done = generate(
            requests,
            reached.target,
            folder.generations,
            concurrency=reached.concurrency,
            timeout_s=spec.load.timeout_s,
            progress=lambda n, total: step.update(n, total, f"{n} of {total} cases"),
            cache=cache_file(folder.path.parent / "answers", reached.target.identity) if ours else None,
        )
    for output in done:
        outputs[output.check][output.id] = output
    return outputs
