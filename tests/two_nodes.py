"""`python -m tests.two_nodes FOLDER`: a Ray cluster of two nodes with one CPU each on this machine, until standard input ends.

The second one has the custom resource hardware:second besides.

The temporary files of what runs on the nodes are in FOLDER.
"""

import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def two_nodes(folder: str) -> Iterator[str]:
    """The address of such a cluster."""
    from ray.cluster_utils import Cluster

    short = "/tmp" if Path("/tmp").is_dir() else None  # Unix sockets allow 107 characters
    small = {"num_cpus": 1, "object_store_memory": 80 * 2**20}
    with tempfile.TemporaryDirectory(prefix="ftb-", dir=short, ignore_cleanup_errors=True) as sockets:
        os.environ["TMPDIR"] = folder
        (Path(folder) / "ray").mkdir(parents=True, exist_ok=True)  # where Ray notes the address of its last cluster
        cluster = Cluster(initialize_head=True, head_node_args={**small, "include_dashboard": False, "temp_dir": sockets})
        try:
            cluster.add_node(**small, resources={"hardware:second": 1})
            yield cluster.address
        finally:
            cluster.shutdown()


if __name__ == "__main__":
    signal.alarm(400)
    with two_nodes(sys.argv[1]) as found:
        print(json.dumps(found), flush=True)
        sys.stdin.read()
