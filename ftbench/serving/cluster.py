"""A Ray cluster for one run: a local one that disappears with us, or the user's own that is left as it was found."""

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ftbench.errors import InputError, InvalidMeasurement
from ftbench.membership import changing
from ftbench.processes import ctrl_c_put_off
from ftbench.serving import haproxy

_OBJECT_STORE_BYTES = 256 * 2**20  # test sets and results are small; the default takes 30 % of the machine's memory


@contextmanager
def cluster(address: str | None = None, *, logical_cpus: int | None = None) -> Iterator[None]:
    """Ray is up inside. `address` None starts a local cluster on loopback, without dashboard and usage statistics.

    Raises:
        InputError: nothing answers at `address`.
        InvalidMeasurement: a local one does not start.
    """
    folder = Path(tempfile.mkdtemp(prefix="ftb-", dir="/tmp" if Path("/tmp").is_dir() else None))  # Unix sockets allow 107 characters
    quiet = {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_worker_niceness": "0",  # Ray's default of 15 lets every other process on the machine slow the model down
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
        "RAY_SERVE_LOG_TO_STDERR": "0",
        "SERVE_SOCKET_REUSE_PORT_ENABLED": "0",  # a port that two runs share is answered by either one's model
        "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "0",
        # One thread for Serve and for our app: every hop between threads waits for the GIL, which the decoding thread holds.
        "RAY_SERVE_RUN_USER_CODE_IN_SEPARATE_THREAD": "0",
        "TOKENIZERS_PARALLELISM": "false",
        **haproxy.environment(folder / "h"),
    }
    os.environ.update(quiet)
    import ray  # only now: Serve reads the variables when it is imported

    on_term = signal.getsignal(signal.SIGTERM)
    try:
        common = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": True}
        if address:
            try:
                ray.init(address=address, **common)
            except (ConnectionError, ValueError, RuntimeError) as error:
                first = str(error).splitlines()[0] if str(error) else type(error).__name__
                raise InputError(
                    f"No Ray cluster answers at {address}: {first}. Check serving.ray_address in the spec, or leave it out."
                ) from None
        else:
            options = {"num_cpus": logical_cpus or os.cpu_count(), "include_dashboard": False, "object_store_memory": _OBJECT_STORE_BYTES}
            own = {"_temp_dir": str(folder / "r"), "_node_ip_address": "127.0.0.1"}
            try:
                with ctrl_c_put_off():
                    ray.init(address="local", **options, **own, **common)
            except Exception as error:  # Ray raises bare ones here, most often since a busy machine was slower than its own time limit
                first = str(error).splitlines()[0] if str(error) else type(error).__name__
                why = first.rstrip(".")
                raise InvalidMeasurement(f"Ray did not start on this machine: {why}. Try again when it is less busy.") from error
        if on_term is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, on_term)  # Ray puts a handler of its own there, which dies without cleaning up
        yield
    finally:
        # A local cluster is ended whole: Serve's own shutdown would drain replicas for half a minute first.
        with suppress(Exception), changing():
            ray.shutdown()
        shutil.rmtree(folder, ignore_errors=True)
        for name in quiet:
            os.environ.pop(name, None)
