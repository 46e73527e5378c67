"""Checks as real Ray tasks."""

import os

import pytest

from ftbench.checks.base import Check
from ftbench.gate.judge import judge
from ftbench.gate.preflight import read_all
from ftbench.gate.run_folder import RunFolder
from ftbench.processes import no_survivors
from ftbench.progress import Screen
from ftbench.serving.cluster import cluster
from ftbench.spec import read_spec
from tests.integration.scenario import write_contract

pytestmark = pytest.mark.slow


class Crashes(Check):
    id, number, title, fail_action = "latency", 4, "Crashes", "none"

    def evaluate(self, inputs):
        return 1 / 0


class Dies(Check):
    id, number, title, fail_action = "inference_cost", 9, "Dies", "none"

    def evaluate(self, inputs):
        os._exit(1)


def test_a_check_that_crashes_or_dies_is_invalid_alone_and_leaves_its_traceback(tmp_path, tiny_model_folder):
    from ray import cloudpickle

    import tests.integration.test_judge as here

    cloudpickle.register_pickle_by_value(here)  # a worker cannot import this file
    ready = read_all(read_spec(write_contract(tmp_path, tiny_model_folder)))
    others = [check for check in ready.checks if check.id in ("accuracy", "format_compliance")]
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    with no_survivors(), cluster():
        results = judge(ready._replace(checks=[Crashes(), *others, Dies()]), {}, [], [], folder, Screen())
    assert {r.id: r.status for r in results} == {
        "latency": "INVALID", "accuracy": "FAIL", "format_compliance": "FAIL", "inference_cost": "INVALID",
    }  # fmt: skip
    assert "ZeroDivisionError" in results[0].notes[0]
    assert "1 / 0" in (folder.checks / "latency.json").read_text()
    assert "died" in results[-1].notes[0]
