"""One load process: its share of the schedule sent at the due times, every exchange captured, and a word a second on how it goes.

Runs inside a Locust process. Knows gevent, not Locust.
"""

import gc
import os
import time
from collections.abc import Callable
from pathlib import Path

import gevent
import numpy as np
from gevent.event import Event
from gevent.pool import Group

from ftbench.load.arrivals import share
from ftbench.load.captures import Capture, append
from ftbench.load.client import Pool, exchange, find_target, request_bytes
from ftbench.load.due import alarm
from ftbench.load.files import captures_file, facts_file, put_json, status_file
from ftbench.load.plan import LoadPlan, schedule
from ftbench.load.priority import first_in_line
from ftbench.load.watch import Watch

Start = Callable[[], int]
OnDone = Callable[[int, Capture], None]


def work(plan: LoadPlan, bodies: list[bytes], folder: Path, worker: int, start: Start, on_done: OnDone) -> None:
    """Send and capture everything that is this worker's, and return when the last response has ended or timed out.

    Args:
        bodies: JSON bodies; request k sends bodies[k % len(bodies)].
        start: called when all is ready; gives the start instant [ns, monotonic clock], the same for all workers.
        on_done: called after each request with its due instant [ns] and its capture.
    """
    planned = schedule(plan)
    indices = share(np.arange(len(planned.times)), worker, plan.workers)
    due = share((planned.times * 1e9).astype(np.int64), worker, plan.workers)
    target = find_target(plan)
    key = os.environ[plan.api_key_env] if plan.api_key_env else None
    requests = [request_bytes(target, body, key) for body in bodies]
    pool, group, timer = Pool(target), Group(), alarm()
    counts = {"sent": 0, "done": 0, "errors": 0}
    with captures_file(folder, worker).open("wb") as file, first_in_line() as priority:

        def send(index: int, due_ns: int) -> None:
            counts["sent"] += 1
            capture = exchange(pool, index, requests[index % len(requests)], plan.timeout_s)
            append(file, capture)
            counts["done"] += 1
            counts["errors"] += failed_at_sight(capture)
            on_done(due_ns, capture)

        gc.collect()
        gc.freeze()  # what stands now is never looked at again by the collector
        start_ns = start()
        watch = Watch(start_ns, planned.warmup_s, planned.total_s, plan.validity.send_lag_p99_s)
        ended = Event()
        teller = gevent.spawn(_tell, status_file(folder, worker), counts, ended)
        try:
            for index, offset_ns in zip(indices.tolist(), due.tolist(), strict=True):
                timer.wait_until(start_ns + offset_ns)
                group.add(gevent.spawn(send, index, start_ns + offset_ns))
            group.join()
            gevent.sleep(max(0.0, planned.total_s - (time.monotonic_ns() - start_ns) / 1e9))  # the window ends when it ends
            gevent.sleep(0.05)
        finally:
            ended.set()
            teller.join()
            watch.close()
            pool.close()
            timer.close()
    put_json(status_file(folder, worker), counts)
    put_json(facts_file(folder, worker), {**watch.facts(), "sent": counts["sent"], "priority": priority})


def failed_at_sight(capture: Capture) -> bool:
    """A first look, for the screen: the connection failed, the status is not 200, or the stream's end is not there. Records look closer."""
    first, tail = (capture.blocks[0], b"".join(capture.blocks[-4:])) if capture.blocks else (b"", b"")
    return capture.failure is not None or first[9:12] != b"200" or (b"[DONE]" not in tail and b'"finish_reason"' not in tail)


def _tell(path: Path, counts: dict[str, int], ended: Event) -> None:
    parent = os.getppid()
    while not ended.wait(1.0):
        # in a thread: the event loop must not wait for a disk
        gevent.get_hub().threadpool.apply(put_json, (path, dict(counts)))
        if os.getppid() != parent:  # whoever started this run is dead, and nobody waits for its end
            os._exit(1)
