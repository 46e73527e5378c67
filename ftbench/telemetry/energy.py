"""Joules over a window, from a counter where there is one, else from power. Pure: arrays in, numbers out."""

import numpy as np

LEAST_COVERED = 0.8


def integrated(t_s: np.ndarray, power_w: np.ndarray, begin_s: float, end_s: float) -> float | None:
    """Energy [J] between two instants by the trapezoidal rule over samples at `t_s` (ascending), power straight between them.

    Where the samples begin late or end early, the mean power of what they cover stands for the rest; None where they cover less than
    LEAST_COVERED of the window.
    """
    from_s, to_s = _covered(t_s, begin_s, end_s)
    if to_s - from_s < LEAST_COVERED * (end_s - begin_s) or to_s <= from_s:
        return None
    inner = (t_s > from_s) & (t_s < to_s)
    at = np.concatenate([[from_s], t_s[inner], [to_s]])
    power = np.interp(at, t_s, power_w)
    energy = float(np.sum((power[1:] + power[:-1]) / 2 * np.diff(at)))
    return energy * (end_s - begin_s) / (to_s - from_s)


def counted(t_s: np.ndarray, counter_j: np.ndarray, begin_s: float, end_s: float) -> float | None:
    """Energy [J] between two instants from a counter that only grows, straight between its readings.

    None where it went back (the driver was loaded again), never moved, or covers less than LEAST_COVERED of the window.
    """
    from_s, to_s = _covered(t_s, begin_s, end_s)
    if to_s - from_s < LEAST_COVERED * (end_s - begin_s) or to_s <= from_s:
        return None
    if np.any(np.diff(counter_j) < 0) or counter_j[-1] == counter_j[0]:
        return None
    energy = float(np.interp(to_s, t_s, counter_j) - np.interp(from_s, t_s, counter_j))
    return energy * (end_s - begin_s) / (to_s - from_s)


def unwrapped(counter: np.ndarray, span: float) -> np.ndarray:
    """A counter that begins again at 0 after `span`, as RAPL's do, without the steps back. At most one turn between two readings."""
    steps = np.mod(np.diff(counter), span + 1)
    return np.concatenate([counter[:1], counter[0] + np.cumsum(steps)]) if len(counter) else counter


def _covered(t_s: np.ndarray, begin_s: float, end_s: float) -> tuple[float, float]:
    return (max(begin_s, float(t_s[0])), min(end_s, float(t_s[-1]))) if len(t_s) > 1 else (begin_s, begin_s)
