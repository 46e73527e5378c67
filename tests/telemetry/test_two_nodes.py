"""A cluster of two nodes on this machine, which the load joins and leaves while it is watched."""

import time

import pytest

from ftbench.telemetry import observe, summarise_telemetry
from ftbench.telemetry.log import read_log
from ftbench.telemetry.nodes import other_nodes
from tests.metrics.records import a_row, a_table, an_info


@pytest.mark.slow
def test_cluster_that_is_joined_late_and_left_early_is_sampled_in_between_and_never_started_anew(tmp_path, tmp_path_factory, monkeypatch):
    import ray
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("TMPDIR", str(tmp_path_factory.mktemp("r")))  # Unix sockets allow 107 characters

    small = {"num_cpus": 1, "object_store_memory": 80 * 2**20}
    two = Cluster(initialize_head=True, head_node_args={**small, "include_dashboard": False})
    try:
        two.add_node(**small)
        with observe("http://127.0.0.1:1/v1", tmp_path, managed=True, period_s=0.5) as path:
            ray.init(address=two.address, log_to_driver=False, logging_level="ERROR")
            other = other_nodes()
            time.sleep(6.0)
            t0_ns = time.monotonic_ns()
            time.sleep(2.0)
            elapsed_s = (time.monotonic_ns() - t0_ns) / 1e9
            ray.shutdown()
            time.sleep(1.5)
        assert not ray.is_initialized()
    finally:
        ray.shutdown()
        two.shutdown()
    found = summarise_telemetry(path, an_info(t0_monotonic_ns=t0_ns, warmup_s=0, measured_s=elapsed_s), a_table([a_row(0.0)]))
    assert [host["node"] for host in found["hosts"]] == ["this machine", f"node {other[0][:8]}"]
    assert all(host["samples"] >= 1 and host["serves"] for host in found["hosts"])
    assert not [line for line in read_log(path) if line["kind"] in ("lost", "broken")]
