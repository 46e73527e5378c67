"""`python -m tests.telemetry.joined FOLDER`: two nodes that are watched while this process joins and leaves their cluster.

Leaves FOLDER/late/telemetry.jsonl and FOLDER/absent/telemetry.jsonl, and prints what else was found.
"""

import json
import signal
import sys
import time
from pathlib import Path

import ray

from ftbench.load.crew.cluster import joined
from ftbench.telemetry import nodes, observe
from ftbench.telemetry.node import NodeWatch
from tests.outside import wait_for
from tests.two_nodes import two_nodes

NOBODY = "http://127.0.0.1:1/v1"


class Slow(NodeWatch):
    """Keeps whoever asks it waiting, so that there is always a question under way when the cluster is left."""

    def fetch(self) -> list:
        time.sleep(0.5)
        return super().fetch()


def actor_on_our_own_node() -> dict:
    own = ray.get_runtime_context().get_node_id()
    began_ns = time.monotonic_ns()
    watched = nodes.Nodes([own], 0.1)
    time.sleep(0.5)
    lines = watched.fetch()
    lines += watched.fetch(end=True)
    ended_ns = time.monotonic_ns()
    watched.close()
    return {"own": own, "others": nodes.other_nodes(), "began_ns": began_ns, "ended_ns": ended_ns, "lines": lines, "lost": watched.lost}


def absent_nodes(folder: Path) -> None:
    module = sys.modules["ftbench.telemetry.observe"]
    really, patience = module.other_nodes, nodes.ASK_S
    module.other_nodes, nodes.ASK_S = lambda: ["a" * 56, "f" * 56], 2.0
    with observe(NOBODY, folder, managed=True, period_s=0.5):
        time.sleep(1.0)
    module.other_nodes, nodes.ASK_S = really, patience


def joined_late_and_left_early(address: str, folder: Path) -> dict:
    sys.modules["ftbench.telemetry.observe"].FETCH_S = 0.0
    nodes.NodeWatch = Slow
    with observe(NOBODY, folder, managed=True, period_s=0.2) as path:
        time.sleep(0.5)
        with joined(address):
            (other,) = nodes.other_nodes()

            def seen() -> int:
                return path.read_text().count(f'"node":"{nodes.short(other)}"')

            wait_for(lambda: seen() > 5)
            t0_ns, before = time.monotonic_ns(), seen()
            wait_for(lambda: seen() > before + 5)
            elapsed_s = (time.monotonic_ns() - t0_ns) / 1e9
        left_ns = time.monotonic_ns()
        time.sleep(1.0)
    return {"other": other, "t0_ns": t0_ns, "elapsed_s": elapsed_s, "left_ns": left_ns, "in_a_cluster": ray.is_initialized()}


if __name__ == "__main__":
    signal.alarm(220)
    nodes.ASK_S = 60.0  # a busy machine takes its time to start an actor
    out = Path(sys.argv[1])
    with two_nodes(sys.argv[1]) as at:
        with joined(at):
            found = {"own": actor_on_our_own_node()}
            absent_nodes(out / "absent")
        found["late"] = joined_late_and_left_early(at, out / "late")
    print(json.dumps(found), flush=True)
