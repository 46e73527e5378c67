"""A run under way: what its workers say of it about once a second, for a screen. The records alone decide what is reported."""

from typing import NamedTuple


class Live(NamedTuple):
    """All durations [s], rates [1/s]. Latencies are those of requests that ended so far, from the scheduled time; None before the first.

    `elapsed_s` passes `total_s` while the last responses are waited for. `requested_rate` and `achieved_rate` are of the whole time so far
    (None in a closed loop: there is no rate to keep). `doubts` are sentences about what would make the measurement invalid as it stands.
    """

    elapsed_s: float
    total_s: float
    sent: int = 0
    done: int = 0
    errors: int = 0
    in_flight: int = 0
    requested_rate: float | None = None
    achieved_rate: float | None = None
    ttft_p50_s: float | None = None
    ttft_p99_s: float | None = None
    e2e_p50_s: float | None = None
    e2e_p99_s: float | None = None
    send_lag_p99_s: float | None = None
    client_cpu: float | None = None
    doubts: tuple[str, ...] = ()
