"""The options of `ftbench capacity` and `ftbench sweep`: those of a load run, where a spec may stand in place of the URL."""

from collections.abc import Mapping
from typing import Annotated, Any

from typer import Option

from ftbench.errors import InputError
from ftbench.load_options import Arrivals, Client, Limits, Prompts, Server, Users

GROUPS = (Server, Prompts, Arrivals, Users, Limits, Client)
BESIDE_A_SPEC = ("rate", "duration", "min_requests", "seed", "url", "concurrency", "think", "think_exponential")
NO_USERS = {"concurrency": None, "think": 0.0, "think_exponential": False, "stages": None}


class MaybeServer(Server):
    """Whom the requests go to, where no spec says it."""

    url: Annotated[str | None, Option(help="Base URL of an OpenAI-compatible server, up to and including /v1; or give a SPEC")] = None


class Numbers(Users):
    """Numbers of users, one run each."""

    concurrency: Annotated[str | None, Option(metavar="LIST", help="Closed loops in place of --rates: 1,4,16,64 or 1..64x2")] = None


def one_target(spec: object | None, given: Mapping[str, Any]) -> None:
    """Either a spec or a URL was given, and beside a spec nothing that the spec itself says.

    Raises:
        InputError: otherwise.
    """
    if (spec is None) == (given["url"] is None):
        raise InputError("Give either a SPEC or --url, so that it is clear which server is meant.")
    if spec is None:
        return
    defaults = {name: getattr(group, name, None) for group in GROUPS for name in group.__annotations__}
    for name, value in given.items():
        if name not in BESIDE_A_SPEC and value != defaults.get(name):
            raise InputError(f"--{name.replace('_', '-')} belongs to --url; the SPEC says it here. Change it there.")


def one_axis(rates: str | None, given: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """("rate" or "concurrency", the list as written, what is said of the users' think time) of a sweep.

    Raises:
        InputError: neither or both were given, or an option of the other.
    """
    users = given["concurrency"]
    if (rates is None) == (users is None):
        raise InputError("A sweep is over one thing: give --rates, such as 1,2,4,8, or --concurrency, such as 1,4,16,64.")
    if given["rate"] is not None:
        raise InputError("--rate is of one run. A sweep takes --rates.")
    if given["stages"] is not None:
        raise InputError("--stages is of one run. A sweep takes --concurrency, one run for each number.")
    if rates is not None and (given["think"] or given["think_exponential"]):
        raise InputError("--think belongs to --concurrency: with --rates nobody waits for an answer. Take it out.")
    if rates is not None:
        return "rate", rates, {}
    for name in ("arrivals", "cv", "steps", "ramp", "bursts", "trace", "in_flight_cap"):
        if given[name] is not None:
            raise InputError(f"--{name.replace('_', '-')} belongs to --rates: users ask when they have their answer. Take it out.")
    return "concurrency", users, {"think_s": given["think"], "think": "exponential" if given["think_exponential"] else "constant"}


def plan_changes(given: Mapping[str, Any]) -> dict[str, Any]:
    """What the options change in a spec's own plan; `seed` 1 is the spec's own."""
    changes = {"duration_s": given["duration"], "min_requests": given["min_requests"] or None}
    return {name: value for name, value in changes.items() if value is not None} | ({"seed": given["seed"]} if given["seed"] != 1 else {})
