"""The other nodes of a cluster, watched while the load joins and leaves it."""

import time

import pytest

from ftbench.telemetry import summarise_telemetry
from ftbench.telemetry.log import read_log
from ftbench.telemetry.nodes import Nodes, other_nodes
from tests.metrics.records import a_row, a_table, an_info
from tests.outside import outside


def test_without_a_cluster_there_are_no_other_nodes_and_nothing_is_asked():
    assert other_nodes() == []
    nodes = Nodes(["a" * 56], 0.1)
    assert nodes.fetch() == [] and nodes.lost == {}
    nodes.close()


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """What tests.telemetry.joined found, and its folder."""
    folder = tmp_path_factory.mktemp("watched")
    return outside("tests.telemetry.joined", folder, folder=folder), folder


@pytest.mark.slow
def test_actor_on_a_node_samples_there_on_our_clock_and_goes_away(watched):
    found = watched[0]["own"]
    lines = found["lines"]
    assert found["lost"] == {} and {line["node"] for line in lines} == {f"node {found['own'][:8]}"}
    assert [line["kind"] for line in lines][0] == "node" and lines[-1]["kind"] == "sampler"
    stamps = [line["t_ns"] for line in lines if line["kind"] == "host"]
    assert len(stamps) >= 3 and stamps == sorted(stamps)
    assert found["began_ns"] - 50e6 < stamps[0] and stamps[-1] < found["ended_ns"] + 50e6


@pytest.mark.slow
def test_the_node_that_we_are_on_is_not_among_the_others(watched):
    found = watched[0]
    assert found["own"]["others"] == [found["late"]["other"]] and found["own"]["own"] != found["late"]["other"]


@pytest.mark.slow
def test_node_that_is_not_there_is_left_out_and_said(watched):
    path = watched[1] / "absent" / "telemetry.jsonl"
    lost = [line for line in read_log(path) if line["kind"] == "lost"]
    assert sorted(line["node"] for line in lost) == ["node aaaaaaaa", "node ffffffff"]
    found = summarise_telemetry(path, an_info(t0_monotonic_ns=time.monotonic_ns()), a_table([a_row(0.0)]))
    assert any("node aaaaaaaa could not be sampled" in note for note in found["notes"])


@pytest.mark.slow
def test_cluster_that_is_left_while_it_is_asked_ends_neither_the_process_nor_the_samples_of_this_machine(watched):
    late, path = watched[0]["late"], watched[1] / "late" / "telemetry.jsonl"
    assert not late["in_a_cluster"]  # nor is one started anew by a question that comes too late
    info = an_info(t0_monotonic_ns=late["t0_ns"], warmup_s=0, measured_s=late["elapsed_s"])
    found = summarise_telemetry(path, info, a_table([a_row(0.0)]))
    assert [host["node"] for host in found["hosts"]] == ["this machine", f"node {late['other'][:8]}"]
    assert all(host["samples"] >= 1 and host["serves"] for host in found["hosts"])
    lines = read_log(path)
    assert not [line for line in lines if line["kind"] in ("lost", "broken")]
    assert [line for line in lines if line["kind"] == "host" and line["node"] == "this machine" and line["t_ns"] > late["left_ns"]]
