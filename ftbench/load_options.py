"""The options of a load run, in groups that several commands share. ftbench/load_words.py reads the little languages among them."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from typer import Option


class Server:
    """Whom the requests go to."""

    url: Annotated[str, Option(help="Base URL of an OpenAI-compatible server, up to and including /v1")]
    model: Annotated[str | None, Option(help="Model name to send; by default the first that the server lists")] = None
    api: Annotated[str, Option(help="chat or completions")] = "chat"
    api_key_env: Annotated[str | None, Option(metavar="NAME", help="Environment variable that holds the API key")] = None
    ca_file: Annotated[Path | None, Option(help="PEM file of an authority to trust")] = None
    insecure: Annotated[bool, Option("--insecure", help="Trust any certificate")] = False
    timeout: Annotated[float, Option(help="Seconds after which a request has failed")] = 120.0
    connect_timeout: Annotated[float, Option(help="Seconds after which a connection has failed")] = 10.0


class Prompts:
    """What is sent."""

    prompts: Annotated[Path | None, Option(help="JSONL with `prompt`, `messages` or `turns`; by default the demo's tickets")] = None
    synthetic: Annotated[str | None, Option(metavar="LENGTHS", help="Made-up prompts of given lengths in tokens: in=512,out=128")] = None
    tokenizer: Annotated[Path | None, Option(help="Folder of the model's tokenizer, which makes and counts lengths")] = None
    reuse: Annotated[str, Option(help="fresh: a prompt sent again begins with a mark, so no prefix cache has it; or as-is")] = "fresh"
    max_tokens: Annotated[int | None, Option(help="Most output tokens a request; by default 64")] = None
    ignore_eos: Annotated[bool, Option("--ignore-eos", help="Force every output to its full length, where the server can")] = False
    temperature: Annotated[float, Option(help="Of the sampling")] = 0.0
    extra_body: Annotated[
        str | None, Option(metavar="JSON", help="""Further keys of every request: '{"top_p": 0.9}'; null leaves one out""")
    ] = None


class Limits:
    """What a good request is, and when the measurement is not to be trusted."""

    slo_ttft: Annotated[float | None, Option(help="A good request's first token, seconds")] = None
    slo_tpot: Annotated[float | None, Option(help="A good request's time per output token, seconds")] = None
    slo_e2e: Annotated[float | None, Option(help="A good request's whole response, seconds")] = None
    attainment: Annotated[float, Option(help="Share of requests that must be good")] = 0.99
    slo: Annotated[list[str], Option(metavar="NAME:LIMITS", help="A further SLO, only counted: chat:ttft=0.5,tpot=0.05,e2e=2")] = []
    validity: Annotated[list[str], Option(metavar="LIMIT=VALUE", help="When the measurement is invalid: send_lag_p99_s=0.1")] = []
    abort_error_rate: Annotated[float | None, Option(help="Share of failed requests, of 50 or more, that ends the run")] = None


class Client:
    """Where the requests come from."""

    workers: Annotated[str, Option(metavar="N|auto", help="Load processes; auto takes as many as the rate needs")] = "1"
    ray_address: Annotated[str | None, Option(metavar="ADDRESS", help="A Ray cluster whose nodes send, in place of --workers")] = None
    per_node: Annotated[int, Option(help="Load processes on each node of the cluster")] = 1
    leave_out: Annotated[list[str], Option(metavar="NODE", help="A node of the cluster that is not to send: the one of the server")] = []
    seed: Annotated[int, Option(help="Of the arrival schedule")] = 1


class Arrivals:
    """An open loop: requests come when they come, whether the server keeps up or not."""

    rate: Annotated[float | None, Option(help="Requests per second, at the mean; by default 1")] = None
    duration: Annotated[float | None, Option(help="Measured seconds; by default 60, or what --steps or --stages last")] = None
    min_requests: Annotated[int, Option(help="The measured time is prolonged until this many are scheduled in it")] = 0
    warmup: Annotated[str, Option(metavar="S|auto", help="Seconds of traffic before the measured time; auto: until steady")] = "2"
    arrivals: Annotated[str | None, Option(help="poisson or constant; the options below are kinds of their own")] = None
    cv: Annotated[float | None, Option(help="Gamma gaps with this coefficient of variation: 1 is poisson, more comes in clumps")] = None
    steps: Annotated[str | None, Option(metavar="S:RATE,...", help="One rate after another: 60:1,60:2")] = None
    ramp: Annotated[str | None, Option(metavar="FROM..TO", help="A rate that grows evenly over --duration: 1..10")] = None
    bursts: Annotated[
        str | None, Option(metavar="S:S:FACTOR", help="A rush: its period, length and factor: 60:5:4; --rate is the mean")
    ] = None
    trace: Annotated[Path | None, Option(help="CSV or JSONL with timestamp_s, and prompt_tokens, output_tokens if known")] = None
    speed: Annotated[float, Option(help="Replay --trace this many times as fast")] = 1.0
    in_flight_cap: Annotated[int | None, Option(help="A request due beyond it is dropped, which is a failure; by default none is")] = None


class Users:
    """A closed loop: each user waits for an answer before asking again. It hides queueing."""

    concurrency: Annotated[int | None, Option(help="Closed loop with this many users, in place of --rate")] = None
    think: Annotated[float, Option(help="Seconds between an answer and the same user's next request")] = 0.0
    think_exponential: Annotated[bool, Option("--think-exponential", help="--think is the mean of a random time")] = False
    stages: Annotated[str | None, Option(metavar="S:USERS,...", help="Numbers of users one after another: 30:4,30:8")] = None


def takes(*groups: type) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command all options of `groups`. It gets their values by name as one dict, its first parameter; its own options follow."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        kind = inspect.Parameter
        shared = [
            kind(name, kind.KEYWORD_ONLY, default=getattr(group, name, kind.empty), annotation=hint)
            for group in groups
            for name, hint in get_type_hints(group, include_extras=True).items()
        ]
        own = [p.replace(kind=kind.KEYWORD_ONLY) for p in list(inspect.signature(command, eval_str=True).parameters.values())[1:]]

        def run(**values: Any) -> None:
            command({p.name: values.pop(p.name) for p in shared}, **values)

        run.__name__, run.__doc__ = command.__name__, command.__doc__
        run.__signature__ = inspect.Signature([*shared, *own])
        run.__annotations__ = {p.name: p.annotation for p in (*shared, *own)}
        return run

    return decorate
