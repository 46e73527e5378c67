"""`python -m tests.integration.cluster_loads ADDRESS NODES_FOLDER URL FOLDER`: load from the two nodes of the cluster at ADDRESS.

Leaves FOLDER/two and FOLDER/dying, and prints what their records do not hold.
"""

import json
import os
import signal
import sys
from pathlib import Path

import psutil

from ftbench.errors import InputError
from ftbench.load import run_load
from ftbench.load.plan import write_plan
from ftbench.shipped import shipped
from tests.load.conftest import a_plan
from tests.outside import wait_for


def load_processes(folder: Path) -> list[psutil.Process]:
    """Locust processes of nodes that have their temporary files in `folder`."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "--ft-plan" in words and any(word.startswith(f"{folder}/ftbench-load-") for word in words):
            found.append(process)
    return found


def gone_within(folder: Path, seconds: float) -> bool:
    return bool(wait_for(lambda: not load_processes(folder), seconds))


def two(address: str, nodes: Path, url: str, folder: Path) -> dict:
    folder.mkdir()
    changed = (shipped("locustfiles") / "open_loop.py").read_text()
    changed += "\nimport os, sys\nprint('ray', 'ray' in sys.modules, [k for k in os.environ if k.startswith('RAY_')], flush=True)\n"
    (folder / "mine.py").write_text(changed)
    plan = a_plan(url, rate=30, duration_s=2, arrivals="poisson", seed=3)
    write_plan(plan, folder / "plan.json")
    told = []
    run_load(plan, folder, told.append, ray_address=address, locustfile=folder / "mine.py")
    left = [len(load_processes(nodes)), len(list(nodes.glob("ftbench-load-*")))]
    return {"sent": told[-1].sent, "errors": told[-1].errors, "left": left}


def dying(address: str, nodes: Path, url: str, folder: Path) -> dict:
    def kill_an_actor(_live: object) -> None:
        for process in load_processes(nodes):
            if process.cmdline()[-1] == "1":
                process.parent().kill()

    run_load(a_plan(url, rate=20, duration_s=4), folder, kill_an_actor, ray_address=address)
    return {"gone": gone_within(nodes, 20)}


def refused(address: str, folder: Path) -> list[str]:
    os.environ["FTBENCH_ONLY_HERE"] = "secret"
    url, found = "http://127.0.0.1:9/v1", []
    for plan, more in (
        (a_plan(url, api_key_env="FTBENCH_ONLY_HERE"), {}),
        (a_plan(url, workers=3), {}),
        (a_plan(url), {"per_node": 2}),
        (a_plan(url), {"leave_out": ["no-such-node"]}),
        (a_plan(url), {"web_ui_port": 8089}),
    ):
        try:
            run_load(plan, folder, ray_address=address, **more)
            found.append("")
        except InputError as error:
            found.append(str(error))
    return found


if __name__ == "__main__":
    signal.alarm(220)
    at, where, server, out = sys.argv[1], Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4])
    found = {
        "two": two(at, where, server, out / "two"),
        "dying": dying(at, where, server, out / "dying"),
        "refused": refused(at, out / "refused"),
        "left": len(load_processes(where)),
    }
    print(json.dumps(found), flush=True)
