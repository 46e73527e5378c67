"""`ftbench serve`: the model stays up until Ctrl-C."""

import signal
import time

from ftbench.errors import InputError
from ftbench.gate.preflight import check_target
from ftbench.processes import no_survivors
from ftbench.progress import Screen
from ftbench.serving.cluster import cluster
from ftbench.serving.service import service
from ftbench.spec import Spec


def hold(spec: Spec) -> None:
    """Serve `spec`'s model and print its URL.

    Raises:
        InputError: the spec names an endpoint, or its model cannot run here.
        KeyboardInterrupt: the usual end.
    """
    if spec.model is None:
        raise InputError("There is nothing to serve: the spec names an endpoint that is already running.")
    screen = Screen()
    with screen.step("Getting the model") as step:
        check_target(spec, step.share)
    with no_survivors():
        with screen.step("Starting Ray"):
            up = cluster(spec.serving.ray_address)
            up.__enter__()
        try:
            with screen.step("Bringing the model up") as step:
                serving = service(spec, step.say, at_root=True)
                served = serving.__enter__()
            try:
                print(f"{served.model} ({spec.variant}) answers at {served.url}. Ctrl-C ends it.", flush=True)
                while True:
                    time.sleep(3600)
            finally:
                serving.__exit__(None, None, None)
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            up.__exit__(None, None, None)
