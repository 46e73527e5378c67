"""Where a run has become steady: how much of its beginning belongs to the warm-up."""

import numpy as np

BATCH = 5
LEAST = 20  # batches: below it a minimum of the statistic is chance
UNTRUSTED = 5  # batches at the end, over which the statistic rests on too few values


def steady_from(times_s: np.ndarray, values: np.ndarray) -> float | None:
    """Time [s] of the first request of the steady part of a run, or None where no steady part was found.

    Args:
        times_s: when the requests were due, shape (n,), in any order.
        values: what is to be steady, such as their latencies; NaN where a request has none.
    """
    known = ~np.isnan(values)
    order = np.argsort(times_s[known], kind="stable")
    skip = mser5(values[known][order])
    return None if skip is None else float(times_s[known][order][skip])


def mser5(values: np.ndarray) -> int | None:
    """How many of the first `values` (n,) to leave out so that the mean of the rest is known best; None where they show no steady part.

    The series becomes means of 5. Of all d, the one with the least sum of squares about the mean of what is left after d means, divided by
    the square of how many those are: to leave out more costs certainty, to leave out less costs bias. Where that d lies in the second half,
    the series is still on its way (a growing queue is), and there is no answer; nor is there one from fewer than 100 values.

    Source: White 1997, Simulation 69(6), MSER; White, Cobb & Spratt 2000, WSC, batches of 5; Hoad, Robinson & Davies 2010, J. Oper. Res.
        Soc. 61, the rule of the second half and the last five means left out of the search.
    """
    batches = len(values) // BATCH
    if batches < LEAST:
        return None
    means = values[: batches * BATCH].reshape(batches, BATCH).mean(axis=1)
    # from the last mean, not from zero: a series without any spread must come out as exactly 0 everywhere
    rest = (means - means[-1])[::-1]
    n = np.arange(1, batches + 1)
    squares = np.cumsum(rest**2) - np.cumsum(rest) ** 2 / n
    statistic = (np.maximum(squares, 0.0) / n**2)[::-1][: batches - UNTRUSTED]
    skip = int(np.argmin(statistic))
    return None if skip > batches // 2 else skip * BATCH
