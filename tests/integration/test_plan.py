"""`ftbench plan SPEC` with real Locust: eight slots of 0.16 s an answer make 50 requests/s; and a deployed fleet with real Ray."""

import json

import pytest
import yaml

from ftbench.metrics.capacity_file import read_capacity
from ftbench.report.plan_write import read_plan_file
from tests.integration.scenario import PATIENT, call, run, write_contract
from tests.load.conftest import endpoint  # noqa: F401

EIGHT_SLOTS = {"slots": 8, "ttft": 0.02, "itl": 0.02, "tokens": 8}


def test_an_endpoint_is_measured_at_every_scale_and_planned(endpoint, tmp_path):  # noqa: F811
    load = {"rate": 15, "scales": [1, 6], "arrivals": "constant", "duration_s": 2, "min_requests": 10, "warmup_s": 0.5, "max_tokens": 8}
    cost = {"peak_to_mean": 1.0, "budget_per_inference": 0.001}
    file = write_contract(
        tmp_path,
        tmp_path,
        load=load,
        slo={"ttft_s": 0.1, "attainment": 0.95},
        validity=PATIENT,
        cost=cost,
        hardware="l4",
        serving={"max_concurrency": 8},
    )
    data = yaml.safe_load(file.read_text())
    del data["model"]
    file.write_text(yaml.safe_dump({**data, "endpoint": {"url": endpoint(**EIGHT_SLOTS)}}))
    done = call("plan", str(file), "--searches", "1", "--out", "reports", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder,) = (tmp_path / "reports").iterdir()
    plan, found = read_plan_file(folder), read_capacity(folder / "capacity")
    one, six = plan.scales
    assert found.capacity == pytest.approx(50, rel=0.15)
    assert one.seen.held and one.basis == "measured"
    assert six.seen.saturated and six.seen.ttft_p99_s is None and six.fleet.replicas == 3  # 90 / (50 x 0.83)
    again = call("plan", str(folder), "--scales", "1,10", "--json", cwd=tmp_path)
    assert [at["scale"] for at in json.loads(again.stdout)["scales"]] == [1, 10]


@pytest.mark.slow
def test_the_planned_fleet_is_deployed_and_measured_and_a_larger_one_than_the_machine_is_a_sentence(tiny_model_folder, tmp_path):
    load = {"rate": 2, "scales": [1, 200], "duration_s": 3, "min_requests": 10, "warmup_s": 1, "timeout_s": 20, "max_tokens": 4}
    cost = {"price_per_hour": 0.1, "peak_to_mean": 1.0, "budget_per_inference": 1.0}
    slo = {"e2e_s": 10, "attainment": 0.9}
    file = write_contract(tmp_path, tiny_model_folder, load=load, slo=slo, validity=PATIENT, cost=cost)
    capacity = {"schema": "ftbench.capacity/1", "state": "found", "capacity": 5.0, "interval": [4.0, 6.0], "confidence": 0.95}
    capacity |= {"highest_kept": 4.0, "target": 0.9, "slo": {"e2e_s": 10.0}, "arrivals": "poisson", "settings": {}}
    (tmp_path / "known").mkdir()
    (tmp_path / "known" / "capacity.json").write_text(json.dumps(capacity))
    done = run("plan", str(file), "--capacity", "known", "--out", "reports", "--verify", "all", cwd=tmp_path, timeout_s=500)
    assert done.returncode in (0, 4), done.stdout + done.stderr
    (folder,) = (tmp_path / "reports").iterdir()
    plan = read_plan_file(folder)
    assert plan.scales[0].verified.held and plan.scales[0].verified.replicas == 1
    assert plan.scales[0].verified.sentence.startswith("Measured, the planned fleet itself: 1 replica held")
    assert plan.scales[1].verified is None and any("200x is not verified" in note and "CPU cores" in note for note in plan.notes)
