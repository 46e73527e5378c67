"""Who is served when: a stream of requests, a router, equal replicas."""

from collections.abc import Sequence
from math import inf
from typing import Literal, NamedTuple

import numpy as np

from ftbench.cost.simulator.replica import Work, replica
from ftbench.cost.simulator.step_time import StepTimes
from ftbench.errors import InputError

Routing = Literal["least", "round_robin", "random"]
ROUTINGS = ("least", "round_robin", "random")
Numbers = Sequence[float] | np.ndarray


class Simulated(NamedTuple):
    """Arrays (n,) in the order of the arrivals [s from the start of their clock]; inf where a request was rejected."""

    first_token_s: np.ndarray
    done_s: np.ndarray
    replica: np.ndarray


def simulate(
    arrivals: Numbers,
    prompt_tokens: Numbers,
    output_tokens: Numbers,
    steps: StepTimes,
    *,
    replicas: int = 1,
    max_batch: int = 16,
    max_queue: int | None = None,
    routing: Routing = "least",
    seed: int = 0,
    max_batch_tokens: int | None = None,
) -> Simulated:
    """Serve the requests and say when each has its first and its last token.

    A request waits, first in first out, for one of `max_batch` slots of its replica and joins at the next boundary between two steps; an
    idle replica starts at once. The step in which it joins also prefills its prompt, takes steps.at(sequences) + prefill_s_per_step +
    prefill_s_per_token x prompt tokens of all joiners, and yields its first token; each later step gives every sequence one token. It
    leaves with its last. steps.overhead_s is added to both times.

    Args:
        arrivals: (n,) ascending, >= 0 [s]. prompt_tokens: (n,) >= 0. output_tokens: (n,) >= 1.
        max_queue: requests that may wait beside the `max_batch` of one replica; one more is rejected. None: no limit.
        routing: by what the front door sends to a replica: the fewest requests in it (of equals the first; what HAProxy's leastconn does),
            in turn, or by chance with `seed`.
        max_batch_tokens: most tokens in one step, decoded ones (one a sequence) before prompt tokens; a prompt that does not fit is cut and
            goes on in the next step, and its first token comes with its last piece. None: no limit.
    Raises:
        InputError: an argument is out of its range.
    Cost: about two events a request in pure Python, whatever the number of steps; 4 to 10 µs a request (benchmarks/simulator.py).
    """
    times, prompts, outputs = _checked(arrivals, prompt_tokens, output_tokens)
    _check_fleet(replicas, max_batch, max_queue, routing, max_batch_tokens)
    n = len(times)
    work = Work(
        arrivals=[*times.tolist(), inf],
        prompts=prompts.tolist(),
        outputs=outputs.tolist(),
        step_s=steps.table(max_batch),
        prefill_s=steps.prefill_s_per_token,
        prefill_step_s=steps.prefill_s_per_step,
        max_batch=max_batch,
        room=inf if max_queue is None else max_batch + max_queue,
        budget=max_batch_tokens,
        load=[0] * replicas,
        first_s=[inf] * n,
        done_s=[inf] * n,
    )
    chosen = _drive(work, replicas, routing, np.random.default_rng(seed))
    return Simulated(np.array(work.first_s) + steps.overhead_s, np.array(work.done_s) + steps.overhead_s, chosen)


def _drive(work: Work, replicas: int, routing: Routing, rng: np.random.Generator) -> np.ndarray:
    """Hand every request to a replica, in order. Returns which, shape (n,)."""
    n = len(work.outputs)
    fleet = [replica(me, work) for me in range(replicas)]
    due = [next(one) for one in fleet]
    send = [one.send for one in fleet]
    if routing == "least" and replicas > 1:
        chosen = _least(work, due, send)
    else:
        chosen = rng.integers(replicas, size=n) if routing == "random" else np.arange(n) % replicas
        arrivals = work.arrivals
        for i, me in enumerate(chosen.tolist()):
            if due[me] < arrivals[i]:
                send[me](~i)
            due[me] = send[me](i)
    for one in send:
        one(~n)  # until all is done
    return np.asarray(chosen, dtype=np.int64)


def _least(work: Work, due: list[float], send: list) -> list[int]:
    """The replica with the fewest requests at the arrival; all of them must have lived until then."""
    load, chosen = work.load, []
    for i, now in enumerate(work.arrivals[:-1]):
        if min(due) < now:
            for me, at in enumerate(due):
                if at < now:
                    due[me] = send[me](~i)
        me = load.index(min(load))
        due[me] = send[me](i)
        chosen.append(me)
    return chosen


def _checked(arrivals: Numbers, prompt_tokens: Numbers, output_tokens: Numbers) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    times, prompts, outputs = np.asarray(arrivals, dtype=float), np.asarray(prompt_tokens), np.asarray(output_tokens)
    if times.ndim != 1 or not times.shape == prompts.shape == outputs.shape:
        raise InputError(
            f"{times.shape} arrivals, {prompts.shape} prompt lengths and {outputs.shape} output lengths; give one of each a request."
        )
    if not np.isfinite(times).all() or (len(times) and (times[0] < 0 or (np.diff(times) < 0).any())):
        raise InputError("The arrivals must be finite, not negative and ascending; sort them by time.")
    for what, tokens, least in (("prompt", prompts, 0), ("output", outputs, 1)):
        if len(tokens) and not (np.isfinite(tokens).all() and (tokens >= least).all() and (tokens == np.floor(tokens)).all()):
            raise InputError(f"Every request needs a whole number of {what} tokens, {least} or more.")
    return times, prompts.astype(np.int64), outputs.astype(np.int64)


def _check_fleet(replicas: int, max_batch: int, max_queue: int | None, routing: str, max_batch_tokens: int | None) -> None:
    if replicas < 1 or max_batch < 1:
        raise InputError(f"{replicas} replicas with {max_batch} slots serve nobody; both must be 1 or more.")
    if max_queue is not None and max_queue < 0:
        raise InputError(f"max_queue is {max_queue}; it must be 0 or more, or left out for a queue without limit.")
    if routing not in ROUTINGS:
        raise InputError(f"routing is {routing!r}; it must be one of {', '.join(ROUTINGS)}.")
    if max_batch_tokens is not None and max_batch_tokens < max_batch:
        raise InputError(f"max_batch_tokens is {max_batch_tokens}, less than one token for each of {max_batch} sequences; raise it.")
