"""How good every variant's answers are: the gate's own cases, put to each as the gate puts them, and judged by the gate's own rules."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ftbench.checks.base import Check, Inputs
from ftbench.compare.differences import differences
from ftbench.compare.file import Figure, Likelihood, Quality
from ftbench.errors import InputError
from ftbench.gate.answers import candidate_requests
from ftbench.gate.preflight import Ready
from ftbench.gate.reach import Reached
from ftbench.gate.run_folder import RunFolder
from ftbench.progress import Screen
from ftbench.quality.answer_cache import cache_file
from ftbench.quality.detect.degenerate import degenerate
from ftbench.quality.generate import Request, Target, generate, read_outputs, standing
from ftbench.quality.outputs import Output
from ftbench.stats import interval

GENERATIONS, ANSWERED, LIKELIHOOD = "generations.jsonl", "answered.json", "likelihood.json"
Outputs = dict[str, dict[str, Output]]  # by check and case id


def check_quality(ready: Ready) -> None:
    """Every test that `compare.quality` names can decide right or wrong without people, and has cases.

    Raises:
        InputError: otherwise. Of the default list, only if not one of its tests can.
    """
    compare = ready.spec.compare
    why = {name: reason for name in compare.quality if (reason := _why_not(_check(name, ready), ready))}
    if why and "quality" in compare.model_fields_set:
        raise InputError(next(iter(why.values())))
    if compare.quality and len(why) == len(compare.quality):
        raise InputError(
            f"compare.quality: none of {', '.join(compare.quality)} can be compared with this spec. Name tests of it that decide without "
            "people, or write an empty list to compare speed and cost alone."
        )


def chosen_checks(ready: Ready) -> list[Check]:
    """The tests whose cases are compared. Those of the default list that the spec has not, or that need people, are left out."""
    return [check for name in ready.spec.compare.quality if not _why_not(check := _check(name, ready), ready)]


def _check(name: str, ready: Ready) -> Check:
    return next(check for check in ready.checks if check.id == name)


def _why_not(check: Check, ready: Ready) -> str:
    where, cases = f"compare.quality names {check.id}", ready.test_sets.get(check.id)
    if check.section(ready.spec) is None:
        return f"{where}, and the spec has no tests.{check.id}. Add that section, or take the name out."
    if check.right(Inputs(ready.spec, cases.cases if cases else [], {}, [], [])) is None or cases is None:
        return (
            f"{where}, and test {check.number} as this spec has it cannot say of a single answer, without people, whether it is right. "
            "Take the name out."
        )
    return ""


def quality_requests(ready: Ready) -> list[Request]:
    """The cases of the chosen tests, as the gate sends them."""
    ids = {check.id for check in chosen_checks(ready)}
    return [request for request in candidate_requests(ready) if request.check in ids]


def answer(ready: Ready, reached: Reached, variant: str, folder: Path, screen: Screen, *, where: str = "") -> None:
    """Put every case to one variant that is up. Answers that stand in `folder` (<run>/quality/<variant>), or that an earlier run of the
    same weights left in `answers` beside the runs, are not asked for again.

    Args:
        where: the machine that answers, for the report.
    """
    requests = quality_requests(ready)
    store = RunFolder(folder)
    facts = {"target": reached.target._asdict(), "concurrency": reached.concurrency, "where": where or str(reached.facts.get("device", ""))}
    store.write_json(folder / ANSWERED, facts)
    if not requests:
        return
    with screen.step(f"Answering as {variant}") as step:
        generate(
            requests,
            reached.target,
            folder / GENERATIONS,
            concurrency=reached.concurrency,
            timeout_s=ready.spec.load.timeout_s,
            progress=lambda n, total: step.update(n, total, f"{n} of {total} cases"),
            cache=cache_file(folder.parents[2] / "answers", reached.target.identity),
        )


def answered(ready: Ready, folder: Path) -> bool:
    """Whether this variant has nothing left to answer."""
    known = RunFolder(folder).read_json(folder / ANSWERED)
    return bool(known) and not standing(quality_requests(ready), Target(**known["target"]), folder / GENERATIONS)[1]


def outputs_of(ready: Ready, variants: Sequence[str], folder: Path) -> dict[str, Outputs]:
    """What each variant answered, by check and case; variants that have not answered yet are left out."""
    ids = [check.id for check in chosen_checks(ready)]
    found: dict[str, Outputs] = {}
    for variant in variants:
        if answered(ready, folder / variant):
            found[variant] = {check: {} for check in ids}
            for output in read_outputs(folder / variant / GENERATIONS):
                if output.check in found[variant]:
                    found[variant][output.check][output.id] = output
    return found


def qualities(ready: Ready, variants: Sequence[str], reference: str, folder: Path) -> list[Quality]:
    """What can be said so far, in the order of `variants`; those that have not answered yet are left out.

    Args:
        folder: <run>/quality; one folder a variant.
    """
    outputs = outputs_of(ready, variants, folder)
    store = RunFolder(folder)
    places = {v: str(store.read_json(folder / v / ANSWERED)["where"]) for v in outputs}
    likely = {v: found for v in variants if (found := store.read_json(folder / v / LIKELIHOOD))}
    judged = judge_quality(ready, outputs, reference, places)
    return [
        q.model_copy(update={"likelihood": Likelihood.model_validate(likely[q.variant]["likelihood"])}) if q.variant in likely else q
        for q in judged
    ]


def judge_quality(ready: Ready, outputs: dict[str, Outputs], reference: str, measured_on: dict[str, str]) -> list[Quality]:
    """Rates, degenerate answers, gates, and paired differences where the reference has answered. Pure."""
    checks = chosen_checks(ready)
    inputs = {
        v: {c.id: Inputs(ready.spec, ready.test_sets[c.id].cases, found.get(c.id, {}), [], []) for c in checks}
        for v, found in outputs.items()
    }
    right = {v: {c.id: c.right(given[c.id]) or {} for c in checks} for v, given in inputs.items()}
    tested = differences(right, reference) if reference in right else {}
    return [
        Quality(
            variant=variant,
            is_reference=variant == reference,
            rates={c.id: _rate(right[variant][c.id]) for c in checks},
            degenerate=_degenerate([given[c.id] for c in checks]),
            differences=tested.get(variant, []),
            answer_agreement=_agreement(outputs[variant], outputs.get(reference), variant == reference),
            gates={c.id: c.evaluate(given[c.id]).status for c in checks},
            measured_on=measured_on.get(variant, ""),
        )
        for variant, given in inputs.items()
    ]


def _rate(right: dict[str, bool | None]) -> Figure:
    decided = [ok for ok in right.values() if ok is not None]
    left = len(right) - len(decided)
    note = f"{left} of {len(right)} answers cannot be decided without a person and are left out" if left else ""
    return share(sum(decided), len(decided), note)


def share(count: int, n: int, note: str = "") -> Figure:
    """A share of cases with its exact 95 % interval."""
    if not n:
        return Figure(value=None, basis="measured", n=0, note=note or "no case")
    low, high = interval(count, n)
    return Figure(value=count / n, low=low, high=high, basis="measured", n=n, note=note)


def _degenerate(given: Sequence[Inputs]) -> Figure:
    """An answer that never came counts as one: it is in every denominator."""
    kinds: Counter[str] = Counter()
    for inputs in given:
        for case in inputs.cases:
            output = inputs.outputs.get(case.id)
            kinds[_broken(output) or "sound"] += 1
    n = kinds.total()
    return share(n - kinds["sound"], n, ", ".join(f"{k} {kind}" for kind, k in kinds.most_common() if kind != "sound"))


def _broken(output: Output | None) -> str | None:
    if output is None or output.error:
        return "without an answer"
    return degenerate(output.text, output.finish_reason)


def _agreement(here: Outputs, reference: Outputs | None, is_reference: bool) -> Figure | None:
    """The same to the letter, of the cases that both answered."""
    if reference is None or is_reference:
        return None
    pairs = [(one, other) for check in here for case, one in here[check].items() if (other := reference.get(check, {}).get(case))]
    same = [one.text == other.text for one, other in pairs if not one.error and not other.error]
    return share(sum(same), len(same))
