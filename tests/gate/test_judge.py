"""A check that crashes is INVALID by itself; one that did not run says why."""

import pytest

from ftbench.checks.base import Check
from ftbench.checks.registry import CHECKS
from ftbench.cost.profiles import profile_of
from ftbench.gate.judge import _skipped, run_check
from ftbench.gate.preflight import Ready
from tests.checks.builder import inputs, load_run, spec

BY_ID = {c.id: c for c in CHECKS}


class Broken(Check):
    id, number, title, fail_action = "accuracy", 1, "Broken", "mend it"

    def evaluate(self, inputs):
        raise ZeroDivisionError("of \ud800 something")


def test_crash_is_invalid_never_a_pass_and_keeps_its_traceback():
    result, items, crash = run_check(Broken(), inputs(spec({})))
    assert items == []
    assert (result.status, result.evidence, result.criteria) == ("INVALID", "NO_DATA", [])
    assert "ZeroDivisionError" in result.notes[0] and "checks/accuracy.json" in result.notes[0]
    assert crash.startswith("Traceback") and "in evaluate" in crash


def test_check_that_works_has_no_traceback():
    result, _, crash = run_check(BY_ID["latency"], inputs(spec({"latency": {"p50_s": 1}}), load=[load_run([0.5] * 1000)]))
    assert (result.status, crash) == ("PASS", None)


@pytest.mark.parametrize(
    ("check", "skip", "why"),
    [
        ("accuracy", {}, "The spec has no tests.accuracy."),
        ("accuracy", {"accuracy": "no golden set"}, "Left out on purpose: no golden set"),
        ("safety", {"safety": "by hand"}, "Left out on purpose: by hand"),
    ],
)
def test_skipped_test_says_why(check, skip, why):
    contract = spec({}, skip=skip)
    result = _skipped(BY_ID[check], Ready(contract, profile_of(contract), {}, [], CHECKS))
    assert (result.status, result.evidence, result.notes) == ("SKIPPED", "NO_DATA", [why])
