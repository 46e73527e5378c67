"""Each model of a gate in its turn: the candidate, its baseline, the judge. One that has nothing left to do is not brought up again."""

from contextlib import nullcontext
from typing import NamedTuple

from ftbench.checks.base import Inputs
from ftbench.errors import InputError
from ftbench.gate.answers import BASELINE, answered, answers, baseline_requests, candidate_requests
from ftbench.gate.measure import driven, traffic
from ftbench.gate.preflight import Ready
from ftbench.gate.reach import Reached, reach
from ftbench.gate.run_folder import RunFolder
from ftbench.progress import Screen
from ftbench.quality.generate import Target
from ftbench.quality.judge.question import Calibration, Opinion
from ftbench.quality.outputs import Output
from ftbench.spec import Spec


class Answered(NamedTuple):
    """A model and what it said, by check and case id."""

    reached: Reached
    outputs: dict[str, dict[str, Output]]


class Judged(NamedTuple):
    """The judge, its opinions by question id, and by task how it did on people's labels."""

    reached: Reached | None
    opinions: dict[str, Opinion]
    calibration: dict[str, Calibration]


def candidate(ready: Ready, folder: RunFolder, screen: Screen) -> Answered:
    """The model under test answers every case and takes the traffic. A baseline that is the same model under another prompt
    answers with it.

    Raises:
        InputError, InvalidMeasurement: it cannot be reached, or is not the model that the run began with.
    """
    requests = candidate_requests(ready) + (baseline_requests(ready) if baseline_spec(ready.spec) is None else [])
    before = recall(folder, "candidate")
    finished = before is not None and answered(requests, before, folder) and driven(ready, folder)
    with nullcontext(before) if finished else reach(ready.spec, screen) as reached:
        remember(folder, "candidate", before, reached)
        outputs = answers(requests, reached, ready.spec, folder, screen, "Answering the test sets")
        traffic(ready, reached, folder, screen)
    return Answered(reached, outputs)


def baseline(ready: Ready, first: Answered, folder: RunFolder, screen: Screen) -> Answered | None:
    """What the candidate is compared with; None without test 8.

    Raises:
        InputError, InvalidMeasurement: as for the candidate.
    """
    requests, spec = baseline_requests(ready), baseline_spec(ready.spec)
    if not requests:
        return None
    if spec is None:
        return Answered(first.reached, {BASELINE: first.outputs[BASELINE]})
    before = recall(folder, "baseline")
    finished = before is not None and answered(requests, before, folder)
    with nullcontext(before) if finished else reach(spec, screen) as reached:
        remember(folder, "baseline", before, reached)
        return Answered(reached, answers(requests, reached, spec, folder, screen, "Answering as the baseline"))


def opinions(
    ready: Ready, inputs: dict[str, Inputs], folder: RunFolder, screen: Screen
) -> tuple[dict[str, Opinion], dict[str, Calibration]]:
    """What the spec's judge says of every answer that a test asks it about, and how it did on people's labels; nothing without a judge.

    Raises:
        InputError, InvalidMeasurement: it cannot be reached, or none of its answers can be read.
    """
    from ftbench.quality.judge.run import asked, run_judge

    spec = judge_spec(ready.spec)
    questions = [q for check in ready.checks if check.id in inputs for q in check.questions(inputs[check.id])] if spec else []
    if not questions:
        return Judged(None, {}, {})
    before = recall(folder, "judge")
    finished = before is not None and asked(ready.spec, before.target, questions, folder.path)
    with nullcontext(before) if finished else reach(spec, screen) as reached:
        remember(folder, "judge", before, reached)
        with screen.step("Asking the judge") as step:
            tell = lambda n, total: step.update(n, total, f"{n} of {total} questions")  # noqa: E731
            return Judged(reached, *run_judge(ready.spec, reached.target, questions, folder.path, tell))


def baseline_spec(spec: Spec) -> Spec | None:
    """The spec whose model is the baseline; None where the baseline is the candidate under another prompt, or there is none."""
    section = spec.tests.ab_comparison
    other = section.baseline if section else None
    if other is None or (other.model is None and other.endpoint is None):
        return None
    at_once = {"max_concurrency": other.max_concurrency} if other.max_concurrency else {}
    return spec.but(model=other.model, endpoint=other.endpoint, serving=spec.serving.model_copy(update=at_once))


def judge_spec(spec: Spec) -> Spec | None:
    """The spec whose model is the judge."""
    judge = spec.judge
    if judge is None:
        return None
    serving = spec.serving.model_copy(update={"max_concurrency": judge.max_concurrency})
    return spec.but(model=judge.model, endpoint=judge.endpoint, serving=serving)


def recall(folder: RunFolder, who: str) -> Reached | None:
    """The model that this run reached before it was interrupted."""
    found = folder.read_json(folder.reached).get(who)
    return found and Reached(Target(**found["target"]), found["facts"], found["concurrency"])


def remember(folder: RunFolder, who: str, before: Reached | None, now: Reached) -> None:
    """Keep what was reached.

    Raises:
        InputError: it is another model than before: half of one and half of the other make no run.
    """
    if before is not None and before.target.identity != now.target.identity:
        raise InputError(
            f"The {who} is not the one that run {folder.id} began with: it was {before.target.identity}, and is {now.target.identity}. "
            "Start a new run."
        )
    found = {"target": now.target._asdict(), "facts": now.facts, "concurrency": now.concurrency}
    folder.write_json(folder.reached, {**folder.read_json(folder.reached), who: found})
