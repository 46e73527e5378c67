"""Quality of variants from answers that are given."""

import json
from pathlib import Path

import pytest

from ftbench.checks.registry import CHECKS
from ftbench.compare.quality import (
    ANSWERED,
    GENERATIONS,
    answered,
    check_quality,
    chosen_checks,
    judge_quality,
    qualities,
    quality_requests,
)
from ftbench.errors import InputError
from ftbench.gate.preflight import Ready
from ftbench.quality.cases import Case, TestSet
from ftbench.quality.generate import Target, key
from ftbench.quality.outputs import Output
from tests.checks.builder import output
from tests.checks.builder import spec as make_spec

LABELS = ["billing", "refund"]


def ready(tests: dict | None = None, n: int = 40, **compare) -> Ready:
    tests = tests or {"accuracy": {"cases": "x", "labels": LABELS}}
    contract = make_spec(tests, compare={"variants": ["fp32", "nf4"], **compare})
    cases = [Case(id=f"c{i}", prompt=f"ticket {i}", label=LABELS[i % 2]) for i in range(n)]
    sets = {name: TestSet(name, "x", "sha", cases) for name in tests}
    return Ready(contract, None, sets, None, CHECKS)


def said(n: int, wrong=(), loop=()) -> dict[str, dict[str, Output]]:
    texts = {f"c{i}": LABELS[(i + (i in wrong)) % 2] for i in range(n)} | {f"c{i}": "City of the City of the " * 12 for i in loop}
    return {"accuracy": {case: output(case, text) for case, text in texts.items()}}


def test_a_variant_that_loops_is_seen_in_every_figure():
    found = judge_quality(ready(), {"fp32": said(40), "nf4": said(40, wrong=range(6), loop=range(6, 16))}, "fp32", {"nf4": "a CPU"})
    fp32, nf4 = found
    assert fp32.is_reference and fp32.differences == [] and fp32.rates["accuracy"].value == 1 and fp32.answer_agreement is None
    assert nf4.rates["accuracy"].value == pytest.approx(24 / 40) and nf4.measured_on == "a CPU"
    assert nf4.degenerate.value == 0.25 and nf4.degenerate.note == "10 loop"
    assert nf4.differences[0].word == "worse" and nf4.differences[0].lost == 16
    assert nf4.answer_agreement.value == pytest.approx(24 / 40)


def test_the_gates_own_verdict_stands_beside_the_difference():
    found = judge_quality(ready(n=60), {"fp32": said(60), "nf4": said(60, wrong=range(30))}, "fp32", {})
    assert [q.gates["accuracy"] for q in found] == ["PASS", "FAIL"]


def test_a_request_that_failed_is_in_every_denominator():
    broken = said(40)
    broken["accuracy"]["c3"] = output("c3", "", error_kind="timeout")
    (found,) = judge_quality(ready(), {"nf4": broken}, "nf4", {})
    assert found.rates["accuracy"].n == 40 and found.degenerate.note == "1 without an answer"


def test_before_the_reference_has_answered_nothing_is_compared():
    (found,) = judge_quality(ready(), {"nf4": said(40, wrong=range(9))}, "fp32", {})
    assert found.differences == [] and found.answer_agreement is None and found.rates["accuracy"].value == pytest.approx(31 / 40)


def test_a_test_that_needs_people_is_refused_before_anything_starts():
    people = {"accuracy": {"task": "generation", "cases": "x"}}
    with pytest.raises(InputError, match="without people"):
        check_quality(ready(people, quality=["accuracy"]))
    with pytest.raises(InputError, match="no tests.safety"):
        check_quality(ready(quality=["accuracy", "safety"]))
    with pytest.raises(InputError, match="none of accuracy, format_compliance"):
        check_quality(ready(people))


def test_the_default_list_takes_what_the_spec_has():
    assert [c.id for c in chosen_checks(ready())] == ["accuracy"]
    check_quality(ready())


def test_no_quality_at_all_is_a_choice():
    check_quality(ready(quality=[]))
    assert quality_requests(ready(quality=[])) == []


def written(folder: Path, found: Ready, outputs: dict[str, dict[str, Output]]) -> None:
    """As `answer` leaves it."""
    target = Target("http://127.0.0.1:1/v1", "m", f"weights {folder.name}")
    folder.mkdir(parents=True)
    (folder / ANSWERED).write_text(json.dumps({"target": target._asdict(), "concurrency": 4, "where": "a CPU"}))
    keys = {r.case.id: key(r, target) for r in quality_requests(found)}
    lines = [o.model_copy(update={"key": keys[case]}).model_dump_json() for case, o in outputs["accuracy"].items()]
    (folder / GENERATIONS).write_text("".join(line + "\n" for line in lines))


def test_an_interrupted_variant_is_not_judged_on_half_of_its_answers(tmp_path):
    found = ready()
    written(tmp_path / "fp32", found, said(40))
    written(tmp_path / "nf4", found, said(25))
    assert answered(found, tmp_path / "fp32") and not answered(found, tmp_path / "nf4") and not answered(found, tmp_path / "int8")
    assert [q.variant for q in qualities(found, ["fp32", "nf4", "int8"], "fp32", tmp_path)] == ["fp32"]


def test_speed_alone_can_be_compared(tmp_path):
    found = ready(quality=[])
    target = Target("http://127.0.0.1:1/v1", "m", "weights")
    for variant in ("fp32", "nf4"):
        (tmp_path / variant).mkdir()
        (tmp_path / variant / ANSWERED).write_text(json.dumps({"target": target._asdict(), "concurrency": 4, "where": "a CPU"}))
    both = qualities(found, ["fp32", "nf4"], "fp32", tmp_path)
    assert [q.rates for q in both] == [{}, {}] and both[1].differences == [] and both[1].degenerate.value is None
