"""Bring a spec's model up behind one URL, wait until it answers, and take it down again."""

import json
import logging
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from ftbench.errors import InputError, InvalidMeasurement
from ftbench.processes import ctrl_c_put_off
from ftbench.serving.ports import free_ports, refuse_taken_port
from ftbench.spec import Spec
from ftbench.spec.target import Serving

Say = Callable[[str], None]

PREFIX = "ftbench-"  # of our applications' names in Serve
A_TRACE = 0.001  # of a node's resource: it says where a replica may run, and takes nothing away from others


class Service(NamedTuple):
    """A model that answers at `url` (up to and including /v1). `info` is what its replica says of itself; `proxy` how it is reached."""

    url: str
    model: str
    info: dict[str, Any]
    replicas: int
    proxy: str
    startup_s: float


@contextmanager
def service(spec: Spec, say: Say, *, at_root: bool = False) -> Iterator[Service]:
    """The spec's managed model, served. A Ray cluster must be up (see `cluster`). `say` hears what is happening, for a progress line.

    The URL has a path of its own, so that a request that strays to another run's model (a port changes hands, a cluster has two
    runs) gets 404 and not that model's answer. With `at_root` it is /v1, for clients that are told it by hand.

    Raises:
        InputError: the port is taken, the cluster has not the CPUs or GPUs that the replicas ask for, or another model is at the path.
        InvalidMeasurement: the model did not come up; the message holds the replica's own words.
    """
    with ctrl_c_put_off():  # what is imported here for seconds swallows one now and then
        from ray import serve

        from ftbench.serving.deployment import Replica, model_name

    started = time.monotonic()
    settings = spec.serving
    gpus, threads = resources(spec, offered(settings.node_resource))
    options = {"num_gpus": gpus, "num_cpus": threads or 1}
    if settings.node_resource is not None:
        options["resources"] = {settings.node_resource: A_TRACE}
    ongoing = settings.max_concurrency + settings.max_queue + 32  # over the engine's own limit, so that it and not Serve answers 429
    logging.getLogger("ray.serve").setLevel(logging.ERROR)  # what goes wrong is raised; what goes well is shown by `say`
    say("starting Ray Serve")
    port = _listening(settings)
    app = Replica.options(num_replicas=settings.replicas, ray_actor_options=options, max_ongoing_requests=ongoing).bind(spec, gpus, threads)
    name = f"{PREFIX}{secrets.token_hex(4)}"
    path = "" if at_root else f"/{name}"
    try:
        _deploy(serve.RunTarget(app, name=name, route_prefix=path or "/"))
        _wait_running(name, settings.startup_timeout_s, settings.replicas, say)
        url = f"http://{settings.host}:{port}{path}/v1"
        info = _wait_answer(url, settings.replicas, say)
        proxy = "haproxy" if info["ftbench"]["haproxy"] else "Serve's Python proxy: without HAProxy expect higher latency under load"
        yield Service(url, model_name(spec), info, settings.replicas, proxy, time.monotonic() - started)
    finally:
        with suppress(Exception):
            serve.delete(name)


def _listening(settings: Serving) -> int:
    """Start Serve, and return the port that it has. One that runs already, after an earlier model or by somebody else, keeps its own.

    Raises:
        InputError: that is not the one that the spec asks for, or somebody else has it.
    """
    from ray import serve
    from ray.serve.context import _get_global_client

    if _get_global_client(raise_if_no_controller_running=False) is None:
        refuse_taken_port(settings.host, settings.port)
        options = {"host": settings.host, "port": settings.port or free_ports(1)[0]}
        serve.start(http_options=options, proxy_location="EveryNode" if settings.ray_address else "HeadOnly")
    listens = _get_global_client().http_config
    if settings.port and listens.port != settings.port:
        raise InputError(
            f"Ray Serve runs on this cluster already and listens on port {listens.port}, not on serving.port {settings.port}. "
            "Leave serving.port out, or end that Serve first: serve shutdown."
        )
    return listens.port


def offered(node_resource: str | None) -> dict[str, float]:
    """What the nodes that have `node_resource` offer together; all nodes where it is None.

    Raises:
        InputError: no node has it.
    """
    import ray

    if node_resource is None:
        return ray.cluster_resources()
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    chosen = [node for node in nodes if node.get(node_resource, 0) > 0]
    if not chosen:
        # Ray gives each node resources of its own beside those that a user knows
        known = sorted({name for node in nodes for name in node if not name.startswith(("node:", "object_store", "memory"))})
        raise InputError(
            f"serving.node_resource is {node_resource}, and no node of this Ray cluster has it; they have: {', '.join(known)}. "
            f"Start a node with `ray start --resources '{{\"{node_resource}\": 1}}'`, or name one that is there."
        )
    return {name: sum(node.get(name, 0) for node in chosen) for name in set().union(*chosen)}


def resources(spec: Spec, cluster: dict[str, float]) -> tuple[float, int | None]:
    """GPUs a replica and, on CPU, torch threads a replica, checked against what the `cluster` has.

    Raises:
        InputError: with what is asked and what is there.
    """
    settings = spec.serving
    gpus = settings.gpus_per_replica
    if gpus is None:
        gpus = 1.0 if cluster.get("GPU", 0) >= 1 else 0.0
    if gpus > 1 and gpus != int(gpus):
        raise InputError(f"serving.gpus_per_replica is {gpus:g}: more than one GPU must be a whole number.")
    if gpus * settings.replicas > cluster.get("GPU", 0):
        have = cluster.get("GPU", 0)
        raise InputError(
            f"{settings.replicas} replica(s) with {gpus:g} GPU(s) each need {gpus * settings.replicas:g}; this cluster has {have:g}. "
            "Lower serving.replicas or serving.gpus_per_replica."
        )
    if gpus > 0:
        return gpus, None
    cores = int(cluster.get("CPU", 1))
    threads = settings.cpu_threads or max(1, cores // settings.replicas)
    if threads * settings.replicas > cores:
        raise InputError(
            f"{settings.replicas} replica(s) with {threads} CPU thread(s) each need {threads * settings.replicas} cores; "
            f"this cluster has {cores}. Lower serving.replicas or serving.cpu_threads."
        )
    return 0.0, threads


def _deploy(target: Any) -> None:
    from ray import serve
    from ray.serve.exceptions import RayServeException

    try:
        serve.run_many([target], wait_for_applications_running=False)
    except RayServeException as error:
        raise InputError(f"Ray Serve on this cluster does not take the model: {str(error).strip().splitlines()[-1]}") from None


def _of_others(name: str) -> str:
    """A sentence about models that other runs have on this cluster: they may hold what this one waits for."""
    from ray import serve

    others = [other for other in serve.status().applications if other.startswith(PREFIX) and other != name]
    if not others:
        return ""
    return (
        f" Other runs have models on this cluster: {', '.join(sorted(others))}. If such a run is gone, end its model: "
        f"python -c \"from ray import serve; serve.delete('{sorted(others)[0]}')\"."
    )


def _wait_running(name: str, timeout_s: float, replicas: int, say: Say) -> None:
    from ray import serve

    started = time.monotonic()
    while True:
        app = serve.status().applications.get(name)
        state = app.status.value if app else "DEPLOYING"
        elapsed = time.monotonic() - started
        if state == "RUNNING":
            return
        words = " ".join(d.message for d in app.deployments.values() if d.message) if app else ""
        if state in ("DEPLOY_FAILED", "UNHEALTHY") or elapsed > timeout_s:
            why = "did not come up" if state != "DEPLOYING" else f"was not ready after serving.startup_timeout_s = {timeout_s:g} s"
            raise InvalidMeasurement(f"The model {why}. {words or (app.message if app else '')}".strip() + _of_others(name))
        say(f"loading the model into {replicas} replica{'s' if replicas > 1 else ''}, {elapsed:.0f} s")
        time.sleep(0.5)


def _wait_answer(url: str, replicas: int, say: Say, timeout_s: float = 60.0) -> dict[str, Any]:
    """What /models says, once every replica has said it: the proxy learns of each a moment after it is ready, and a load that begins before
    would measure fewer replicas than the report names."""
    deadline, seen, why = time.monotonic() + timeout_s, set(), "no answer"
    while True:
        try:
            with urllib.request.urlopen(f"{url}/models", timeout=5) as answer:
                info = json.load(answer)["data"][0]
            seen.add(info["ftbench"]["replica"])
            if len(seen) >= replicas:
                return info
            why = f"only {len(seen)} of {replicas} replicas answer"
        except (urllib.error.URLError, OSError, ValueError) as error:
            why = str(error)
        if time.monotonic() > deadline:
            raise InvalidMeasurement(f"The replicas run but {url} does not reach them all: {why}.")
        say("waiting for the proxy")
        time.sleep(0.05)
