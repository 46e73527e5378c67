"""What the peers' own files say, read as they mean it."""

import json
from pathlib import Path

from peers.ahead import overtaken_by
from peers.table import table
from peers.tools import guidellm_tool, vllm_tool


def test_vllm_failures_stay_in_the_number_of_requests(tmp_path):
    said = {"completed": 90, "failed": 10, "p50_ttft_ms": 51.0, "p99_itl_ms": 7.0}
    (tmp_path / "result.json").write_text(json.dumps(said))
    told = vllm_tool.told(tmp_path)
    assert (told.n, told.failed, told.ttft["p50"], told.ttft["p99"], told.itl["p99"]) == (100, 10, 0.051, None, 0.007)


def test_guidellm_means_of_requests_are_not_taken_for_gaps(tmp_path):
    quantiles = {"successful": {"percentiles": {"p50": 5.0, "p95": 5.5, "p99": 6.0}}}
    totals = {"successful": 7, "errored": 1, "incomplete": 2}
    metrics = {"request_totals": totals, "time_to_first_token_ms": quantiles, "inter_token_latency_ms": quantiles}
    (tmp_path / "out.json").write_text(json.dumps({"benchmarks": [{"metrics": metrics}]}))
    told = guidellm_tool.told(tmp_path)
    assert (told.n, told.failed, told.itl_is, told.itl["p99"]) == (8, 1, "means", 0.006)


def test_a_peer_that_could_not_run_keeps_its_row_with_the_reason():
    lines = table("chunks", {"some tool": {"failed": "not installed: pip: no such | version"}})
    assert any("some tool" in line and "no such / version" in line for line in lines)


def test_the_committed_record_has_ftbench_ahead_of_every_peer_at_the_ceiling_and_right_where_they_are_not():
    newest = max((Path(__file__).parents[2] / "benchmarks" / "results").glob("peers-*.json"))
    results = json.loads(newest.read_text())["results"]
    assert overtaken_by(results["ceiling"]) == [] and len(results["ceiling"]) == 5
    off = {tool: abs(found["told_ms"]["ttft"]["p50"] - found["true_ms"]["ttft"]["p50"]) for tool, found in results["fast"].items()}
    assert off.pop("ftbench") < 1.0 and min(off.values()) > 10  # ms


def test_a_peer_that_is_ahead_in_one_thing_is_named():
    ours = {"cpu_us_per_event": 5.0, "events_per_s": 100_000.0}
    assert overtaken_by({"ftbench": ours, "slow": {"cpu_us_per_event": 9.0, "events_per_s": 9.0}, "gone": {"failed": "x"}}) == []
    (says,) = overtaken_by({"ftbench": ours, "thrifty": {"cpu_us_per_event": 4.0, "events_per_s": 9.0}})
    assert says == "thrifty takes 4.0 us an event, ftbench 5.0"
    assert "no figures" in overtaken_by({"ftbench": {"failed": "it did not start"}})[0]
