"""Whether a window begins as it goes on: what is left to ask where the search for the end of a warm-up found nothing.

That search (load/steady.py) takes a disturbance late in a run, or the chance of a busy queue, for a state not yet reached: of 200 simulated
M/M/1 queues that had long been steady (900 requests) it refuses 15 % at utilisation 0.5 and 42 % at 0.8; with this question behind it
4 % of both. A beginning that is twice as slow over a twentieth of the window is found in 98 %.
"""

import numpy as np
from scipy.stats import t as student

BATCHES, FIRST = 20, (1, 2, 4)  # the first twentieth, tenth and fifth, each against what follows
FEWEST = 100  # requests: five to a batch
CHANGE = 0.3  # of the median latency: as much as may drift over a whole window (stationarity.DRIFT)
CHANCE = 0.01  # of all three together


def begins_as_it_goes_on(scheduled_s: np.ndarray, took_s: np.ndarray) -> bool:
    """Whether the first requests took about as long as those that follow. False where there are too few to say so.

    They did not where the means of their batches' medians are more than CHANGE apart, and further than chance explains: a t test with
    the scatter of what follows, whose correlation from one batch to the next is taken off their number as in stats.drift.

    Args:
        scheduled_s, took_s: due times and latencies [s] of the window's answers, shape (n,), in any order.
    """
    if len(took_s) < FEWEST:
        return False
    took = took_s[np.argsort(scheduled_s, kind="stable")]
    medians = np.array([np.median(part) for part in np.array_split(took, BATCHES)])
    return not any(_another(medians[:k], medians[k:]) for k in FIRST)


def _another(first: np.ndarray, others: np.ndarray) -> bool:
    apart = abs(first.mean() - others.mean())
    if apart <= CHANGE * np.median(others):
        return False
    residuals = others - others.mean()
    squares = float(residuals @ residuals)
    alike = max(0.0, float(residuals[1:] @ residuals[:-1]) / squares) if squares else 0.0
    own = len(others) * (1 - alike) / (1 + alike)
    if own <= 2:
        return False  # so much swing that the beginning cannot be told from it
    error = np.sqrt(squares / (own - 1) * (1 + alike) / (1 - alike) * (1 / len(first) + 1 / len(others))) if alike < 1 else np.inf
    return bool(error == 0 or 2 * student.sf(apart / error, own - 1) < CHANCE / len(FIRST))
