"""`python -m tests.integration.served SPEC`: the spec's model, served until standard input ends.

Prints its URL and its name when it is up. For the line "poison" it breaks one replica's model and prints the replica's pid; for the line
"beside" it serves the model a second time on the same cluster for a while, asks both who they are, and tries a third at the same path.
"""

import json
import signal
import sys
import urllib.request
from pathlib import Path

from ftbench.errors import InputError
from ftbench.serving.cluster import cluster
from ftbench.serving.service import service
from ftbench.spec import Spec, read_spec


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


def who(url: str, n: int = 20) -> list[int]:
    """Pids of the replicas that answer at `url`."""
    pids = set()
    for _ in range(n):
        with urllib.request.urlopen(f"{url}/models", timeout=10) as answer:
            pids.add(json.load(answer)["data"][0]["ftbench"]["pid"])
    return sorted(pids)


def second(spec: Spec, first: str) -> dict:
    one = spec.model_copy(update={"serving": spec.serving.model_copy(update={"replicas": 1})})
    with service(one, quiet, at_root=True) as up:
        try:
            with service(one, quiet, at_root=True):
                refused = ""
        except InputError as error:
            refused = str(error)
        return {"first": who(first), "second": who(up.url), "url": up.url, "refused": refused}


def quiet(_: str) -> None: ...


if __name__ == "__main__":
    signal.alarm(400)
    spec = read_spec(Path(sys.argv[1]))
    with cluster(logical_cpus=4), service(spec, quiet) as up:
        print(json.dumps({"url": up.url, "model": up.model}), flush=True)
        for line in sys.stdin:
            print(json.dumps(poison() if line.strip() == "poison" else second(spec, up.url)), flush=True)
