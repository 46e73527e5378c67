"""What the records alone say of step times: who decoded together with how many, for how long, and how many tokens came of it."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import nnls

from ftbench.cost.simulator.requests import Requests
from ftbench.cost.simulator.step_time import StepTimes
from ftbench.errors import InputError

KNOTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
SEEN = 0.02  # share of the decoding time that must lie beyond a knot for it to have a value of its own
ROUNDS = 4


class Estimate(NamedTuple):
    """`batch_seen`: numbers of sequences between which all but 1 % of the decoding time at either end lies."""

    steps: StepTimes
    batch_seen: tuple[int, int]


def first_estimate(requests: Requests, *, replicas: int, max_batch: int) -> Estimate:
    """Step times by non-negative least squares over requests.

    A request that decodes for D_i seconds and makes N_i tokens in them sees Σ_k h_k n_ik + p P_i = D_i, where h_k are the curve's values at
    its knots, n_ik the steps that it spent near knot k (Σ_k n_ik = N_i) and P_i the prompt tokens that others had prefilled meanwhile, at
    p seconds each. n_ik is the time spent there over the time of a step there, so it is repeated with the curve that came out.
    With several replicas each is taken to have its share of those under way.

    Raises:
        InputError: no request made two tokens or more at different times, so nothing is known of a step.
    """
    several = (requests.outputs > requests.first_chunk) & (requests.last_s > requests.first_s)
    if several.sum() < 5:
        raise InputError("Hardly a request of this run decoded more than one token; step times need longer outputs: raise max_tokens.")
    edges, together = _together(requests, several, replicas, max_batch)
    spans = np.diff(edges)
    knots, seen = _knots(spans, together)
    hats = np.array([np.interp(together, knots, row) for row in np.eye(len(knots))])  # (knots, intervals)
    first, last = requests.first_s[several], requests.last_s[several]
    tokens = (requests.outputs - requests.first_chunk)[several].astype(float)
    prefilled = _prefilled(requests, first, last) / replicas
    scale = np.sqrt(tokens)  # the scatter of a sum of steps grows with their number
    curve, prefill = np.ones(len(knots)), 0.0
    for _ in range(ROUNDS):
        density = 1 / np.interp(together, knots, curve)
        n = np.column_stack([_between(edges, spans * density * hat, first, last) for hat in hats])
        n *= (tokens / np.maximum(n.sum(axis=1), 1e-300))[:, None]
        design = np.column_stack([np.cumsum(n[:, ::-1], axis=1)[:, ::-1], prefilled])  # of increments, none of which is negative
        found, _ = nnls(design / scale[:, None], (last - first) / scale)
        increments, prefill = found[:-1], float(found[-1])
        increments[0] = max(increments[0], 1e-9)
        curve = np.cumsum(increments)
    curve = curve.tolist()
    return Estimate(StepTimes(knots, tuple(curve), prefill, _overhead(requests, knots, curve, prefill)), seen)


def _together(requests: Requests, several: np.ndarray, replicas: int, max_batch: int) -> tuple[np.ndarray, np.ndarray]:
    """(instants (m + 1,), sequences of one replica that decode between each and the next (m,))."""
    begins, ends = requests.first_s[several], requests.last_s[several]
    edges = np.unique(np.concatenate([begins, ends]))
    middle = (edges[:-1] + edges[1:]) / 2
    count = np.searchsorted(np.sort(begins), middle) - np.searchsorted(np.sort(ends), middle)
    return edges, np.clip(count / replicas, 1, max_batch)


def _knots(spans: np.ndarray, together: np.ndarray) -> tuple[tuple[int, ...], tuple[int, int]]:
    """Powers of two as far as they were seen for long enough, and the range of what was seen."""
    order = np.argsort(together, kind="stable")
    share = np.cumsum(spans[order] * together[order])  # of the decoding time of all requests, not of the clock's
    share /= share[-1]
    low, middle, high = (int(np.floor(together[order][np.searchsorted(share, q)])) for q in (0.01, 1 - SEEN, 0.99))
    inner = tuple(k for k in KNOTS if low <= k <= middle)
    return (inner or (max(1, middle),)), (max(1, low), max(1, high))


def _between(edges: np.ndarray, weights: np.ndarray, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Sum of `weights` (of the intervals between `edges`) from each begin to its end, in parts of intervals as well."""
    total = np.concatenate([[0.0], np.cumsum(weights)])
    return np.interp(ends, edges, total) - np.interp(begins, edges, total)


def _prefilled(requests: Requests, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Prompt tokens of requests whose first token came within each span: their prefill stopped what decoded there."""
    order = np.argsort(requests.first_s, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(requests.prompts[order])])
    when = requests.first_s[order]
    return total[np.searchsorted(when, last, side="right")] - total[np.searchsorted(when, first, side="right")]


def _overhead(requests: Requests, knots: tuple[int, ...], curve: list[float], prefill: float) -> float:
    """What the quickest tenth of the first tokens took beyond one step and their own prefill."""
    rest = requests.ttft_s - curve[0] - prefill * requests.prompts
    return max(0.0, float(np.quantile(rest, 0.1)))
