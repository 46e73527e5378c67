"""Waiting times by formula: exact where there is one, an approximation for bursts, and the band between two ways of seeing a replica."""

from math import inf, isfinite
from typing import NamedTuple

from ftbench.errors import InputError


class Band(NamedTuple):
    """Mean waits [s] that bracket a batching replica; inf where the load is more than the servers hold."""

    optimistic_s: float
    pessimistic_s: float


def erlang_c(servers: int, load: float) -> float:
    """Probability that a request has to wait in M/M/c, c = `servers`; 1 where load >= servers.

    By the recursion of Erlang B, which neither overflows nor cancels for thousands of servers: 1/B(c) = 1 + c/load · 1/B(c - 1).

    Args:
        load: arrival rate x mean service time, >= 0 [erlang].
    Raises:
        InputError: servers < 1 or load < 0.
    Source: Erlang 1917; Cooper 1981, Introduction to Queueing Theory, section 3.
    """
    if servers < 1 or not (isfinite(load) and load >= 0):
        raise InputError(f"{servers} servers with a load of {load} erlang is no queue; give 1 server or more and a load of 0 or more.")
    if load == 0:
        return 0.0
    if load >= servers:
        return 1.0
    blocked = 1.0  # Erlang B
    for c in range(1, servers + 1):
        blocked = load * blocked / (c + load * blocked)
    return blocked / (1 - load / servers * (1 - blocked))


def mmc_wait(rate: float, service_mean_s: float, servers: int) -> float:
    """Mean time in the queue of M/M/c [s]: C(c, a) · service / (c - a) with a = rate x service; inf where a >= c.

    Raises:
        InputError: as `erlang_c`, or a service time that is not above 0.
    Source: Kleinrock 1975, Queueing Systems 1, section 3.5.
    """
    if not (isfinite(service_mean_s) and service_mean_s > 0):
        raise InputError(f"A mean service time of {service_mean_s} s is none; give one above 0.")
    load = rate * service_mean_s
    waits = erlang_c(servers, load)
    return inf if load >= servers else waits * service_mean_s / (servers - load)


def allen_cunneen(rate: float, service_mean_s: float, servers: int, cv_arrivals: float, cv_service: float) -> float:
    """Mean time in the queue of G/G/c [s], approximately: M/M/c x (ca² + cs²)/2. Exact for M/M/c and M/G/1 (Pollaczek-Khinchine).

    Args:
        rate: arrivals [1/s]. cv_arrivals, cv_service: coefficients of variation of the gaps and of the service times, >= 0.
    Raises:
        InputError: as `mmc_wait`, or a negative coefficient.
    Source: Allen 1990, Probability, Statistics and Queueing Theory, 2nd ed., section 5.3; Pollaczek 1930, Khinchine 1932.
    """
    if cv_arrivals < 0 or cv_service < 0:
        raise InputError(f"Coefficients of variation of {cv_arrivals} and {cv_service}: neither may be negative.")
    return mmc_wait(rate, service_mean_s, servers) * (cv_arrivals**2 + cv_service**2) / 2


def band(
    rate: float,
    service_mean_s: float,
    *,
    replicas: int,
    max_batch: int,
    cv_arrivals: float,
    cv_service: float,
    full_service_s: float | None,
) -> Band:
    """Mean wait for a slot, seen in two ways that bracket continuous batching.

    Optimistic: each of the replicas x max_batch slots is a server of its own that takes `service_mean_s`, a request's time in a slot.
    Pessimistic: each replica is one server, which takes full_service_s / max_batch a request: its share of a full batch.

    Args:
        service_mean_s: mean time of a request in its slot [s], best at the batch that is usual at this rate.
        full_service_s: the same in a full batch; None takes service_mean_s. cv_arrivals, cv_service: as `allen_cunneen`.
    """
    full = service_mean_s if full_service_s is None else full_service_s
    return Band(
        allen_cunneen(rate, service_mean_s, replicas * max_batch, cv_arrivals, cv_service),
        allen_cunneen(rate, full / max_batch, replicas, cv_arrivals, cv_service),
    )
