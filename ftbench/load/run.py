"""Drive the load processes of a plan: one start instant, a word a second, the last response waited for, and the records gathered."""

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from ftbench.errors import InputError, InvalidMeasurement
from ftbench.load.crew import Crew
from ftbench.load.crew.claim import claim
from ftbench.load.crew.local import local_crew
from ftbench.load.crew.teller import Progress, Teller
from ftbench.load.plan import LoadPlan, schedule
from ftbench.load.recount import recount_with

READY_S = 90.0  # a loaded machine may take long to import locust
STOP_S = 30.0  # for a run that was cut short to come to its end
GRACE_S = 30.0


def run_load(
    plan: LoadPlan,
    folder: Path,
    progress: Progress | None = None,
    *,
    locustfile: Path | None = None,
    web_ui_port: int | None = None,
    ray_address: str | None = None,
    per_node: int = 1,
    leave_out: Sequence[str] = (),
) -> Path:
    """Run `plan` and return `folder`/requests.parquet: in an open loop exactly one row for each scheduled request.

    Locust runs in processes of its own, never in this one. Requests in flight at the end are waited for, until their own timeout. Whatever
    happens here, Ctrl-C included, no process is left behind. A worker that dies takes nobody along: what it had not finished is `dropped`,
    and the run's information says that it was lost. One that ends the run for too many failures ends it for all of them.

    Args:
        progress: called about once a second, also while the last responses are waited for and the records are gathered.
        locustfile: a copy of one in locustfiles/ that the user has changed.
        web_ui_port: Locust's own page is at http://127.0.0.1:PORT while the run lasts; only for one worker on this machine.
        ray_address: send from the nodes of this Ray cluster, `per_node` load processes on each but those in `leave_out` (host names,
            addresses or node ids, such as the ones that serve the model). plan.workers is left at 1 then.
    Raises:
        InputError: the environment variable of the API key is not set, another run is under way in `folder`, the plan's workers cannot
            send what it asks for, its tokenizer cannot be read, Locust's page or the cluster cannot be had as asked for. Nothing was sent.
        InvalidMeasurement: no worker came up, or none came to its end.
    """
    if ray_address is None and plan.api_key_env and plan.api_key_env not in os.environ:
        raise InputError(f"The environment variable {plan.api_key_env} is not set. It must hold the API key for {plan.url}.")
    if ray_address is not None and web_ui_port is not None:
        raise InputError("Locust's page shows one load process of this machine, not a Ray cluster. Take one of the two out.")
    if plan.tokenizer is not None:
        recount_with(plan.tokenizer)  # one that cannot be read is found before anything is sent
    total_s = plan.warmup_s + plan.duration_s if plan.closed else schedule(plan).total_s
    folder.mkdir(parents=True, exist_ok=True)
    with _only_run_in(folder):
        inner = folder.resolve() / "load"
        shutil.rmtree(inner, ignore_errors=True)
        inner.mkdir()
        if ray_address is None:
            made = local_crew(plan, inner, locustfile, web_ui_port)
        else:
            made = _on_cluster(plan, inner, locustfile, ray_address, per_node, leave_out)
        with made as crew:
            return _drive(crew, inner, total_s, progress, folder / "requests.parquet")


@contextmanager
def _only_run_in(folder: Path) -> Iterator[None]:
    """
    Raises:
        InputError: another run is under way there.
    """
    held = claim(folder)
    if held is None:
        raise InputError(f"Another load run is under way in {folder}. Wait for its end, or choose another folder.")
    try:
        yield
    finally:
        os.close(held)


def _on_cluster(plan: LoadPlan, folder: Path, *how: object) -> AbstractContextManager[Crew]:
    from ftbench.load.crew.cluster import cluster_crew  # only now: Locust processes import this file, and must not import ray

    return cluster_crew(plan, folder, *how)


def _drive(crew: Crew, folder: Path, total_s: float, progress: Progress | None, out: Path) -> Path:
    from ftbench.load.collect import collect  # Arrow and SciPy: a load process imports this file too, and needs neither

    plan = crew.plan
    _wait_until_ready(crew)
    start_ns = crew.begin()
    teller = Teller(progress, plan, total_s, start_ns, crew.doubt)
    _wait_until_done(crew, teller, total_s + plan.timeout_s + plan.connect_timeout_s + GRACE_S)
    lost = crew.gather(teller.tick)
    if len(lost) == plan.workers:
        raise InvalidMeasurement(f"No load process came to its end: {lost[0]}. Its last words: {crew.last_words(0)}")
    return collect(plan, folder, start_ns, out, lost=lost, progress=teller.tick)


def _wait_until_ready(crew: Crew) -> None:
    until = time.monotonic() + READY_S
    while waiting := crew.unready():
        if time.monotonic() > until:
            raise InvalidMeasurement(f"Load processes {sorted(waiting)} were not ready within {READY_S:g} s.")
        time.sleep(0.02)


def _wait_until_done(crew: Crew, teller: Teller, deadline_s: float) -> None:
    stopped = False
    while (look := crew.look()).running and teller.elapsed_s < deadline_s:
        teller.tell(look)
        if look.aborted and not stopped:
            stopped = True
            crew.stop(look.aborted)
            deadline_s = min(deadline_s, teller.elapsed_s + STOP_S)
        time.sleep(crew.every_s)
    teller.tell(look, last=True)
