"""Checks as real Ray tasks."""

import pytest

from tests.integration.scenario import write_contract
from tests.outside import outside


@pytest.mark.slow
def test_a_check_that_crashes_or_dies_is_invalid_alone_and_leaves_its_traceback(tmp_path, tiny_model_folder):
    spec = write_contract(tmp_path, tiny_model_folder)
    results = outside("tests.integration.judged", spec, tmp_path / "run", folder=tmp_path)
    assert {check: status for check, status, _ in results} == {
        "latency": "INVALID", "accuracy": "FAIL", "format_compliance": "FAIL", "inference_cost": "INVALID",
    }  # fmt: skip
    assert "ZeroDivisionError" in results[0][2][0]
    assert "1 / 0" in (tmp_path / "run" / "checks" / "latency.json").read_text()
    assert "died" in results[-1][2][0]
