"""A crew on the nodes of a Ray cluster: one actor a node, each with its Locust processes, one start instant for all.

The only file of this room that imports Ray, and only once a cluster is asked for. What is brought back is in this process's clock.
"""

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import ray
from ray.exceptions import GetTimeoutError, RayActorError, RayTaskError
from ray.util import get_node_ip_address
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

import ftbench
from ftbench.errors import InputError, InvalidMeasurement
from ftbench.load.crew import Look
from ftbench.load.crew.clock import Offset, offset_of
from ftbench.load.crew.node import Node
from ftbench.load.crew.places import Place, places
from ftbench.load.crew.process import log_file
from ftbench.load.crew.sized import check_workers
from ftbench.load.files import captures_file, facts_file, put_json
from ftbench.load.plan import LoadPlan, write_plan
from ftbench.membership import changing

ROOM_S = 60.0  # until a node has a free CPU and has started Python
ANSWER_S = 30.0  # a node that says nothing for so long is lost
HEAD_START_S = 1.0
LEAST_NOTICE_S = 0.2
PIECE_BYTES = 4 * 2**20
CLOCK_SHARE = 0.1  # of validity.send_lag_p99_s: a clock that is off by it sends that much early or late, and no record would show it


class Part(NamedTuple):
    """A node and what it does in this run."""

    place: Place
    actor: Any
    workers: list[int]


class ClusterCrew:
    """See Crew. A node that dies takes its own workers along and nobody else."""

    every_s = 0.5

    def __init__(self, plan: LoadPlan, folder: Path, doubt: str | None) -> None:
        self.plan, self.folder, self.doubt = plan, folder, doubt
        self.parts: list[Part] = []
        self.gone: dict[int, str] = {}  # worker to sentence
        self._offsets: dict[Place, Offset] = {}
        self._looks: dict[Place, Look] = {}

    def start(self, files: dict[str, bytes]) -> None:
        """
        Raises:
            InputError: ftbench is not there on a node, or another version of it, or the API key's variable.
            InvalidMeasurement: a node has no room, or is gone.
        """
        hellos = [(part, part.actor.hello.remote(self.plan.api_key_env)) for part in self.parts]
        for part, hello in hellos:
            _check(self.plan, part.place.name, _hello(part.place.name, hello, len(part.workers)))
        plan = ray.put(self.plan)
        self._all(lambda part: part.actor.start.remote(plan, part.workers, files))
        self._nobody_gone()

    def unready(self) -> list[int]:
        waiting = self._all(lambda part: part.actor.unready.remote())
        self._nobody_gone()
        return [worker for found in waiting.values() for worker in found]

    def begin(self) -> int:
        """
        Raises:
            InvalidMeasurement: a node's clock cannot be known well enough, or it heard of the start too late. Nothing was sent.
        """
        limit_ns = CLOCK_SHARE * self.plan.validity.send_lag_p99_s * 1e9
        for part in self.parts:
            self._offsets[part.place] = offset = _offset(part)
            if offset.uncertainty_ns > limit_ns:
                raise InvalidMeasurement(
                    f"The clock of node {part.place.name} is known to {offset.uncertainty_ns / 1e6:.2g} ms, and {limit_ns / 1e6:.2g} ms is "
                    f"the most: a tenth of validity.send_lag_p99_s. Take a nearer or less busy node, or raise that limit."
                )
        start_ns = time.monotonic_ns() + int(HEAD_START_S * 1e9)
        heard = self._all(lambda part: part.actor.begin_at.remote(start_ns - self._offsets[part.place].ns))
        self._nobody_gone()
        for part in self.parts:
            if start_ns - self._offsets[part.place].ns - heard[part.place] < LEAST_NOTICE_S * 1e9:
                raise InvalidMeasurement(
                    f"Node {part.place.name} heard of the start too late. The cluster's network or the node is too busy."
                )
        return start_ns

    def look(self) -> Look:
        self._looks.update(self._all(lambda part: part.actor.look.remote()))
        looks = [self._looks[part.place] for part in self.parts if part.place in self._looks]
        present = [self._looks[part.place] for part in self._present() if part.place in self._looks]
        return Look(
            running=sum(look.running for look in present),
            statuses={worker: status for look in looks for worker, status in look.statuses.items()},
            aborted=next((look.aborted for look in looks if look.aborted), None),
            lost={worker: how for look in looks for worker, how in look.lost.items()} | self.gone,
        )

    def stop(self, why: str) -> None:
        self._all(lambda part: part.actor.stop.remote(why))

    def gather(self, tick: Callable[[], None]) -> dict[int, str]:
        ended = self._all(lambda part: part.actor.end.remote()).values()
        lost = {worker: how for hands in ended for worker, how in hands.items()}
        errors_ns: dict[Place, int] = {}
        for part in self._present():
            with self._or_gone(part):
                errors_ns[part.place] = self._offsets[part.place].error_by(_offset(part))
        packing = {
            part.place: [part.actor.pack.remote(worker, self._offsets[part.place].ns) for worker in part.workers]
            for part in self._present()
        }
        for part in self._present():
            with self._or_gone(part):
                for worker, packed in zip(part.workers, packing[part.place], strict=True):
                    self._bring(part, worker, packed, errors_ns[part.place], tick)
        return {worker: how for worker, how in (lost | self.gone).items() if not facts_file(self.folder, worker).exists()}

    def last_words(self, worker: int) -> str:
        path = log_file(self.folder, worker)
        return path.read_text(encoding="utf-8", errors="replace").strip()[-600:] if path.exists() else ""

    def close(self) -> None:
        with suppress(Exception):
            ray.get([part.actor.close.remote() for part in self._present()], timeout=10)
        for part in self.parts:
            with suppress(Exception):
                ray.kill(part.actor)

    def _bring(self, part: Part, worker: int, packed: Any, error_ns: int, tick: Callable[[], None]) -> None:
        """What one worker leaves, piece by piece; the facts last, since they say that the rest is there."""
        while not ray.wait([packed], timeout=1.0)[0]:
            tick()
        facts = _get(packed)
        with captures_file(self.folder, worker).open("wb") as file:
            while piece := _get(part.actor.read.remote(worker, file.tell(), PIECE_BYTES)):
                file.write(piece)
                tick()
        log_file(self.folder, worker).write_bytes(_get(part.actor.log.remote(worker)))
        if facts is not None:
            put_json(facts_file(self.folder, worker), {**facts, "node": part.place.name, "clock_uncertainty_s": error_ns / 1e9})

    def _present(self) -> list[Part]:
        return [part for part in self.parts if part.workers[0] not in self.gone]

    def _all(self, ask: Callable[[Part], Any]) -> dict[Place, Any]:
        """The answers of all nodes that still answer. What a node raises is raised here."""
        asked = [(part, ask(part)) for part in self._present()]
        answers = {}
        for part, answer in asked:
            with self._or_gone(part):
                answers[part.place] = _get(answer)
        return answers

    @contextmanager
    def _or_gone(self, part: Part) -> Iterator[None]:
        try:
            yield
        except (RayActorError, GetTimeoutError) as error:
            how = "says nothing any more" if isinstance(error, GetTimeoutError) else "is gone, or its actor is"
            self.gone.update(dict.fromkeys(part.workers, f"its node {part.place.name} {how}"))

    def _nobody_gone(self) -> None:
        for worker, how in self.gone.items():
            raise InvalidMeasurement(f"Load process {worker} did not come up: {how}.")


@contextmanager
def cluster_crew(
    plan: LoadPlan, folder: Path, locustfile: Path | None, address: str, per_node: int = 1, leave_out: Sequence[str] = ()
) -> Iterator[ClusterCrew]:
    """A crew that has been started on every node that is not left out, and is gone at the end. The cluster is left as it was found.

    The workers of the plan are `per_node` on each node, whatever it says itself, unless it says a number that is neither 1 nor theirs.

    Raises:
        InputError: nothing answers at `address`, no node can be used, they cannot send what the plan asks for, or a node lacks ftbench or
            the API key's variable.
        InvalidMeasurement: a node has no room for a load process.
    """
    with joined(address):
        found = places(ray.nodes(), per_node, leave_out)
        workers = len(found) * per_node
        if plan.workers not in (1, workers):
            raise InputError(
                f"The plan asks for {plan.workers} load processes, and {len(found)} nodes with {per_node} each are {workers}. "
                f"Leave the number of workers out, or change that of each node."
            )
        plan = plan.model_copy(update={"workers": workers})
        write_plan(plan, folder / "plan.json")
        make = ray.remote(Node)
        crew = ClusterCrew(plan, folder, check_workers(plan, None))
        try:
            for k, place in enumerate(found):
                only_there = NodeAffinitySchedulingStrategy(place.node_id, soft=False)
                actor = make.options(num_cpus=per_node, max_restarts=0, scheduling_strategy=only_there).remote()
                crew.parts.append(Part(place, actor, list(range(k * per_node, (k + 1) * per_node))))
            crew.start(_contents(plan, locustfile))
            yield crew
        finally:
            crew.close()


@contextmanager
def joined(address: str) -> Iterator[None]:
    """This process is part of the cluster at `address` inside. Where it is already, it stays so.

    Raises:
        InputError: no cluster can be used there.
    """
    if ray.is_initialized():
        yield
        return
    on_term = signal.getsignal(signal.SIGTERM)
    try:
        _knock(address)
        with changing():
            ray.init(address=address, log_to_driver=False, logging_level="ERROR", configure_logging=True)
    except Exception as error:  # Ray has many: refused, timed out, no token, a wrong form, another version
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(
            f"No Ray cluster can be used at {address}: {first.rstrip('.')}. Check the address, and that `ray status` works."
        ) from None
    try:
        if on_term is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, on_term)  # Ray puts a handler of its own there, which dies without cleaning up
        yield
    finally:
        with suppress(Exception), changing():
            ray.shutdown()


def _knock(address: str) -> None:
    """Ray would ask an address at which nobody listens for minutes.

    Raises:
        OSError: nobody listens at HOST:PORT. Other forms of an address are left to Ray.
    """
    host, _, port = address.rpartition(":")
    if host and "//" not in host and port.isdecimal():
        here = host in ("localhost", "127.0.0.1", "::1")  # Ray takes these for the address of the machine on its network
        socket.create_connection((get_node_ip_address() if here else host.strip("[]"), int(port)), timeout=10).close()


def _contents(plan: LoadPlan, locustfile: Path | None) -> dict[str, bytes]:
    paths = {"locustfile": locustfile, "ca_file": plan.ca_file and Path(plan.ca_file)}
    return {name: path.read_bytes() for name, path in paths.items() if path}


def _hello(name: str, answer: Any, cpus: int) -> dict:
    try:
        return _get(answer, ROOM_S)
    except GetTimeoutError:
        raise InvalidMeasurement(
            f"Node {name} of the Ray cluster has started no load process within {ROOM_S:g} s: {cpus} of its CPUs must be free."
        ) from None
    except RayActorError as error:
        raise why_it_did_not_start(name, str(error)) from None


def why_it_did_not_start(node: str, told: str) -> InputError | InvalidMeasurement:
    """What Ray's words about an actor that died at its beginning mean for the user."""
    last = told.strip().splitlines()[-1] if told.strip() else "no reason was given"
    if "failed to import on the worker" in told:
        return InputError(
            f"ftbench cannot be imported on node {node} of the Ray cluster ({last}). Install version {ftbench.__version__} in the "
            f"environment that Ray uses there."
        )
    return InvalidMeasurement(f"Node {node} of the Ray cluster could start no load process: {last}")


def _check(plan: LoadPlan, name: str, hello: dict) -> None:
    if hello["version"] != ftbench.__version__:
        raise InputError(
            f"Node {name} of the Ray cluster has ftbench {hello['version']}, here it is {ftbench.__version__}. Make them the same."
        )
    if not hello["key"]:
        raise InputError(
            f"The environment variable {plan.api_key_env} is not set on node {name} of the Ray cluster. It must hold the API key for "
            f"{plan.url} before `ray start` is called there; ftbench sends no secret over the network."
        )


def _offset(part: Part) -> Offset:
    return offset_of(lambda: _get(part.actor.clock.remote()))


def _get(answer: Any, timeout_s: float = ANSWER_S) -> Any:
    try:
        return ray.get(answer, timeout=timeout_s)
    except RayTaskError as error:
        raise error.cause from None
