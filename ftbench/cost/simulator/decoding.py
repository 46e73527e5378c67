"""What the records alone say of step times: who decoded together with how many, for how long, and how many tokens came of it."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.optimize import nnls

from ftbench.cost.simulator.requests import Requests
from ftbench.cost.simulator.step_time import StepTimes
from ftbench.errors import InputError

KNOTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
SELDOM = 0.01  # share of the decoding time that may lie beyond what counts as seen, at either end
FEWEST = 5  # requests with more than one token
FEWEST_STALLS = 20  # gaps in which another's prompt was prefilled, from which its cost can be told
MOST_GAPS = 100_000  # of more, evenly chosen ones say as much
ROUNDS = 5


class Estimate(NamedTuple):
    """`batch_seen`: numbers of sequences between which all but 1 % of the decoding time at either end lies."""

    steps: StepTimes
    batch_seen: tuple[int, int]


def first_estimate(requests: Requests, *, replicas: int, max_batch: int) -> Estimate:
    """Step times by non-negative least squares over the gaps between chunks.

    A gap of D seconds in which a request makes m tokens sees Σ_k h_k n_k + p P + c C = D, where h_k are the curve's values at its knots,
    n_k the steps that it spent near knot k (Σ_k n_k = m), P the prompt tokens that others had prefilled meanwhile, at p seconds each, and C
    the steps in which they had, at c seconds each beside that. Where gaps
    were not recorded a request's whole decoding is one gap: n_k is then the time spent there over the time of a step there, so the fit is
    repeated with the curve that came out. A sequence is in the batch from the begin of the step that yields its first token, which is known
    once the curve is. With several replicas each is taken to have its share of those under way.

    Raises:
        InputError: hardly a request made two tokens at different times, so nothing is known of a step.
    """
    begins, ends, tokens = _gaps(requests)
    step = float(np.sum(ends - begins) / np.sum(tokens))
    spans = begins + step / 3, ends + step / 3  # first tokens of one step do not come at one instant
    prefilled, stalls = _prefilled(requests, *spans) / replicas, _stalls(requests, *spans, step / 3) / replicas
    knots, curve, prefill, per_step, seen = (1,), np.array([step]), 0.0, 0.0, (1, 1)
    scale = np.sqrt(tokens)  # the scatter of a sum of steps grows with their number
    for _ in range(ROUNDS):
        edges, together = _together(requests, knots, curve, prefill, per_step, replicas, max_batch)
        density = np.diff(edges) / np.interp(together, knots, curve)
        knots, seen = _knots(np.diff(edges), together)
        n = np.column_stack([_between(edges, density * np.interp(together, knots, row), begins, ends) for row in np.eye(len(knots))])
        n *= (tokens / n.sum(axis=1))[:, None]
        design = np.column_stack([np.cumsum(n[:, ::-1], axis=1)[:, ::-1], prefilled, stalls])  # of increments, none of which is negative
        q, r = np.linalg.qr(design / scale[:, None])
        found, _ = nnls(r, q.T @ ((ends - begins) / scale))
        curve, prefill, per_step = np.cumsum([max(found[0], step / 1000), *found[1:-2]]), float(found[-2]), float(found[-1])
    if (prefilled > 0).sum() < FEWEST_STALLS:
        prefill, per_step = _prefill_alone(requests, float(curve[0])), 0.0
    steps = _down_to_one(StepTimes(knots, tuple(curve.tolist()), prefill, prefill_s_per_step=per_step))
    return Estimate(replace(steps, overhead_s=_overhead(requests, steps, replicas, max_batch)), seen)


def _gaps(requests: Requests) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(begin [s], end [s], tokens made) of each time between two chunks; of whole decodings where no gaps were recorded."""
    tokens = requests.outputs - requests.first_chunk
    several = np.flatnonzero((tokens > 0) & (requests.last_s > requests.first_s))
    if len(several) < FEWEST:
        raise InputError("Hardly a request of this run decoded more than one token; step times need longer outputs: raise max_tokens.")
    parts = []
    for i in several.tolist():
        gaps = requests.gaps[i]
        edges = requests.first_s[i] + np.concatenate([[0.0], np.cumsum(gaps)]) if len(gaps) else requests.first_s[i] + np.zeros(1)
        if len(gaps) == 0 or abs(edges[-1] - requests.last_s[i]) > 1e-3:
            edges = np.array([requests.first_s[i], requests.last_s[i]])
        parts.append((edges[:-1], edges[1:], np.full(len(edges) - 1, tokens[i] / (len(edges) - 1))))
    begins, ends, made = (np.concatenate(column) for column in zip(*parts, strict=True))
    longer = np.flatnonzero(ends > begins)
    longer = longer[:: -(-len(longer) // MOST_GAPS)]
    return begins[longer], ends[longer], made[longer]


def _together(
    requests: Requests, knots: tuple[int, ...], curve: np.ndarray, prefill: float, per_step: float, replicas: int, max_batch: int
) -> tuple[np.ndarray, np.ndarray]:
    """(instants (m + 1,), sequences in the batch of one replica between each and the next (m,))."""
    ends = np.maximum(requests.last_s, requests.first_s)
    begins = requests.first_s
    for _ in range(2):  # the step of the first token began before it, by as much as a step of those then in the batch takes
        count = np.searchsorted(np.sort(begins), requests.first_s) - np.searchsorted(np.sort(ends), requests.first_s)
        took = np.interp(np.clip(count / replicas, 1, max_batch), knots, curve) + per_step + prefill * requests.prompts
        begins = np.maximum(requests.sent_s, requests.first_s - took)
    edges = np.unique(np.concatenate([begins, ends]))
    middle = (edges[:-1] + edges[1:]) / 2
    count = np.searchsorted(np.sort(begins), middle) - np.searchsorted(np.sort(ends), middle)
    return edges, np.clip(count / replicas, 1, max_batch)


def _knots(spans: np.ndarray, together: np.ndarray) -> tuple[tuple[int, ...], tuple[int, int]]:
    """Powers of two between the least and the most that were seen, and these two: one short of them would be bent by what lies beyond."""
    order = np.argsort(together, kind="stable")
    share = np.cumsum(spans[order] * together[order])  # of the decoding time of all requests, not of the clock's
    share /= share[-1]
    low, high = (max(1, round(float(together[order][np.searchsorted(share, q)]))) for q in (SELDOM, 1 - SELDOM))
    return (low, *(k for k in KNOTS if 1.3 * low < k < high / 1.3), *([high] if high > low else [])), (low, high)


def _between(edges: np.ndarray, weights: np.ndarray, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Sum of `weights` (of the intervals between `edges`) from each begin to its end, in parts of intervals as well."""
    total = np.concatenate([[0.0], np.cumsum(weights)])
    return np.interp(ends, edges, total) - np.interp(begins, edges, total)


def _prefilled(requests: Requests, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Prompt tokens of requests whose first token came within each span: their prefill stopped what decoded there."""
    order = np.argsort(requests.first_s, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(requests.prompts[order])])
    when = requests.first_s[order]
    return total[np.searchsorted(when, ends, side="right")] - total[np.searchsorted(when, begins, side="right")]


def _stalls(requests: Requests, begins: np.ndarray, ends: np.ndarray, apart_s: float) -> np.ndarray:
    """Steps within each span in which others were prefilled: first tokens less than `apart_s` after one another are of one step."""
    when = np.sort(requests.first_s)
    steps = when[np.diff(when, prepend=-np.inf) > apart_s]
    return (np.searchsorted(steps, ends, side="right") - np.searchsorted(steps, begins, side="right")).astype(float)


def _down_to_one(steps: StepTimes) -> StepTimes:
    """Where one sequence alone was never seen: the first two knots' line goes on, to no less than half."""
    if steps.batch[0] == 1 or len(steps.batch) == 1:
        return steps
    (low, high, *_), (first, second, *_) = steps.batch, steps.seconds
    alone = max(first - (low - 1) * (second - first) / (high - low), first / 2)
    return replace(steps, batch=(1, *steps.batch), seconds=(alone, *steps.seconds))


def _prefill_alone(requests: Requests, step_s: float) -> float:
    """Prefill per prompt token [s] by how first tokens of requests to an idle server depend on their length; 0 where none came to one."""
    idle = _under_way(requests) == 0
    if idle.sum() < FEWEST:
        return 0.0
    design = np.column_stack([requests.prompts[idle], np.ones(idle.sum())])
    return float(nnls(design, np.maximum(requests.ttft_s[idle] - step_s, 0.0))[0][0])


def _under_way(requests: Requests) -> np.ndarray:
    """Requests in the server at each sending."""
    return np.searchsorted(requests.sent_s, requests.sent_s) - np.searchsorted(np.sort(requests.done_s), requests.sent_s)


def _overhead(requests: Requests, steps: StepTimes, replicas: int, max_batch: int) -> float:
    """What a first token took beyond its step and prefill: of requests that came to an idle server; or else of those that found a free
    slot, which wait for the end of the step under way, half of one at the mean; or else of the quickest twentieth."""
    under_way = _under_way(requests)
    step = np.interp(np.clip((under_way + 1) / replicas, 1, max_batch), steps.batch, steps.seconds)
    rest = requests.ttft_s - step - steps.prefill_s_per_step - steps.prefill_s_per_token * requests.prompts
    idle, free = under_way == 0, under_way < replicas * max_batch
    if idle.sum() >= FEWEST:
        found = np.median(rest[idle])
    elif free.sum() >= FEWEST:
        found = np.median((rest - step / 2)[free])
    else:
        found = np.quantile(rest - step / 2, 0.05)
    return max(0.0, float(found))
