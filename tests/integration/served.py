"""`python -m tests.integration.served SPEC`: the spec's model, served until standard input ends.

Prints its URL and its name when it is up. For the line "poison" it breaks one replica's model and prints the replica's pid.
"""

import json
import signal
import sys
from pathlib import Path

from ftbench.serving.cluster import cluster
from ftbench.serving.service import service
from ftbench.spec import read_spec


def poison() -> int:
    import ray
    from ray.util import list_named_actors

    names = [a for a in list_named_actors(all_namespaces=True) if "#model#" in a["name"]]
    victim = ray.get_actor(names[0]["name"], namespace=names[0]["namespace"])

    def break_it(actor) -> int:
        import os

        def broken(*_, **__):
            raise RuntimeError("poisoned")

        replica = actor._replica_impl._user_callable_wrapper._callable
        replica.engine._manager.model.forward = broken
        return os.getpid()

    return ray.get(victim.__ray_call__.remote(break_it), timeout=60)


if __name__ == "__main__":
    signal.alarm(400)
    with cluster(logical_cpus=2), service(read_spec(Path(sys.argv[1])), lambda _: None) as up:
        print(json.dumps({"url": up.url, "model": up.model}), flush=True)
        for line in sys.stdin:
            print(json.dumps({"poison": poison}[line.strip()]()), flush=True)
