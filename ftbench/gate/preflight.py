"""Everything that can be wrong with the input is found here, before a byte is downloaded and before a process is started."""

from typing import NamedTuple

from ftbench.checks.ab_baseline import refuse_equal_baseline
from ftbench.checks.base import Check
from ftbench.checks.registry import CHECKS
from ftbench.cost.pricing import judged_price
from ftbench.cost.profiles import profile_of
from ftbench.errors import InputError
from ftbench.gate.prompts import prompts_of
from ftbench.load import make_plan, probe_endpoint, read_trace
from ftbench.load.arrivals import Trace
from ftbench.load.plan import Schedule, schedule
from ftbench.load.workload import PLACEHOLDER, Prompts
from ftbench.models import Progress, check_adapter_folder, check_variant, classify, local_device, preflight
from ftbench.models.source import checked
from ftbench.quality.cases import TestSet
from ftbench.quality.judge.labels import read_labels
from ftbench.quality.overlap import refuse_overlap
from ftbench.serving.ports import refuse_taken_port
from ftbench.spec import Profile, Spec

TRACE_RATE_ERROR = 0.05  # a trace's mean is rarely a round number


class Ready(NamedTuple):
    """A spec whose files were all read. `test_sets` by check id; a `trace` says when it is sent; `prompts` None are made up."""

    spec: Spec
    profile: Profile
    test_sets: dict[str, TestSet]
    prompts: Prompts | None
    checks: list[Check]
    trace: Trace | None = None


def read_all(spec: Spec) -> Ready:
    """Profile, test sets, prompts and trace of the spec.

    Raises:
        InputError: one of them is missing or cannot be used, or the machines have no price in the spec's currency.
    """
    for name in spec.skip:
        if getattr(spec.tests, name, None) is not None:
            raise InputError(f"skip.{name}: the spec also has tests.{name}. Remove one of the two.")
    profile = profile_of(spec)
    judged_price(spec, profile)
    trace = _trace(spec)
    _refuse_untested_latency(spec, trace)
    test_sets = {}
    for check in CHECKS:
        if check.section(spec) is not None and (found := check.requests(spec)) is not None:
            test_sets[check.id] = found
    refuse_overlap(spec, test_sets.values())
    refuse_equal_baseline(spec, test_sets["ab_comparison"].cases if "ab_comparison" in test_sets else None)
    if spec.judge is not None and spec.judge.calibration is not None:
        read_labels(spec.path(spec.judge.calibration))
    return Ready(spec, profile, test_sets, prompts_of(spec, test_sets, trace), CHECKS, trace)


def check_target(spec: Spec, progress: Progress | None = None) -> None:
    """The spec's model can be deployed here, and its port is free; or its endpoint answers. Fetches a model, loads none.

    Raises:
        InputError: otherwise, with the reason.
    """
    if spec.endpoint is not None:
        probe_endpoint(spec.endpoint.url, spec.endpoint.model, spec.endpoint.api_key_env)
        return
    serving = spec.serving
    refuse_taken_port(serving.host, serving.port)
    if serving.ray_address is not None:
        check_model_files(spec)  # only the node that loads the model knows its device
        return
    device = local_device(cpu_only=serving.gpus_per_replica == 0)
    gpus = serving.gpus_per_replica if serving.gpus_per_replica is not None else float(device.kind == "cuda")
    tokens = serving.kv_cache_tokens or serving.max_context or 0
    preflight(spec.model, spec.folder, device, gpus_per_replica=gpus, replicas=serving.replicas, kv_tokens=tokens, progress=progress)


def check_model_files(spec: Spec) -> None:
    """What can be said of the spec's model without fetching it.

    Raises:
        InputError: the variant cannot run here, or the model's or the adapter's folder is not whole.
    """
    model = spec.model
    if spec.serving.ray_address is None:
        check_variant(model.variant, local_device(cpu_only=spec.serving.gpus_per_replica == 0))
    kind, folder = classify(model.path, spec.folder)
    if kind == "folder":
        checked(folder, model, "folder", model.name or folder.name)
    if model.adapter:
        check_adapter_folder(spec.path(model.adapter), allow_pickle=model.allow_pickle)


def _refuse_untested_latency(spec: Spec, trace: Trace | None) -> None:
    """What the latency test would only find out after all the traffic was sent."""
    if spec.tests.latency is None:
        return
    if 1 not in spec.load.scales:
        raise InputError("tests.latency is judged on today's traffic, and load.scales has no 1. Put 1 into load.scales.")
    needed, sent = spec.tests.latency.min_cases, max(spec.load.min_requests, spec.load.rate * spec.load.duration_s)
    if trace is not None:
        planned = _replayed(spec, trace, 1)
        sent = int((planned.times >= planned.warmup_s).sum())
    if sent < needed:
        raise InputError(
            f"tests.latency.min_cases is {needed}, but load sends only about {sent:g} requests at 1x. Raise load.min_requests to {needed}."
        )


def _trace(spec: Spec) -> Trace | None:
    """The spec's trace, long enough at every scale and of the mean rate that the cost of a month is made of."""
    if spec.load.trace is None:
        return None
    trace = read_trace(spec.path(spec.load.trace))
    if abs(trace.rate - spec.load.rate) > TRACE_RATE_ERROR * spec.load.rate:
        raise InputError(
            f"load.rate, today's mean, is {spec.load.rate:g}, but {trace.name} has {trace.rate:.4g} requests/s at the mean. "
            f"Write load.rate: {trace.rate:.4g}, or give a trace of that traffic."
        )
    for scale in spec.load.scales:
        _replayed(spec, trace, scale)
    return trace


def _replayed(spec: Spec, trace: Trace, scale: float) -> Schedule:
    settings = spec.load.model_dump(include={"arrivals", "rate", "duration_s", "min_requests", "warmup_s"})
    return schedule(make_plan(url="http://localhost", model="any", prompts=PLACEHOLDER, trace=trace, scale=scale, **settings))
