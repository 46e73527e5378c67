"""Step times from the records of a run: read off how many sequences decoded together, then refined by replaying the run itself."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ftbench.cost.simulator.decoding import first_estimate
from ftbench.cost.simulator.refine import refined
from ftbench.cost.simulator.reproduction import Reproduction, reproduction
from ftbench.cost.simulator.requests import requests_of
from ftbench.cost.simulator.simulate import Routing
from ftbench.cost.simulator.step_time import StepTimes


class Fit(NamedTuple):
    """`steps`, how well a replay of the very run reproduces it, and within which batch sizes the curve was seen: beyond, it is a guess.

    `first` is what was read off before the refinement.
    """

    steps: StepTimes
    reproduction: Reproduction
    batch_seen: tuple[int, int]
    first: StepTimes
    notes: list[str]


def fit_step_times(
    columns: Mapping[str, np.ndarray],
    *,
    replicas: int = 1,
    max_batch: int = 16,
    max_queue: int | None = None,
    routing: Routing = "least",
    max_batch_tokens: int | None = None,
) -> Fit:
    """StepTimes with which `simulate` reproduces the run.

    The records say who decoded together, how long each step took and what prefill added: non-negative least squares over the gaps between
    chunks (decoding.first_estimate). Then all requests are replayed, and speed and overhead moved a little until TTFT, TPOT and E2E of each
    come out best (refine.refined).

    Args:
        columns: columns of the request records by name, as `requests_of`. The other arguments say how the server ran, as in `simulate`.
    Raises:
        InputError: as `requests_of`.
    """
    fleet = {
        "replicas": replicas,
        "max_batch": max_batch,
        "max_queue": max_queue,
        "routing": routing,
        "max_batch_tokens": max_batch_tokens,
    }
    requests = requests_of(columns)
    estimate = first_estimate(requests, replicas=replicas, max_batch=max_batch)
    steps, freed = refined(requests, estimate.steps, fleet)
    low, high = estimate.batch_seen
    notes = [] if high >= max_batch else [f"at most {high} sequences decoded together; the curve between {high} and {max_batch} is a guess"]
    if freed:
        notes.append(
            "the gaps between tokens do not explain how long requests waited, so the cost of prefill stands for whatever holds a slot"
        )
    return Fit(steps, reproduction(requests, steps, **fleet), (low, high), estimate.steps, notes)
