"""`ftbench load`: what it leaves, prints, and ends with. The server is computed; real Locust is in tests/integration."""

import json
import socket

import pytest

from ftbench.errors import Exit, InputError
from ftbench.gate import load_only
from ftbench.gate.load_only import run_load_only
from tests.gate.queue_server import a_run_load, a_subject, no_telemetry


@pytest.fixture
def load(monkeypatch, tmp_path):
    """load(sent_late=..., fields of a plan) is one run in tmp_path against eight slots of 0.2 s with a TTFT of 0.05 s."""
    monkeypatch.setattr(load_only, "observe", no_telemetry)

    def load(*, sent_late=False, json=False, web_ui_port=None, **plan):
        monkeypatch.setattr(load_only, "plan_for", lambda given: a_subject(**plan).plan)
        monkeypatch.setattr(load_only, "run_load", a_run_load([], sent_late_above=0 if sent_late else float("inf")))
        given = dict.fromkeys(("ray_address", "per_node", "leave_out"))
        return run_load_only(given, tmp_path, overwrite=True, json=json, web_ui_port=web_ui_port)

    return load


def test_an_slo_that_holds_is_0_and_one_that_is_missed_is_1(load, capsys):
    assert load(slo={"ttft_s": 0.2}) == Exit.PASSED
    assert "Measurement valid" in capsys.readouterr().out
    assert load(slo={"ttft_s": 0.01}) == Exit.FAILED
    assert load(slo={}) == Exit.PASSED  # nothing was promised


def test_an_invalid_measurement_is_3_with_its_reasons_and_no_latency_that_looks_like_a_result(load, capsys):
    assert load(sent_late=True, slo={"ttft_s": 0.01}) == Exit.INVALID  # not 1: it says nothing about the server
    out = capsys.readouterr().out
    assert "Measurement INVALID:" in out and "send lag p99 1,000 ms is over 50 ms" in out
    assert "not a result" in out
    (row,) = (line for line in out.splitlines() if line.strip().startswith("TTFT"))
    assert row.count("✗") == 6  # five quantiles and the longest


def test_json_is_the_summary_and_nothing_else(load, capsys, tmp_path):
    assert load(sent_late=True, json=True) == Exit.INVALID
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads((tmp_path / "summary.json").read_text()) and not told["valid"] and told["invalid_reasons"]


def test_a_page_that_cannot_be_had_is_refused_before_it_is_announced(load, capsys, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match="is not free for Locust's page"):
            load(web_ui_port=taken.getsockname()[1])
    with pytest.raises(InputError, match="shows one load process"):
        load(web_ui_port=8089, workers=2)
    assert capsys.readouterr() == ("", "") and not list(tmp_path.iterdir())
