"""Locust's own command line, for a locustfile that is run by hand. `ftbench load` has more of it."""

import logging
import os
from argparse import Namespace
from pathlib import Path
from typing import Any

from ftbench.errors import InputError
from ftbench.load.crew.sized import check_workers, cores_here
from ftbench.load.plan import LoadPlan, make_plan
from ftbench.load.trace import read_trace

log = logging.getLogger("ftbench")


def add_options(parser: Any) -> None:
    """Options of all locustfiles of ftbench; `parser` is Locust's."""
    parser.add_argument("--ft-plan", default="", include_in_web_ui=False, help="Plan file that `ftbench load` has written")
    parser.add_argument("--ft-worker", type=int, default=0, include_in_web_ui=False, help="Which of the plan's workers this process is")
    parser.add_argument("--ft-model", default="", help="Model name to send")
    parser.add_argument("--ft-rate", type=float, default=1.0, help="Open loop: requests per second")
    parser.add_argument("--ft-arrivals", default="poisson", choices=["poisson", "constant"], help="Open loop")
    parser.add_argument("--ft-concurrency", type=int, default=8, help="Closed loop: users at once")
    parser.add_argument("--ft-think", type=float, default=0.0, help="Closed loop: seconds between an answer and the user's next request")
    parser.add_argument("--ft-stages", default="", help="Closed loop: SECONDS:USERS, one after another, such as 30:4,30:8")
    parser.add_argument("--ft-trace", default="", help="Replay: CSV or JSONL with timestamp_s")
    parser.add_argument("--ft-speed", type=float, default=1.0, help="Replay: how many times as fast")
    parser.add_argument("--ft-duration", type=float, default=30.0, help="Measured time [s]")
    parser.add_argument("--ft-warmup", type=float, default=2.0, help="Traffic before the measured time [s]")
    parser.add_argument("--ft-timeout", type=float, default=120.0, help="Longest time for one request [s]")
    parser.add_argument("--ft-seed", type=int, default=1)
    parser.add_argument("--ft-max-tokens", type=int, default=64)
    parser.add_argument("--ft-prompt", default="Say in one sentence what a parcel is.")
    parser.add_argument("--ft-api-key-env", default="", help="Name (never the value) of the environment variable with the API key")
    parser.add_argument("--ft-out", default="load-run", include_in_web_ui=False, help="Folder for requests.parquet and summary.json")


def plan_from_options(options: Namespace, host: str | None, loop: str = "open") -> LoadPlan:
    """The plan of a run by hand. `loop`: open, closed or replay, as the locustfile is.

    Raises:
        InputError: no --host, no --ft-model, no --ft-trace where it is needed, a value out of its range, or a rate that one process cannot
            send.
    """
    if not host:
        raise InputError("No --host. Give the base URL of the server up to and including /v1.")
    if options.ft_api_key_env and options.ft_api_key_env not in os.environ:
        raise InputError(f"The environment variable {options.ft_api_key_env} is not set; --ft-api-key-env names it.")
    traffic = {"open": _open, "closed": _closed, "replay": _replay}[loop](options)
    plan = make_plan(
        url=host,
        model=options.ft_model,
        api_key_env=options.ft_api_key_env or None,
        duration_s=options.ft_duration,
        warmup_s=options.ft_warmup,
        timeout_s=options.ft_timeout,
        seed=options.ft_seed,
        max_tokens=options.ft_max_tokens,
        prompts=[[{"role": "user", "content": options.ft_prompt}]],
        **traffic,
    )
    if doubt := check_workers(plan, cores_here()):
        log.warning("%s", doubt)
    return plan


def _open(options: Namespace) -> dict[str, Any]:
    return {"arrivals": options.ft_arrivals, "rate": options.ft_rate}


def _closed(options: Namespace) -> dict[str, Any]:
    closed = {"concurrency": options.ft_concurrency, "think_s": options.ft_think}
    if options.ft_stages:
        try:
            parts = [part.split(":") for part in options.ft_stages.split(",")]
            closed["stages"] = [{"duration_s": float(seconds), "concurrency": int(users)} for seconds, users in parts]
        except ValueError:
            raise InputError(f"--ft-stages {options.ft_stages}: write SECONDS:USERS, one after another, such as 30:4,30:8.") from None
        closed["concurrency"] = max(stage["concurrency"] for stage in closed["stages"])
    return {"closed": closed}


def _replay(options: Namespace) -> dict[str, Any]:
    if not options.ft_trace:
        raise InputError("No --ft-trace. Name a CSV or JSONL file whose requests have a timestamp_s.")
    trace = read_trace(Path(options.ft_trace))
    return {"arrivals": "replay", "trace": trace, "rate": trace.rate, "scale": options.ft_speed}
