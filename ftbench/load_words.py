"""The little languages of the command line, such as 60:1,60:2, read into plain data. Pure: nothing is looked up and nothing is sent."""

import json
import math
from typing import Any, Literal

from ftbench.errors import InputError

AUTO_WARMUP_S = 60.0  # the most that `--warmup auto` waits for a steady state
SLO_KEYS = {"ttft": "ttft_s", "tpot": "tpot_s", "e2e": "e2e_s", "attainment": "attainment"}


def steps(text: str) -> list[dict[str, float]]:
    """ "60:1,60:2.5" as [{"duration_s": 60, "rate": 1}, {"duration_s": 60, "rate": 2.5}].

    Raises:
        InputError: another form. This holds for every function here.
    """
    form = "--steps takes duration:rate after duration:rate, such as 60:1,60:2 for 60 s at 1 request/s and 60 s at 2"
    return [{"duration_s": a, "rate": b} for a, b in (_numbers(part, ":", 2, text, form) for part in text.split(","))]


def stages(text: str) -> list[dict[str, float]]:
    """ "30:4,30:8" as [{"duration_s": 30, "concurrency": 4}, {"duration_s": 30, "concurrency": 8}]."""
    form = "--stages takes duration:users after duration:users, such as 30:4,30:8 for 30 s with 4 users and 30 s with 8"
    found = [_numbers(part, ":", 2, text, form) for part in text.split(",")]
    if any(users != int(users) for _, users in found):
        raise InputError(f"{text!r}: there are no half users. {form}.")
    return [{"duration_s": a, "concurrency": int(b)} for a, b in found]


def ramp(text: str) -> dict[str, float]:
    """ "1..10" as {"from_rate": 1, "to_rate": 10}."""
    first, last = _numbers(text, "..", 2, text, "--ramp takes two rates, such as 1..10 for 1 request/s at the beginning and 10 at the end")
    return {"from_rate": first, "to_rate": last}


def bursts(text: str) -> dict[str, float]:
    """ "60:5:4" as {"period_s": 60, "length_s": 5, "factor": 4}."""
    form = "--bursts takes period:length:factor, such as 60:5:4 for 5 s at four times the rate in every 60 s"
    return dict(zip(("period_s", "length_s", "factor"), _numbers(text, ":", 3, text, form), strict=True))


def warmup(text: str) -> dict[str, Any]:
    """ "5" as five declared seconds; "auto" or "auto:120" as until steady, at most 60 or 120 s."""
    form = "--warmup takes seconds, or auto for until steady (at most 60 s), or auto:120 for at most 120 s"
    word, colon, most = text.partition(":")
    if word == "auto":
        return {"warmup": "auto", "warmup_s": _number(most, text, form) if colon else AUTO_WARMUP_S}
    return {"warmup": "declared", "warmup_s": _number(text, text, form)}


def workers(text: str) -> int | Literal["auto"]:
    """A number of load processes, or "auto"."""
    if text == "auto":
        return "auto"
    form = "--workers takes a whole number, or auto for as many as the rate needs"
    number = _number(text, text, form)
    if number != int(number) or number < 1:
        raise InputError(f"{text!r} is no number of processes. {form}.")
    return int(number)


def slo(text: str) -> tuple[str, dict[str, float]]:
    """ "chat:ttft=0.5,e2e=2" as ("chat", {"ttft_s": 0.5, "e2e_s": 2})."""
    form = "--slo takes a name and limits in seconds, such as chat:ttft=0.5,tpot=0.05,e2e=2 (attainment=0.99 may stand there too)"
    name, colon, rest = text.partition(":")
    if not (name.strip() and colon):
        raise InputError(f"{text!r} has no name. {form}.")
    given = _pairs(rest, text, form)
    if unknown := sorted(set(given) - set(SLO_KEYS)):
        raise InputError(f"{text!r}: {unknown[0]!r} is no limit that is known. {form}.")
    if not set(given) - {"attainment"}:
        raise InputError(f"{text!r} sets no limit. {form}.")
    return name.strip(), {SLO_KEYS[key]: _number(value, text, form) for key, value in given.items()}


def slos(texts: list[str]) -> dict[str, dict[str, float]]:
    """All of `--slo` by their names."""
    found: dict[str, dict[str, float]] = {}
    for name, limits in map(slo, texts):
        if name in found:
            raise InputError(f"--slo {name} is given twice. Give each its own name.")
        found[name] = limits
    return found


def validity(texts: list[str], known: list[str]) -> dict[str, float]:
    """All of `--validity`: ["client_cpu=0.95"] as {"client_cpu": 0.95}. `known` are the limits that there are."""
    form = f"--validity takes a limit and its value, such as send_lag_p99_s=0.1; there are {', '.join(known)}"
    given: dict[str, float] = {}
    for text in texts:
        for key, value in _pairs(text, text, form).items():
            if key not in known or key in given:
                raise InputError(f"{text!r}: {key!r} is {'given twice' if key in given else 'no limit that is known'}. {form}.")
            given[key] = _number(value, text, form)
    return given


def extra_body(text: str) -> dict[str, Any]:
    """The JSON object of `--extra-body`."""
    form = """--extra-body takes a JSON object in quotes, such as '{"top_p": 0.9}'"""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InputError(f"{text[:80]!r} is no JSON object. {form}.")
    return found


def _pairs(text: str, whole: str, form: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(",")]
    if any(not (key.strip() and equals and value.strip()) for key, equals, value in pairs):
        raise InputError(f"{whole!r} is not understood. {form}.")
    found = {key.strip(): value.strip() for key, _, value in pairs}
    if len(found) < len(pairs):
        raise InputError(f"{whole!r} says something twice. {form}.")
    return found


def _numbers(text: str, between: str, count: int, whole: str, form: str) -> list[float]:
    parts = text.split(between)
    if len(parts) != count:
        raise InputError(f"{whole!r} is not understood. {form}.")
    return [_number(part, whole, form) for part in parts]


def _number(text: str, whole: str, form: str) -> float:
    try:
        number = float(text.replace("_", "x"))  # Python would read 1_0 as 10
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise InputError(f"{whole!r}: {text.strip()!r} is not a number of at least 0. {form}.")
    return number
