"""The other machines of a Ray cluster: an actor on each, whose samples are fetched and put on this machine's clock."""

import os
import sys
import time
from contextlib import suppress
from typing import Any

from ftbench.load.crew.clock import offset_of
from ftbench.membership import asking, awaited
from ftbench.telemetry.node import NodeWatch

ASK_S = 10.0
ROUND_TRIPS = 5
GLANCE_S = 0.1  # the longest that somebody who wants to leave the cluster waits for an answer of ours


class Nodes:
    """Actors on `node_ids`. A node that does not answer is left out with a word in `lost`; it never stops a run.

    Works in a thread while another one may leave the cluster: from then on there are no lines any more.
    """

    def __init__(self, node_ids: list[str], period_s: float) -> None:
        self.lost: dict[str, str] = {}
        self._actors: dict[str, Any] = {}
        self._offsets_ns: dict[str, int] = {}
        with asking() as connected:
            if connected:
                self._start(node_ids, period_s)

    def _start(self, node_ids: list[str], period_s: float) -> None:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        watch = ray.remote(num_cpus=0, max_restarts=0)(NodeWatch)
        for node_id in node_ids:
            with self._or_lost(node_id):
                where = NodeAffinitySchedulingStrategy(node_id, soft=False)
                self._actors[node_id] = watch.options(scheduling_strategy=where).remote(period_s)
        for node_id, actor in list(self._actors.items()):
            with self._or_lost(node_id):
                _answer(actor.now_ns.remote(), 2 * ASK_S)  # the first answer waits for the actor's process
                self._offsets_ns[node_id] = offset_of(lambda a=actor: _answer(a.now_ns.remote()), ROUND_TRIPS).ns

    def fetch(self, *, end: bool = False) -> list[dict[str, Any]]:
        """The lines of all nodes since the last time, t_ns on this machine's monotonic clock."""
        with asking() as connected:
            return self._fetch(end) if connected else []

    def _fetch(self, end: bool) -> list[dict[str, Any]]:
        asked, lines = {}, []
        for node_id, actor in list(self._actors.items()):
            with self._or_lost(node_id):
                asked[node_id] = (actor.end if end else actor.fetch).remote()
        for node_id, answer in asked.items():
            with self._or_lost(node_id):
                for line in _answer(answer):
                    if "t_ns" in line:
                        line["t_ns"] += self._offsets_ns[node_id]
                    lines.append({**line, "node": short(node_id)})
        return lines

    def close(self) -> None:
        with asking() as connected:
            if connected:
                import ray

                for actor in self._actors.values():
                    with suppress(Exception):
                        ray.kill(actor)
            self._actors.clear()

    def _or_lost(self, node_id: str) -> "_OrLost":
        return _OrLost(self, node_id)


class _OrLost:
    """Whatever Ray raises about a node's actor (dead, unschedulable, too slow) takes that node out and nothing else."""

    def __init__(self, nodes: Nodes, node_id: str) -> None:
        self._nodes, self._id = nodes, node_id

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type | None, error: BaseException | None, _: object) -> bool:
        if not isinstance(error, Exception):
            return False
        if awaited():  # whoever leaves the cluster has cut the answer short, and the node is all right
            return True
        self._nodes.lost[short(self._id)] = type(error).__name__
        self._nodes._actors.pop(self._id, None)
        return True


def _answer(asked: Any, within_s: float | None = None) -> Any:
    """
    Raises:
        GetTimeoutError: there is none `within_s` (ASK_S), or somebody wants to leave the cluster. What an actor raises is raised here.
    """
    import ray
    from ray.exceptions import GetTimeoutError

    until = time.monotonic() + (within_s or ASK_S)
    while not ray.wait([asked], timeout=GLANCE_S)[0]:
        if awaited() or time.monotonic() > until:
            raise GetTimeoutError
    return ray.get(asked, timeout=ASK_S)


def never_start_unasked() -> None:
    """A question to a cluster that the load has just left would otherwise make Ray start one of its own, or join a stranger's."""
    os.environ.setdefault("RAY_ENABLE_AUTO_CONNECT", "0")  # read once, when Ray is imported
    if (hook := sys.modules.get("ray._private.auto_init_hook")) is not None:
        hook.enable_auto_connect = False


def other_nodes() -> list[str]:
    """Ids of the cluster's live nodes but this one; none where this process is in no cluster."""
    with asking() as connected:
        if not connected:
            return []
        import ray

        own = ray.get_runtime_context().get_node_id()
        return sorted(node["NodeID"] for node in ray.nodes() if node["Alive"] and node["NodeID"] != own)


def short(node_id: str) -> str:
    """A node's name in reports: no host name or address stands in them."""
    return f"node {node_id[:8]}"
