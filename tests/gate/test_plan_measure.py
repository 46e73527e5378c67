"""What a plan of a spec measures, of an endpoint that is computed (eight answers at once, 0.2 s each). Real Locust: tests/integration."""

import json
from contextlib import contextmanager

import pytest
import yaml

from ftbench.errors import Exit
from ftbench.gate import measure as gate_measure
from ftbench.gate import plan_measure, series
from ftbench.gate.plan_run import Asked, Measuring, run_plan
from ftbench.gate.reach import Reached
from ftbench.metrics.capacity_file import read_capacity
from ftbench.quality.generate import Target
from ftbench.report.plan_write import read_plan_file
from tests.gate.queue_server import SERVICE_S, SLOTS, a_run_load, no_telemetry

TRUTH = SLOTS / SERVICE_S


@pytest.fixture
def spec(tmp_path):
    data = {
        "name": "Queue",
        "endpoint": {"url": "http://127.0.0.1:9/v1", "model": "queue"},
        "hardware": "l4",
        "serving": {"max_concurrency": SLOTS},
        "load": {"rate": 10, "scales": [1, 3, 10], "arrivals": "constant", "duration_s": 10, "min_requests": 20, "prompts": "p.jsonl"},
        "slo": {"ttft_s": 0.2, "attainment": 0.99},
        "cost": {"budget_per_inference": 0.0001, "peak_to_mean": 1.5},
        "tests": {},
    }
    (tmp_path / "p.jsonl").write_text('{"prompt": "Hello"}\n')
    (tmp_path / "spec.yaml").write_text(yaml.safe_dump(data))
    return tmp_path / "spec.yaml"


@pytest.fixture
def server(monkeypatch):
    """The plans that were driven, and how often the server was reached."""
    driven, reached = [], []

    @contextmanager
    def reach(spec, screen):
        reached.append(spec)
        yield Reached(Target("http://127.0.0.1:9/v1", "queue", "queue at 9"), {"engine": "external", "startup_s": 7.5, "notes": []}, SLOTS)

    monkeypatch.setattr(plan_measure, "check_target", lambda spec, progress=None: None)
    monkeypatch.setattr(plan_measure, "reach", reach)
    for module in (series, gate_measure):
        monkeypatch.setattr(module, "run_load", a_run_load(driven))
        monkeypatch.setattr(module, "observe", no_telemetry)
    return driven, reached


def test_every_scale_and_then_the_capacity_are_measured_and_planned(spec, server, tmp_path):
    driven, reached = server
    assert run_plan(spec, Asked(out=tmp_path / "reports"), Measuring(searches=1)) is Exit.PASSED
    (folder,) = (tmp_path / "reports").iterdir()
    assert [plan.rate for plan in driven[:3]] == [10, 30, 100] and len(reached) == 1
    assert driven[3].rate == pytest.approx(30, rel=0.05)  # the search begins where the highest scale held
    found = read_capacity(folder / "capacity")
    plan = read_plan_file(folder)
    assert found.capacity == pytest.approx(TRUTH, rel=0.05)
    assert plan.capacity.sized_on == pytest.approx(found.interval[0]) and plan.engine == "external"
    one, three, ten = plan.scales
    assert one.seen.held and three.seen.held and ten.seen.saturated and ten.seen.ttft_p99_s is None
    assert ten.fleet.replicas == 5 and "This scale takes 5 replicas" in ten.seen.sentence  # 150 / (40 x 0.83)


def test_a_killed_measurement_goes_on_from_what_was_finished(spec, server, monkeypatch, tmp_path, capsys):
    driven, reached = server

    def stop_at_the_sixth():
        if len(driven) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(series, "run_load", a_run_load(driven, before=stop_at_the_sixth))
    with pytest.raises(KeyboardInterrupt):
        run_plan(spec, Asked(out=tmp_path / "reports"), Measuring(searches=1))
    (folder,) = (tmp_path / "reports").iterdir()
    assert f"--resume {folder.name}" in capsys.readouterr().err
    assert json.loads((folder / "capacity" / "capacity.json").read_text())["state"] == "running"
    monkeypatch.setattr(series, "run_load", a_run_load(driven))
    assert run_plan(spec, Asked(out=tmp_path / "reports"), Measuring(searches=1, resume=folder.name)) is Exit.PASSED
    assert [plan.rate for plan in driven[:3]] == [10, 30, 100]
    searched = [(plan.rate, plan.seed) for plan in driven[3:]]
    assert len(searched) == len(set(searched)) > 4
    before = len(driven)
    run_plan(spec, Asked(out=tmp_path / "reports"), Measuring(searches=1, resume=folder.name))
    assert len(driven) == before and len(reached) == 2  # nothing is left to do, so nobody is asked


def test_a_capacity_from_elsewhere_is_not_searched_for_again(spec, server, tmp_path):
    driven, _ = server
    run_plan(spec, Asked(out=tmp_path / "reports"), Measuring(searches=1))
    (folder,) = (tmp_path / "reports").iterdir()
    before = len(driven)
    run_plan(spec, Asked(out=tmp_path / "more", capacity=folder / "capacity", scales="1,2"), Measuring())
    assert [plan.rate for plan in driven[before:]] == [10, 20]
