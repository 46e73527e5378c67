"""How many requests were under way, from the times of their begin and end."""

import numpy as np


class InFlight:
    """Requests begun at `begins_s` and ended at `ends_s`, each (n,); NaN in `ends_s` for one without an end, in `begins_s` for none."""

    def __init__(self, begins_s: np.ndarray, ends_s: np.ndarray) -> None:
        begun = ~np.isnan(begins_s)
        self._begins = np.sort(begins_s[begun])
        self._ends = np.sort(ends_s[begun & ~np.isnan(ends_s)])
        self._begun_sums = np.concatenate([[0.0], np.cumsum(self._begins)])
        self._ended_sums = np.concatenate([[0.0], np.cumsum(self._ends)])

    def at(self, instants_s: np.ndarray) -> np.ndarray:
        """Number under way at each of `instants_s`: begun before it and not ended before it."""
        return np.searchsorted(self._begins, instants_s) - np.searchsorted(self._ends, instants_s)

    def means(self, bounds_s: np.ndarray) -> np.ndarray:
        """Time average of the number under way between each of `bounds_s` (k + 1,) and the next, shape (k,)."""
        integral = self._seconds(self._begins, self._begun_sums, bounds_s) - self._seconds(self._ends, self._ended_sums, bounds_s)
        return np.diff(integral) / np.diff(bounds_s)

    @staticmethod
    def _seconds(events: np.ndarray, sums: np.ndarray, until_s: np.ndarray) -> np.ndarray:
        """Sum over all events before each instant of the time since the event."""
        n = np.searchsorted(events, until_s)
        return n * until_s - sums[n]
