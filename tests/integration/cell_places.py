"""`python -m tests.integration.cell_places SPEC FOLDER`: the cells of a spec on a real cluster of two nodes.

Prints for each cell of the matrix the node that its replica runs on and the one that has its resource, and what is said of a resource
that no node has.
"""

import json
import signal
import sys
from pathlib import Path

import ray
from ray.util import list_named_actors

from ftbench.compare.cells import CellPlan, here, matrix
from ftbench.compare.place import placed
from ftbench.compare.run import _cluster
from ftbench.errors import InputError
from ftbench.gate.reach import reach
from ftbench.models import model_shape
from ftbench.progress import Screen
from ftbench.serving.cluster import cluster
from ftbench.serving.service import offered
from ftbench.spec import read_spec
from tests.two_nodes import two_nodes


def node_of_the_replica() -> str:
    names = [a for a in list_named_actors(all_namespaces=True) if "#model#" in a["name"]]
    replica = ray.get_actor(names[0]["name"], namespace=names[0]["namespace"])
    return ray.get(replica.__ray_call__.remote(lambda _: ray.get_runtime_context().get_node_id()), timeout=60)


def ran(plan: CellPlan) -> dict:
    wanted = plan.spec.serving.node_resource
    with reach(plan.spec, Screen()):
        on = node_of_the_replica()
    return {"cell": plan.id, "resource": wanted, "on": on, "has": [n["NodeID"] for n in ray.nodes() if n["Resources"].get(wanted)]}


if __name__ == "__main__":
    signal.alarm(300)
    with two_nodes(sys.argv[2]) as address:
        spec = read_spec(Path(sys.argv[1]))
        spec = spec.but(serving=spec.serving.model_copy(update={"ray_address": address}))
        shape = model_shape(spec.path(spec.model.path))
        with cluster(address):
            plans = placed(matrix(spec, shape, 64), here(), *_cluster(spec))
            # the head's own resource shows that a replica does not come to its node by chance
            serving = plans[0].spec.serving.model_copy(update={"node_resource": "node:__internal_head__"})
            at_head = plans[0]._replace(id="head", spec=plans[0].spec.but(serving=serving))
            found = [ran(plan) for plan in [at_head, *plans] if plan.id == "head" or plan.place is not None]
            try:
                offered("hardware:nowhere")
                said = ""
            except InputError as error:
                said = str(error)
    print(json.dumps({"cells": found, "modelled": [plan.id for plan in plans if plan.place is None], "refused": said}), flush=True)
