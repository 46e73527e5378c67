"""Which nodes of a cluster send, and how many load processes each has."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ftbench.errors import InputError


class Place(NamedTuple):
    """A node by its id, and by the name that a person knows it by."""

    node_id: str
    name: str


def places(nodes: Sequence[Mapping], per_node: int, leave_out: Sequence[str] = ()) -> list[Place]:
    """The living nodes with at least `per_node` CPUs, in a settled order.

    Args:
        nodes: as ray.nodes() tells them.
        leave_out: host names, addresses, or the first characters (six or more) of node ids.
    Raises:
        InputError: no node is left, or `leave_out` names one that is not there.
    """
    alive = sorted((node for node in nodes if node["Alive"]), key=lambda node: node["NodeID"])
    known = [node["NodeManagerHostname"] + " " + node["NodeManagerAddress"] for node in alive]
    for word in leave_out:
        if not any(_means(word, node) for node in alive):
            raise InputError(f"The Ray cluster has no node {word} to leave out. Its nodes are: {', '.join(sorted(set(known))) or 'none'}.")
    left = [node for node in alive if not any(_means(word, node) for word in leave_out)]
    able = [node for node in left if node["Resources"].get("CPU", 0) >= per_node]
    if not able:
        kept = f"{len(left)} of its {len(alive)} nodes may be used" if leave_out else f"it has {len(alive)} nodes"
        raise InputError(
            f"No node of the Ray cluster offers {per_node} CPU for load processes ({kept}). Take fewer on each node, or give Ray more CPUs."
        )
    names = [_name(node) for node in able]
    return [
        Place(node["NodeID"], name if names.count(name) == 1 else f"{name} {node['NodeID'][:6]}")
        for node, name in zip(able, names, strict=True)
    ]


def _name(node: Mapping) -> str:
    host, address = node["NodeManagerHostname"], node["NodeManagerAddress"]
    return host if host == address else f"{host} ({address})"


def _means(word: str, node: Mapping) -> bool:
    return word in (node["NodeManagerHostname"], node["NodeManagerAddress"]) or (len(word) >= 6 and node["NodeID"].startswith(word))
