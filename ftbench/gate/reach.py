"""A model behind a URL for as long as a step needs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import ftbench
from ftbench.load import probe_endpoint
from ftbench.progress import Screen
from ftbench.quality.generate import Target
from ftbench.spec import Spec


class Reached(NamedTuple):
    """A model that answers, managed by us or not. `facts` is what the report says of it; `concurrency` is how many
    requests it takes at once."""

    target: Target
    facts: dict[str, Any]
    concurrency: int


@contextmanager
def reach(spec: Spec, screen: Screen) -> Iterator[Reached]:
    """The spec's model behind a URL: served by us for as long as this lasts, or the endpoint that is already there.

    Raises:
        InputError, InvalidMeasurement: it cannot be reached, or does not come up.
    """
    if spec.endpoint is not None:
        end = spec.endpoint
        model = probe_endpoint(end.url, end.model, end.api_key_env)
        target = Target(end.url.rstrip("/"), model, f"{end.url} {model}", end.api_key_env)
        yield Reached(target, {"url": end.url, "engine": "external", "notes": []}, spec.serving.max_concurrency)
        return
    from ftbench.serving.service import service

    with screen.step("Bringing the model up") as step:
        up = service(spec, step.say)
        served = up.__enter__()
    try:
        own = served.info.get("ftbench", {})
        facts = {**own, "proxy": served.proxy, "replicas": served.replicas, "startup_s": served.startup_s}
        at_once = spec.serving.max_concurrency * spec.serving.replicas
        yield Reached(Target(served.url, served.model, identity(own)), facts, at_once)
    finally:
        up.__exit__(None, None, None)


def identity(facts: dict[str, Any]) -> str:
    """Weights, number format, device and engine of a model that we serve: what its answers at temperature 0 depend on."""
    versions = " ".join(f"{name} {version}" for name, version in sorted(facts.get("versions", {}).items()))
    named = [facts[name] for name in ("fingerprint", "variant", "compute_dtype")] + [str(facts.get("device", "")).split(":")[0]]
    return f"{' '.join(named)} ftbench {ftbench.__version__} {versions}"
