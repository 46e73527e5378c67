"""`ftbench load` as a person or a script runs it, against a server of known delays."""

import json

import pyarrow.parquet as pq
import pytest

from tests.integration.scenario import PATIENT, call, run
from tests.load import conftest

endpoint = conftest.endpoint
ANYHOW = ("--warmup", "0.3", "--validity", ",".join(f"{name}={limit}" for name, limit in PATIENT.items()))
SHORT = ("--rate", "20", "--duration", "1", *ANYHOW)


def load(folder, url, *words, by=call):
    """In this process, which has imported everything already, unless `by` is run."""
    return by("load", "--url", url, "--out", "out", *SHORT, *words, cwd=folder)


def test_a_run_leaves_records_and_summary_and_prints_what_it_found(endpoint, tmp_path):
    done = load(tmp_path, endpoint(ttft=0.02, itl=0.001, tokens=8), by=run)
    assert done.returncode == 0, (done.stdout, done.stderr)
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    records = pq.read_table(tmp_path / "out" / "requests.parquet")
    assert summary["n"] == records["phase"].to_pylist().count("measured") and not summary["errors"]
    assert "No SLO given" in done.stdout and "\nGood " not in done.stdout
    assert "Measurement valid" in done.stdout and "requests.parquet" in done.stdout
    assert done.stderr.splitlines()[0].startswith("Traffic at 20") and "sent, 0 failed" in done.stderr.splitlines()[-1]


def test_json_is_all_of_standard_output_and_an_slo_that_is_missed_is_exit_code_1(endpoint, tmp_path):
    done = load(tmp_path, endpoint(ttft=0.05, itl=0.001, tokens=4), "--json", "--slo-ttft", "0.001", "--slo", "slow:ttft=9")
    assert done.returncode == 1, (done.stdout, done.stderr)
    summary = json.loads(done.stdout)
    assert summary["attainment"] == 0 and summary == json.loads((tmp_path / "out" / "summary.json").read_text())


@pytest.mark.parametrize(
    "words",
    [
        ("--steps", "0.5:20,0.5:60"),
        ("--ramp", "10..50", "--duration", "1"),
        ("--bursts", "0.5:0.1:4", "--rate", "30", "--duration", "1"),
        ("--concurrency", "4", "--think", "0.05", "--duration", "1"),
        ("--stages", "1:2,1:4"),
    ],
)
def test_every_shape_of_traffic_can_be_asked_for(endpoint, tmp_path, words):
    url = endpoint(ttft=0.02, itl=0.001, tokens=4)
    done = call("load", "--url", url, "--out", "out", *ANYHOW, *words, "--json", cwd=tmp_path)
    assert done.returncode == 0, (done.stdout, done.stderr)
    summary = json.loads(done.stdout)
    assert summary["n_ok"] == summary["n"] > 10


def test_a_run_is_replaced_only_when_asked_to(endpoint, tmp_path):
    url = endpoint(ttft=0.02, itl=0.001, tokens=4)
    assert load(tmp_path, url).returncode == 0
    before = (tmp_path / "out" / "requests.parquet").read_bytes()
    assert load(tmp_path, url).returncode == 2
    assert (tmp_path / "out" / "requests.parquet").read_bytes() == before
    assert load(tmp_path, url, "--overwrite", "--seed", "2").returncode == 0
    assert (tmp_path / "out" / "requests.parquet").read_bytes() != before
