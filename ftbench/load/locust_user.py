"""The Locust side of both loops. Import this in a locustfile, nowhere else: locust patches the process.

`ftbench load` starts Locust with --ft-plan. By hand: `locust -f locustfiles/open_loop.py --headless --host URL --ft-model NAME`.
"""

import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
from locust import User, events, task

from ftbench.errors import Exit, InputError
from ftbench.load.body import request_body
from ftbench.load.captures import Capture
from ftbench.load.files import ready_file, start_file
from ftbench.load.item import Item
from ftbench.load.locust_options import add_options, plan_from_options
from ftbench.load.plan import LoadPlan, read_plan
from ftbench.load.sight import failed
from ftbench.load.worker import work

log = logging.getLogger("ftbench")


class FtbenchUser(User):
    """What the users of both loops share."""

    abstract = True

    def body(self, plan: LoadPlan, item: Item) -> dict[str, Any]:
        """The JSON body for one item. Override it to send something else; it must ask for a stream."""
        return request_body(plan, item)

    def tell_locust(self, capture: Capture) -> None:
        """For Locust's own screen only; its statistics round to 1, 10 and 100 ms."""
        self.environment.events.request.fire(
            request_type="POST",
            name="/completions",
            response_time=(capture.done_ns - capture.due_ns) / 1e6,
            response_length=sum(map(len, capture.blocks)),
            exception=RuntimeError(capture.failure[0] if capture.failure else "not a whole stream") if failed(capture) else None,
            context={},
        )


class OpenLoopUser(FtbenchUser):
    """Sends every request at its due time, whether or not earlier ones have been answered. One per process, whatever -u says."""

    abstract = True
    fixed_count = 1
    loop = "open"  # what Locust's own command line means where a person starts it

    @task
    def send_all(self) -> None:
        def drive(plan: LoadPlan, folder: Path, worker: int, start: Callable[[], int]) -> None:
            work(plan, self.body, folder, worker, start, self.tell_locust)

        run_once(self.environment, self.host, drive, self.loop)
        gevent.sleep(3600)  # this task must not begin again; quit() ends it


Drive = Callable[[LoadPlan, Path, int, Callable[[], int]], None]


def run_once(environment: Any, host: str | None, drive: Drive, loop: str) -> None:
    """One whole run of this process, then the end of Locust: for ftbench, which collects the records, or by hand, which does so here."""
    options = environment.parsed_options
    try:
        if options.ft_plan:
            folder = Path(options.ft_plan).parent
            drive(read_plan(Path(options.ft_plan)), folder, options.ft_worker, lambda: _started(folder, options.ft_worker))
        else:
            valid = _by_hand(plan_from_options(options, host, loop), Path(options.ft_out), drive)
            environment.process_exit_code = environment.process_exit_code if valid else int(Exit.INVALID)
    except InputError as error:
        log.error("%s", error)
        environment.process_exit_code = int(error.exit_code)
    except Exception:
        log.exception("the load worker failed")
        environment.process_exit_code = 1
    gevent.spawn_later(0, _end, environment)


def _end(environment: Any) -> None:
    """quit() alone leaves Locust's page up, and its process with it. A person who opened the page may want to read it on."""
    environment.runner.quit()
    if environment.web_ui and environment.parsed_options.ft_plan:
        environment.web_ui.stop()


def _started(folder: Path, worker: int) -> int:
    parent = os.getppid()
    ready_file(folder, worker).touch()
    while not start_file(folder).exists():
        gevent.sleep(0.02)
        if os.getppid() != parent:  # whoever started this is dead, and nobody will give the start
            os._exit(1)
    return json.loads(start_file(folder).read_text())["start_ns"]


def _by_hand(plan: LoadPlan, folder: Path, drive: Drive) -> bool:
    """Drive, gather, summarise; whether the measurement is valid."""
    from ftbench.load.collect import collect  # Arrow and SciPy: what only the one who gathers needs, and a second of every load process
    from ftbench.load.records import read_runs
    from ftbench.metrics.summarise import summarise

    folder.mkdir(parents=True, exist_ok=True)
    started: list[int] = []

    def start() -> int:
        started.append(time.monotonic_ns() + 500_000_000)
        return started[0]

    drive(plan, folder, 0, start)
    path = collect(plan, folder, started[0], folder / "requests.parquet")
    ((info, records),) = read_runs(path)
    summary = summarise(records, info)
    (folder / "summary.json").write_text(summary.model_dump_json(indent=1), encoding="utf-8")
    verdict = "valid" if summary.valid else f"INVALID: {'; '.join(summary.invalid_reasons)}"
    log.log(logging.INFO if summary.valid else logging.ERROR, "%s: %d requests, %d ok, %s", path, summary.n, summary.n_ok, verdict)
    return summary.valid


events.init_command_line_parser.add_listener(add_options)
