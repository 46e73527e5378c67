"""TCP ports of this machine: free ones, and whether a wanted one can be had."""

import socket
from contextlib import ExitStack

from ftbench.errors import InputError


def free_ports(n: int, host: str = "127.0.0.1") -> list[int]:
    """`n` different ports that nobody listens on now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(n)]
        for each in sockets:
            each.bind((host, 0))
        return [each.getsockname()[1] for each in sockets]


def refuse_taken_port(host: str, port: int) -> None:
    """Raises InputError when `port` is not 0 and cannot be listened on."""
    if port == 0:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise InputError(
                f"Port {port} on {host} cannot be used: {error.strerror}. Set serving.port to another one, or to 0 for a free one."
            ) from None
