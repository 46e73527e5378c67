"""Load from the nodes of a Ray cluster: two raylets on this machine, a real Locust process on each."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.compute as pc
import pytest

from ftbench.errors import InputError, InvalidMeasurement
from ftbench.load import run_load
from ftbench.load.plan import read_plan, schedule
from ftbench.load.records import read_runs
from ftbench.metrics import latency
from ftbench.metrics.summarise import summarise
from ftbench.shipped import shipped
from tests.integration.cluster_loads import gone_within, load_processes
from tests.load.conftest import a_plan, endpoint, endpoints
from tests.outside import beside, outside

pytestmark = pytest.mark.slow
__all__ = ["endpoint"]


@pytest.fixture(scope="module")
def nodes_folder(tmp_path_factory) -> Path:
    """Where the nodes put their temporary files."""
    return tmp_path_factory.mktemp("nodes")


@pytest.fixture(scope="module")
def address(nodes_folder) -> Iterator[str]:
    """Of a cluster of two nodes with one CPU each."""
    with beside("tests.two_nodes", nodes_folder, folder=nodes_folder) as script:
        yield script.said


@pytest.fixture(scope="module")
def loads(address, nodes_folder, tmp_path_factory) -> dict:
    """What tests.integration.cluster_loads found, and its folder as "folder"."""
    folder = tmp_path_factory.mktemp("loads")
    with endpoints() as server:
        return {"folder": folder, **outside("tests.integration.cluster_loads", address, nodes_folder, server(), folder, folder=folder)}


def found_in(folder: Path):
    ((info, records),) = read_runs(folder / "requests.parquet")
    return summarise(records, info), records


def test_two_nodes_send_one_schedule_between_them_from_one_start_instant(loads):
    folder = loads["folder"] / "two"
    summary, records = found_in(folder)
    assert records["index"].to_pylist() == list(range(len(schedule(read_plan(folder / "plan.json")).times)))
    assert records["worker"].to_pylist() == [k % 2 for k in range(len(records))]
    assert summary.errors == {}
    lag = latency.column(records, "sent_s") - latency.column(records, "scheduled_s")
    assert lag.min() >= -0.005 and summary.send_lag.p50_s < 0.5  # in one clock; a node with a start of its own would be far off
    first, second = summary.worker_info
    assert first["node"] != second["node"] and 0 < first["clock_uncertainty_s"] < 0.005
    assert (loads["two"]["sent"], loads["two"]["errors"]) == (len(records), 0)
    for worker in (0, 1):
        assert "ray False []" in (folder / "load" / f"locust-{worker}.log").read_text()
    assert loads["two"]["left"] == [0, 0]


def test_a_node_that_dies_leaves_dropped_requests_and_an_invalid_measurement(loads):
    summary, records = found_in(loads["folder"] / "dying")
    dropped = records.filter(pc.equal(records["error_kind"], "dropped"))
    assert len(records) == 80 and set(dropped["worker"].to_pylist()) == {1} and len(dropped) == 40
    assert summary.errors == {"dropped": 40} and not summary.valid
    assert any("load process 1 was lost: its node" in reason for reason in summary.invalid_reasons)
    assert loads["dying"]["gone"]  # it notices that its actor is dead


def test_what_cannot_be_done_on_this_cluster_is_told_before_anything_is_sent(loads):
    for told, says in zip(
        loads["refused"],
        (
            r"FTBENCH_ONLY_HERE is not set on node .* before `ray start`",
            "asks for 3 load processes, and 2 nodes with 1 each are 2",
            "No node of the Ray cluster offers 2 CPU",
            "no node no-such-node",
            "not a Ray cluster",
        ),
        strict=True,
    ):
        assert re.search(says, told), told
    assert loads["left"] == 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_the_processes_of_all_nodes_end_with_the_one_that_started_them(endpoint, address, nodes_folder, tmp_path, how):
    (tmp_path / "plan.json").write_text(a_plan(endpoint(), duration_s=60).model_dump_json())
    script = (
        "import sys; from pathlib import Path; from ftbench.load import run_load; from ftbench.load.plan import read_plan\n"
        "folder = Path(sys.argv[1])\n"
        "run_load(read_plan(folder / 'plan.json'), folder, lambda live: print('going', flush=True), ray_address=sys.argv[2])"
    )
    command = [sys.executable, "-c", script, str(tmp_path), address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout.readline() == "going\n"
        folders = {Path(of.cmdline()[of.cmdline().index("--ft-plan") + 1]).parent for of in load_processes(nodes_folder)}
        assert len(folders) == 2
        process.send_signal(how)
        assert process.wait(30) != 0
    if how == signal.SIGINT:
        assert load_processes(nodes_folder) == [] and not any(folder.exists() for folder in folders)
    assert gone_within(nodes_folder, 20)


def test_a_node_without_ftbench_is_told_from_one_that_broke():
    from ftbench.load.crew.cluster import why_it_did_not_start

    begins = (
        "The actor died because of an error raised in its creation task, ray::Node.__init__() (pid=7, repr=<ftbench.load.crew.node.Node>)\n"
    )
    # as Ray 2.60 says it
    absent = (
        begins + "RuntimeError: The actor with name Node failed to import on the worker.\n\nModuleNotFoundError: No module named 'ftbench'"
    )
    full = begins + '  File "ftbench/load/crew/claim.py", line 46\nOSError: [Errno 28] No space left on device'
    told = why_it_did_not_start("a", absent)
    assert isinstance(told, InputError) and "cannot be imported on node a" in str(told) and "No module named 'ftbench'" in str(told)
    told = why_it_did_not_start("a", full)
    assert isinstance(told, InvalidMeasurement) and str(told).endswith("OSError: [Errno 28] No space left on device")


def test_an_address_at_which_nobody_listens_is_told_at_once(tmp_path):
    with pytest.raises(InputError, match="No Ray cluster can be used at 127.0.0.1:9: .*refused"):
        run_load(a_plan("http://127.0.0.1:9/v1"), tmp_path, ray_address="127.0.0.1:9")


def test_a_ray_job_takes_the_options_of_ftbench_load(endpoint, address, tmp_path):
    words = ["--url", endpoint(), "--rate", "20", "--duration", "2", "--warmup", "0", "--max-tokens", "16", "--out", str(tmp_path / "out")]
    command = [sys.executable, str(shipped("ray_jobs") / "load.py"), *words, "--validity", "send_lag_p99_s=5"]
    done = subprocess.run(command, env={**os.environ, "RAY_ADDRESS": address}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    ((info, records),) = read_runs(tmp_path / "out" / "requests.parquet")
    assert {worker.node is not None for worker in info.workers} == {True} and set(records["worker"].to_pylist()) == {0, 1}
