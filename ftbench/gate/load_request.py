"""What the options of a load command mean: the fields of a plan, and a plan for an endpoint that was looked at."""

from collections.abc import Mapping
from typing import Any

from ftbench import load_words
from ftbench.demo.files import demo_prompts
from ftbench.errors import InputError
from ftbench.gate.making import furnished
from ftbench.load import LoadPlan, make_plan, read_trace
from ftbench.load.arrivals import Trace
from ftbench.load.crew.sized import check_workers, cores_here, with_workers
from ftbench.load.probe import probe_plan
from ftbench.load.workload import PLACEHOLDER, Source, load_tokenizer, read_prompts, read_synthetic
from ftbench.progress import Screen
from ftbench.spec.load import SHAPES, Validity
from ftbench.telemetry.observe import is_here

DURATION_S = 60.0
AS_THEY_ARE = ("api", "api_key_env", "in_flight_cap", "abort_error_rate", "ignore_eos", "temperature", "reuse", "seed", "min_requests")


def plan_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """LoadPlan's fields, but for `model` and `prompts`, out of the options in `ftbench.load_options`. Reads the trace.

    Raises:
        InputError: an option that is not understood, two that exclude each other, or a file that cannot be used.
    """
    if given["ca_file"] is not None and not given["ca_file"].is_file():
        raise InputError(f"{given['ca_file']} does not exist. --ca-file names the PEM file of the authority to trust.")
    slo = {"ttft_s": given["slo_ttft"], "tpot_s": given["slo_tpot"], "e2e_s": given["slo_e2e"], "attainment": given["attainment"]}
    return {
        **{name: given[name] for name in AS_THEY_ARE},
        "url": given["url"].rstrip("/"),
        "timeout_s": given["timeout"],
        "connect_timeout_s": given["connect_timeout"],
        "verify_tls": not given["insecure"],
        "ca_file": given["ca_file"] and str(given["ca_file"].expanduser().resolve()),
        "tokenizer": given["tokenizer"] and str(given["tokenizer"].expanduser().resolve()),
        "slo": slo,
        "slos": load_words.slos(given["slo"]),
        "validity": load_words.validity(given["validity"], list(Validity.model_fields)),
        "extra_body": load_words.extra_body(given["extra_body"]) if given["extra_body"] else {},
        **load_words.warmup(given["warmup"]),
        "max_tokens": given["max_tokens"] or 64,
        **_loop(given),
    }


def plan_for(given: Mapping[str, Any], source: Source | None = None) -> LoadPlan:
    """The plan of a load command, for an endpoint that answers. Wrong words and numbers are found before anything is sent.

    Args:
        source: as `source_of`, where it was made before.
    Raises:
        InputError: as `plan_fields`, or the endpoint cannot be used.
    """
    plan = make_plan(model=given["model"] or "unknown", prompts=PLACEHOLDER, **plan_fields(given))
    plan = furnished(plan, source or source_of(given, plan.trace))
    workers = load_words.workers(given["workers"])
    if given["ray_address"] is None:
        plan = with_workers(plan, workers, reserved=1 if is_here(plan.url) else 0)
        check_workers(plan, cores_here())
    elif workers not in (1, "auto"):
        raise InputError("--workers counts load processes of this machine, and --ray-address sends from others. Give --per-node instead.")
    return probe_plan(plan, given["model"])


def source_of(given: Mapping[str, Any], trace: Trace | None) -> Source:
    """What the prompts are made of: --prompts, --synthetic, a trace's lengths where there is a tokenizer, else the demo's tickets.

    Raises:
        InputError: two of them at once, a file that cannot be used, or no tokenizer for what is made up.
    """
    synthetic = read_synthetic(given["synthetic"]) if given["synthetic"] is not None else None
    tokenizer = None
    if given["tokenizer"] is not None:
        with Screen().step("Reading the tokenizer"):
            tokenizer = load_tokenizer(given["tokenizer"].expanduser().resolve())
    if synthetic is not None:
        if given["prompts"] is not None:
            raise InputError("--prompts and --synthetic exclude each other. Take one of the two out.")
        if tokenizer is None:
            raise InputError("--synthetic makes prompts of so many tokens. Name the folder of the model's tokenizer with --tokenizer.")
        return Source(synthetic=synthetic, tokenizer=tokenizer)
    if given["prompts"] is None and trace is not None and trace.prompt_tokens is not None and tokenizer is not None:
        return Source(tokenizer=tokenizer)
    # whether the server has had them in an earlier run, nobody here knows
    return Source(read_prompts(given["prompts"] or demo_prompts(), given["api"]), tokenizer=tokenizer, again=True)


def _loop(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that say when a request is sent."""
    if given["concurrency"] is None and given["stages"] is None:
        for option in ("think", "think_exponential"):
            if given[option]:
                raise InputError(f"--{option.replace('_', '-')} belongs to a closed loop. Give --concurrency, or take it out.")
        return _open_loop(given)
    stages = load_words.stages(given["stages"]) if given["stages"] is not None else None
    most = max((stage["concurrency"] for stage in stages), default=0) if stages else 0
    closed = {
        "concurrency": given["concurrency"] if given["concurrency"] is not None else most,
        "think_s": given["think"],
        "think": "exponential" if given["think_exponential"] else "constant",
        "stages": stages,
    }
    duration = _duration(given, "--stages", stages)
    return {"closed": closed, "rate": given["rate"], "duration_s": duration, **_shape(given), "arrivals": given["arrivals"] or "poisson"}


def _open_loop(given: Mapping[str, Any]) -> dict[str, Any]:
    shape = _shape(given)
    kind = given["arrivals"] or next((kind for kind, key in SHAPES.items() if shape.get(key) is not None), "poisson")
    rate = given["rate"]
    means = {
        "steps": lambda found: sum(s["duration_s"] * s["rate"] for s in found) / (sum(s["duration_s"] for s in found) or 1.0),
        "ramp": lambda found: (found["from_rate"] + found["to_rate"]) / 2,
        "trace": lambda found: found.rate,
    }
    for key, mean in means.items():
        if shape.get(key) is not None:
            if rate is not None:
                raise InputError(f"--rate has no meaning with --{key}, which has its own. Take one of the two out.")
            rate = mean(shape[key]) or 1.0  # a mean of 0 is refused with all else that is wrong about the shape
            break
    if given["speed"] != 1 and shape.get("trace") is None:
        raise InputError("--speed is how fast a trace is replayed. Give --trace, or take it out.")
    return {
        "arrivals": kind,
        "rate": 1.0 if rate is None else rate,
        "duration_s": _duration(given, "--steps", shape.get("steps")),
        "scale": given["speed"],
        **shape,
    }


def _shape(given: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of the kinds of arrivals that were given, read."""
    read = {"cv": lambda cv: cv, "steps": load_words.steps, "ramp": load_words.ramp, "bursts": load_words.bursts, "trace": read_trace}
    return {key: read[key](given[key]) for key in SHAPES.values() if given[key] is not None}


def _duration(given: Mapping[str, Any], option: str, parts: list[dict[str, float]] | None) -> float:
    """--duration, else what the steps or stages last together, else DURATION_S."""
    if parts is None:
        return DURATION_S if given["duration"] is None else given["duration"]
    total = sum(part["duration_s"] for part in parts)
    if given["duration"] is not None and given["duration"] != total:
        raise InputError(f"{option} last {total:g} s together and --duration says {given['duration']:g}. Take --duration out.")
    return total
