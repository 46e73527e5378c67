"""`ftbench compare` for real: two variants of a tiny model, interrupted and gone on with, and bound to nodes of a cluster."""

import json
import signal
import time
from pathlib import Path

import pytest
import yaml

from ftbench.compare.turn_file import read_turn
from tests.integration.scenario import ended, run, start, survivors, write_contract
from tests.outside import outside

pytestmark = pytest.mark.slow

# the test machine is not the measuring machine
PATIENT = {
    "send_lag_p99_s": 5, "achieved_rate_error": 0.5, "client_cpu": 1, "client_delay_share": 1, "stalled_share": 1, "littles_law": 1,
    "clock_step_s": 100,
}  # fmt: skip
SHORT = {"rounds": 1, "batches": [1, 2], "batch_duration_s": 1, "output_tokens": 4, "probe_duration_s": 1, "quality": ["accuracy"]}
SECOND = {
    "id": "second", "name": "The second node", "kind": "cpu", "memory_gb": 8, "instance": "a node", "devices_per_instance": 1,
    "spec_source": "a test", "prices": [{"per_hour": 0.1, "kind": "given", "retrieved": "2026-11-01", "source": "a test"}],
}  # fmt: skip


def contract(folder: Path, model: Path, **compare) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "second.yaml").write_text(yaml.safe_dump(SECOND))
    section = {"variants": ["fp32", "nf4"], "hardware": ["local", "l4"], "likelihood": False, **SHORT, **compare}
    return write_contract(folder, model, compare=section, validity=PATIENT)


def stamps(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def compared(tmp_path_factory, tiny_model_folder):
    """A comparison that was interrupted in its second turn and gone on with: what was there before, what was printed, what was found."""
    folder = tmp_path_factory.mktemp("compare")
    contract(folder, tiny_model_folder)
    process, tag = start("compare", "spec.yaml", "--out", "r", cwd=folder)
    until = time.monotonic() + 200
    while not list(folder.glob("r/*/turns/nf4@local-x1/1/*")) and time.monotonic() < until and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    told = ended(process, tag)
    (home,) = (folder / "r").glob("*compare*")
    first = home / "turns" / "fp32@local-x1" / "1"
    assert (first / "turn.json").exists(), told[-2000:]
    before, left = stamps(first), survivors(tag)
    state = json.loads((home / "compare.json").read_text())["state"]
    done = run("compare", "--resume", home.name, "--out", "r", "--json", cwd=folder)
    return {
        "code": process.returncode, "told": told, "left": left, "state": state, "before": before, "after": stamps(first), "home": home,
        "done": done,
    }  # fmt: skip


def test_ctrl_c_is_code_130_names_the_way_on_and_leaves_nothing_behind(compared):
    assert compared["code"] == 130 and f"ftbench compare --resume {compared['home'].name}" in compared["told"]
    assert compared["left"] == [] and compared["state"] == "running"


def test_a_finished_turn_is_never_run_again(compared):
    assert compared["before"] == compared["after"]
    assert "Turn 2 of 2: nf4@local x1" in compared["done"].stderr and "Turn 1 of 2" not in compared["done"].stderr


def test_every_cell_is_there_with_its_basis(compared):
    done = compared["done"]
    assert done.returncode in (0, 1), done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert found == json.loads((compared["home"] / "compare.json").read_text())
    cells = {cell["id"]: cell for cell in found["cells"]}
    assert {id: cell["basis"] for id, cell in cells.items()} == {
        "fp32@local x1": "measured", "nf4@local x1": "measured", "fp32@l4 x1": "modelled", "nf4@l4 x1": "modelled",
    }  # fmt: skip
    assert found["state"] == "finished" and found["recommendation"]["sentence"]
    for cell in cells.values():
        assert [point["batch"] for point in cell["batches"]] == [1, 2] and all(p["step"]["value"] > 0 for p in cell["batches"])
        assert {at["basis"] for at in cell["cost"]} == {"modelled"} or cell["basis"] == "measured"
    assert cells["fp32@local x1"]["load"]["value"] > 0 and cells["fp32@local x1"]["memory"]["basis"] == "measured"


def test_both_variants_answered_the_same_cases(compared):
    quality = {q["variant"]: q for q in json.loads(compared["done"].stdout)["quality"]}
    assert quality["fp32"]["is_reference"] and quality["nf4"]["differences"][0]["n"] == 50


def test_a_turn_holds_its_runs(compared):
    turn = read_turn(compared["home"] / "turns" / "nf4@local-x1" / "1")
    assert [run.batch for run in turn.batches] == [1, 2] and 2 <= len(turn.probes) <= 3 and turn.predicted > 0
    assert all((compared["home"] / "turns" / "nf4@local-x1" / "1" / probe.folder / "requests.parquet").exists() for probe in turn.probes)


def test_a_replica_runs_on_the_node_of_its_hardware(tmp_path, tiny_model_folder):
    spec = contract(tmp_path / "c", tiny_model_folder, variants=["fp32"], hardware=["second.yaml", "l4"])
    nodes = tmp_path / "nodes"
    nodes.mkdir()
    found = outside("tests.integration.cell_places", spec, nodes, folder=tmp_path)
    head, second = found["cells"]
    assert second["resource"] == "hardware:second" and second["has"] == [second["on"]]
    assert head["has"] == [head["on"]] and head["on"] != second["on"]
    assert found["modelled"] == ["fp32@l4 x1"]
    assert "serving.node_resource is hardware:nowhere, and no node of this Ray cluster has it" in found["refused"]
    assert "hardware:second" in found["refused"]
