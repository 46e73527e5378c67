"""A queue that grows is found; a busy server with a queue that does not is left alone. Queues by the Lindley recursion."""

import numpy as np
import pytest

from ftbench.metrics.saturation import is_saturated


def one_server(rate: float, service_s: float, seconds: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """M/D/1, first come first served: (arrivals, departures)."""
    rng = np.random.default_rng(seed)
    arrivals = np.cumsum(rng.exponential(1 / rate, int(rate * seconds * 2)))
    arrivals = arrivals[arrivals < seconds]
    departures = np.empty_like(arrivals)
    free = 0.0
    for k, at in enumerate(arrivals):
        departures[k] = free = max(free, at) + service_s
    return arrivals, departures


def saturated(
    arrivals: np.ndarray, departures: np.ndarray, begin: float = 5.0, end: float = 60.0, rejected: np.ndarray | None = None
) -> bool:
    return is_saturated(arrivals, departures, np.zeros(len(arrivals), bool) if rejected is None else rejected, begin, end)


@pytest.mark.parametrize(
    ("utilisation", "least", "most"),
    [(0.5, 0, 0), (0.7, 0, 0), (0.8, 0, 0), (1.25, 18, 20), (1.5, 20, 20), (3.0, 20, 20)],
)
def test_overload_is_found_and_a_busy_server_is_not_accused(utilisation, least, most):
    found = sum(saturated(*one_server(5.0, utilisation / 5.0, 60.0, seed)) for seed in range(20))
    assert least <= found <= most


def test_long_responses_in_a_short_window_are_not_a_queue():
    arrivals = np.arange(0, 10, 0.5)
    assert not saturated(arrivals, arrivals + 4.0, 0.0, 10.0)


def test_requests_that_never_end_are_a_queue():
    arrivals = np.arange(0, 60, 0.5)
    departures = np.where(arrivals > 20, np.nan, arrivals + 0.2)
    assert saturated(arrivals, departures)


def test_a_server_that_rejects_is_saturated_though_its_latency_is_flat():
    arrivals = np.arange(0, 60, 0.5)
    assert saturated(arrivals, arrivals + 0.2, rejected=np.arange(len(arrivals)) % 20 == 0)
    assert not saturated(arrivals, arrivals + 0.2)
