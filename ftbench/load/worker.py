"""One load process of an open loop: its share of the schedule sent at the due times, whether or not earlier requests have been answered.

Runs inside a Locust process. Knows gevent, not Locust.
"""

import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import gevent
import numpy as np

from ftbench.load.arrivals import share
from ftbench.load.body import Body
from ftbench.load.due import alarm
from ftbench.load.numbering import first_indices
from ftbench.load.plan import LoadPlan, schedule
from ftbench.load.session import LAST_ANSWERS_S, OnDone, session, settle

Start = Callable[[], int]


def work(plan: LoadPlan, body: Body, folder: Path, worker: int, start: Start, on_done: OnDone) -> None:
    """Send and capture everything that is this worker's, and return when the last response has ended or timed out.

    Args:
        body: the JSON body of an item.
        start: called when all is ready; gives the start instant [ns, monotonic clock], the same for all workers.
        on_done: called with each capture.
    """
    planned = schedule(plan)
    arrivals = share(np.arange(len(planned.times)), worker, plan.workers).tolist()
    due = share((planned.times * 1e9).astype(np.int64), worker, plan.workers).tolist()
    indices = share(first_indices(plan, len(planned.times)), worker, plan.workers).tolist()
    cap = None if plan.in_flight_cap is None else len(range(worker, plan.in_flight_cap, plan.workers))
    with session(plan, folder, worker, body, on_done) as run:
        for arrival in arrivals:
            run.bodies.of(arrival)
        timer = alarm()
        settle()
        start_ns = start()
        run.requested = lambda: int(np.searchsorted(due, time.monotonic_ns() - start_ns))
        run.start(start_ns, planned.warmup_s, planned.total_s)
        try:
            for arrival, index, offset_ns in zip(arrivals, indices, due, strict=True):
                request = run.bodies.of(arrival)
                while (left_s := (start_ns + offset_ns - time.monotonic_ns()) / 1e9) > 1 and not run.stopped.wait(left_s - 0.5):
                    pass
                if run.stopped.is_set():
                    break
                timer.wait_until(start_ns + offset_ns)
                if cap is not None and run.in_flight >= cap:
                    for turn in range(1 + len(run.bodies.opening(arrival).then)):
                        run.drop(index + turn, arrival, turn, start_ns + offset_ns, f"more than {plan.in_flight_cap} in flight")
                    continue
                exchange = run.begin(request)
                run.group.add(gevent.spawn(run.converse, exchange, count(index), arrival, start_ns + offset_ns))
            while len(run.group) and not run.stopped.is_set():
                run.group.join(1.0)
            if run.stopped.is_set():
                run.group.join(LAST_ANSWERS_S)
                run.group.kill()
            run.stopped.wait(max(0.0, (run.end_ns - time.monotonic_ns()) / 1e9))  # the window ends when it ends
            gevent.sleep(0.05)
        finally:
            timer.close()
