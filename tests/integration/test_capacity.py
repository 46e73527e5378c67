"""`ftbench capacity` and `ftbench sweep` with real Locust: eight slots of 0.16 s an answer make 50 requests/s."""

import csv
import signal
import time

import pytest
import yaml

from ftbench.metrics.capacity_file import read_capacity
from tests.integration.scenario import PATIENT, call, ended, start, write_contract
from tests.load.conftest import endpoint  # noqa: F401

EIGHT_SLOTS = {"slots": 8, "ttft": 0.02, "itl": 0.02, "tokens": 8}
SHORT = ("--searches", "1", "--repeats", "0", "--tolerance", "0.06", "--duration", "2")


@pytest.fixture
def contract(endpoint, tmp_path):  # noqa: F811
    """A spec whose endpoint is that server; a good request has its first token within 0.1 s."""
    load = {"rate": 35, "scales": [1], "arrivals": "constant", "min_requests": 10, "warmup_s": 0.5, "timeout_s": 20, "max_tokens": 8}
    spec = write_contract(tmp_path, tmp_path, load=load, slo={"ttft_s": 0.1, "attainment": 0.95}, validity=PATIENT)
    data = yaml.safe_load(spec.read_text())
    del data["model"]
    spec.write_text(yaml.safe_dump({**data, "endpoint": {"url": endpoint(**EIGHT_SLOTS)}}))
    return spec


def test_eight_slots_are_found_by_a_real_load(contract, tmp_path):
    done = call("capacity", str(contract), "--out", "found", *SHORT, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = read_capacity(tmp_path / "found")
    assert found.state == "found" and found.capacity == pytest.approx(50, rel=0.12)
    assert "Capacity:" in done.stdout and "kept" in done.stderr


def test_ctrl_c_is_code_130_and_resume_drives_only_what_was_missing(contract, tmp_path):
    out = tmp_path / "found"
    words = ("capacity", str(contract), "--out", "found", *SHORT, "--from", "34", "--to", "36")
    process, tag = start(*words, cwd=tmp_path)
    until = time.monotonic() + 60
    while not list(out.glob("probe-01-*/load/start.json")) and time.monotonic() < until:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    told = ended(process, tag)
    assert process.returncode == 130 and "--resume" in told
    assert read_capacity(out).state == "running"
    done = call(*words, "--resume", cwd=tmp_path)
    assert done.returncode == 0 and "at least 36 /s" in done.stdout, done.stderr


def test_a_sweep_shows_the_knee(endpoint, tmp_path):  # noqa: F811
    validity = [word for name, value in PATIENT.items() for word in ("--validity", f"{name}={value}")]
    words = ("sweep", "--url", endpoint(**EIGHT_SLOTS), "--out", "s", "--rates", "20,100", "--arrivals", "constant", "--duration", "2")
    done = call(*words, "--slo-ttft", "0.1", *validity, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    below, above = csv.DictReader((tmp_path / "s" / "sweep.csv").open())
    assert float(below["attainment"]) > 0.9 and float(above["attainment"]) < 0.5 and above["saturated"] == "True"
    assert float(above["requests_per_s"]) == pytest.approx(50, rel=0.15)
    assert "saturated" in done.stdout
