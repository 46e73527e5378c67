"""The Locust side: a user whose one task sends a whole schedule. Import this in a locustfile, nowhere else: locust patches the process.

`ftbench load` starts Locust with --ft-plan. By hand: `locust -f locustfiles/open_loop.py --headless --host URL --ft-model NAME`.
"""

import json
import logging
import os
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

import gevent
from locust import User, events, task

from ftbench.errors import InputError
from ftbench.load.captures import Capture
from ftbench.load.collect import collect
from ftbench.load.files import ready_file, start_file
from ftbench.load.plan import LoadPlan, chat_body, each_body, make_plan, read_plan
from ftbench.load.records import read_runs
from ftbench.load.worker import failed_at_sight, work
from ftbench.metrics.summarise import summarise

log = logging.getLogger("ftbench")


class OpenLoopUser(User):
    """Sends every request at its due time, whether or not earlier ones have been answered. One per process, whatever -u says."""

    abstract = True
    fixed_count = 1

    def body(self, plan: LoadPlan, messages: list[dict[str, Any]]) -> dict[str, Any]:
        """The JSON body for one conversation. Override it to send something else; it must ask for a stream."""
        return chat_body(plan, messages)

    @task
    def send_all(self) -> None:
        options = self.environment.parsed_options
        try:
            if options.ft_plan:
                self._send_for_ftbench(read_plan(Path(options.ft_plan)), Path(options.ft_plan).parent, options.ft_worker)
            else:
                self._send_by_hand(plan_from_options(options, self.host), Path(options.ft_out))
        except InputError as error:
            log.error("%s", error)
            self.environment.process_exit_code = int(error.exit_code)
        except Exception:
            log.exception("the load worker failed")
            self.environment.process_exit_code = 1
        gevent.spawn_later(0, self.environment.runner.quit)
        gevent.sleep(3600)  # this task must not begin again; quit() ends it

    def _send_for_ftbench(self, plan: LoadPlan, folder: Path, worker: int) -> None:
        def start() -> int:
            ready_file(folder, worker).touch()
            while not start_file(folder).exists():
                gevent.sleep(0.02)
            return json.loads(start_file(folder).read_text())["start_ns"]

        work(plan, self._bodies(plan), folder, worker, start, self._tell_locust)

    def _send_by_hand(self, plan: LoadPlan, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        start_ns = time.monotonic_ns() + 500_000_000
        work(plan, self._bodies(plan), folder, 0, lambda: start_ns, self._tell_locust)
        path = collect(plan, folder, start_ns, folder / "requests.parquet")
        ((info, records),) = read_runs(path)
        summary = summarise(records, info)
        (folder / "summary.json").write_text(summary.model_dump_json(indent=1), encoding="utf-8")
        log.info("%s: %d requests, %d ok, valid: %s %s", path, summary.n, summary.n_ok, summary.valid, "; ".join(summary.invalid_reasons))

    def _bodies(self, plan: LoadPlan) -> list[bytes]:
        return [json.dumps(self.body(one, messages)).encode() for one, messages in each_body(plan)]

    def _tell_locust(self, due_ns: int, capture: Capture) -> None:
        """For Locust's own screen only; its statistics round to 1, 10 and 100 ms."""
        failed = failed_at_sight(capture)
        self.environment.events.request.fire(
            request_type="POST",
            name="/chat/completions",
            response_time=(capture.done_ns - due_ns) / 1e6,
            response_length=sum(map(len, capture.blocks)),
            exception=RuntimeError(capture.failure[0] if capture.failure else "not a whole stream") if failed else None,
            context={},
        )


def plan_from_options(options: Namespace, host: str | None) -> LoadPlan:
    """The plan of a run by hand.

    Raises:
        InputError: no --host, no --ft-model, or a value out of its range.
    """
    if not host:
        raise InputError("No --host. Give the base URL of the server up to and including /v1.")
    if options.ft_api_key_env and options.ft_api_key_env not in os.environ:
        raise InputError(f"The environment variable {options.ft_api_key_env} is not set; --ft-api-key-env names it.")
    return make_plan(
        url=host,
        model=options.ft_model,
        api_key_env=options.ft_api_key_env or None,
        arrivals=options.ft_arrivals,
        rate=options.ft_rate,
        duration_s=options.ft_duration,
        warmup_s=options.ft_warmup,
        timeout_s=options.ft_timeout,
        seed=options.ft_seed,
        max_tokens=options.ft_max_tokens,
        prompts=[[{"role": "user", "content": options.ft_prompt}]],
    )


@events.init_command_line_parser.add_listener
def _add_options(parser: Any) -> None:
    parser.add_argument("--ft-plan", default="", include_in_web_ui=False, help="Plan file that `ftbench load` has written")
    parser.add_argument("--ft-worker", type=int, default=0, include_in_web_ui=False, help="Which of the plan's workers this process is")
    parser.add_argument("--ft-model", default="", help="Model name to send")
    parser.add_argument("--ft-rate", type=float, default=1.0, help="Requests per second")
    parser.add_argument("--ft-duration", type=float, default=30.0, help="Measured time [s]")
    parser.add_argument("--ft-warmup", type=float, default=2.0, help="Traffic before the measured time [s]")
    parser.add_argument("--ft-timeout", type=float, default=120.0, help="Longest time for one request [s]")
    parser.add_argument("--ft-arrivals", default="poisson", choices=["poisson", "constant"])
    parser.add_argument("--ft-seed", type=int, default=1)
    parser.add_argument("--ft-max-tokens", type=int, default=64)
    parser.add_argument("--ft-prompt", default="Say in one sentence what a parcel is.")
    parser.add_argument("--ft-api-key-env", default="", help="Name (never the value) of the environment variable with the API key")
    parser.add_argument("--ft-out", default="load-run", include_in_web_ui=False, help="Folder for requests.parquet and summary.json")
