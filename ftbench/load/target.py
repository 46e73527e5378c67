"""Where requests go, found out once before the run."""

from typing import NamedTuple

from gevent import socket, ssl

from ftbench.errors import InputError
from ftbench.load.plan import LoadPlan
from ftbench.load.url import base_url


class Target(NamedTuple):
    """An endpoint for chat or for text completions. The name is looked up once, before the run, so that no request waits for DNS."""

    host: str
    port: int
    path: str
    address: tuple
    family: int
    tls: ssl.SSLContext | None
    connect_timeout_s: float


def find_target(plan: LoadPlan) -> Target:
    """The plan's endpoint.

    Raises:
        InputError: plan.url is no base URL, its host cannot be looked up, or the certificate file cannot be read.
    """
    parts = base_url(plan.url)
    tls = None
    if parts.scheme == "https":
        try:
            tls = ssl.create_default_context(cafile=plan.ca_file)
        except OSError as error:
            raise InputError(f"{plan.ca_file}: no certificates can be read from it: {error}. It must be a PEM file.") from None
        if not plan.verify_tls:
            tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    path = "/chat/completions" if plan.api == "chat" else "/completions"
    port = parts.port or (443 if tls else 80)
    try:
        family, address = listening(parts.hostname, port, plan.connect_timeout_s)
    except OSError as error:
        raise InputError(f"{parts.hostname} cannot be looked up: {error.strerror}. Correct the host in {plan.url}.") from None
    return Target(parts.hostname, port, parts.path.rstrip("/") + path, address, family, tls, plan.connect_timeout_s)


def listening(host: str, port: int, timeout_s: float) -> tuple[int, tuple]:
    """(family, address) of the first of a host's addresses at which somebody listens; the first of all where nobody does.

    `localhost` is ::1 before it is 127.0.0.1 on most machines, and most servers listen at the latter only.

    Raises:
        OSError: the name cannot be looked up.
    """
    found = [(family, address) for family, _, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for family, address in found if len(found) > 1 else ():
        with socket.socket(family, socket.SOCK_STREAM) as sock:
            sock.settimeout(timeout_s)
            try:
                sock.connect(address)
            except OSError:
                continue
            return family, address
    return found[0]
