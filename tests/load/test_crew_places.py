"""Which nodes of a cluster send."""

import pytest

from ftbench.errors import InputError
from ftbench.load.crew.places import Place, places


def a_node(number: int, *, cpus: float = 4, alive: bool = True, host: str | None = None, address: str | None = None) -> dict:
    address = address or f"10.0.0.{number}"
    return {
        "NodeID": f"{number:02d}" * 28,
        "Alive": alive,
        "NodeManagerHostname": host or f"node-{number}",
        "NodeManagerAddress": address,
        "Resources": {"CPU": cpus} if cpus else {},
    }


def test_dead_nodes_and_a_head_without_cpus_do_not_send():
    nodes = [a_node(3), a_node(1, cpus=0), a_node(2, alive=False), a_node(4, cpus=1)]
    assert places(nodes, 1) == [Place("03" * 28, "node-3 (10.0.0.3)"), Place("04" * 28, "node-4 (10.0.0.4)")]
    assert [place.name for place in places(nodes, 2)] == ["node-3 (10.0.0.3)"]


@pytest.mark.parametrize("word", ["node-2", "10.0.0.2", "020202"])
def test_the_nodes_that_serve_the_model_are_left_out_by_whatever_name(word):
    assert [place.name for place in places([a_node(1), a_node(2)], 1, [word])] == ["node-1 (10.0.0.1)"]


def test_leaving_out_a_node_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(InputError, match=r"no node node-9 to leave out. Its nodes are: node-1 10\.0\.0\.1"):
        places([a_node(1)], 1, ["node-9"])


def test_no_node_left_is_bad_input():
    with pytest.raises(InputError, match=r"1 of its 2 nodes may be used"):
        places([a_node(1, cpus=1), a_node(2)], 2, ["node-2"])
    with pytest.raises(InputError, match="offers 1 CPU"):
        places([], 1)


def test_two_nodes_of_one_name_are_told_apart():
    nodes = [a_node(1, host="vm", address="10.0.0.1"), a_node(2, host="vm", address="10.0.0.1")]
    assert [place.name for place in places(nodes, 1)] == ["vm (10.0.0.1) 010101", "vm (10.0.0.1) 020202"]
