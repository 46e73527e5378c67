"""One HTTP/1.1 exchange over gevent sockets: send, read large blocks, stamp each read, understand nothing until the stream has ended.

Never retries, never follows, never goes through a proxy: what happened to a request is what is recorded.
"""

import os
import time
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

import gevent
from gevent import socket, ssl
from gevent.event import AsyncResult
from gevent.monkey import get_original

from ftbench.load.captures import Capture
from ftbench.load.framing import BrokenHttp, Framing
from ftbench.load.plan import LoadPlan

BLOCK = 65536
MAX_IDLE_NS = 4_000_000_000  # uvicorn and node close a connection that was idle for 5 s; using one at that moment would look like a reset
READ = 1  # libev: readable
POLL, POLLIN = get_original("select", ["poll", "POLLIN"])  # Locust puts gevent's in its place, which may switch greenlets


class ConnectFailed(OSError):
    """No connection, or no TLS on it."""


class Target(NamedTuple):
    """Where requests go. The name is looked up once, before the run, so that no request waits for DNS."""

    host: str
    port: int
    path: str
    address: tuple
    family: int
    tls: ssl.SSLContext | None
    connect_timeout_s: float


def find_target(plan: LoadPlan) -> Target:
    """The plan's chat endpoint.

    Raises:
        OSError: the name cannot be looked up, or the certificate file cannot be read.
    """
    parts = urlsplit(plan.url)
    tls = None
    if parts.scheme == "https":
        tls = ssl.create_default_context(cafile=plan.ca_file)
        if not plan.verify_tls:
            tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    port = parts.port or (443 if tls else 80)
    family, _, _, _, address = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)[0]
    return Target(parts.hostname, port, parts.path.rstrip("/") + "/chat/completions", address, family, tls, plan.connect_timeout_s)


def request_bytes(target: Target, body: bytes, api_key: str | None) -> bytes:
    """Everything that goes over the wire for one request, made before the run."""
    name = f"[{target.host}]" if ":" in target.host else target.host
    host = name if target.port == (443 if target.tls else 80) else f"{name}:{target.port}"
    lines = [
        f"POST {target.path} HTTP/1.1",
        f"Host: {host}",
        "Content-Type: application/json",
        "Accept: text/event-stream",
        "Accept-Encoding: identity",
        "User-Agent: ftbench",
        f"Content-Length: {len(body)}",
        *([f"Authorization: Bearer {api_key}"] if api_key else []),
    ]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class Pool:
    """Connections that the server keeps open, the one used last taken first. As many are opened as requests are in flight."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._idle: list[tuple[socket.socket, int]] = []

    def take(self) -> socket.socket:
        """
        Raises:
            ConnectFailed: refused, unreachable, not within the connect timeout, or the certificate is not trusted.
        """
        while self._idle:
            sock, since_ns = self._idle.pop()
            # readable while idle: the server has closed it or says what nobody asked for
            if time.monotonic_ns() - since_ns < MAX_IDLE_NS and not _readable(sock):
                return sock
            sock.close()
        return self._connect()

    def give(self, sock: socket.socket) -> None:
        self._idle.append((sock, time.monotonic_ns()))

    def close(self) -> None:
        for sock, _ in self._idle:
            sock.close()
        self._idle.clear()

    def _connect(self) -> socket.socket:
        target = self.target
        sock = socket.socket(target.family, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(target.connect_timeout_s)
            sock.connect(target.address)
            if target.tls:
                sock = target.tls.wrap_socket(sock, server_hostname=target.host)
            sock.settimeout(None)  # one timer a request, not one a read
        except OSError as error:
            sock.close()
            raise ConnectFailed(f"no connection to {target.host}:{target.port}: {error}") from error
        except BaseException:
            sock.close()
            raise
        return sock


def _readable(sock: socket.socket) -> bool:
    poll = POLL()
    poll.register(sock.fileno(), POLLIN)
    return bool(poll.poll(0))


def exchange(pool: Pool, index: int, request: bytes, timeout_s: float) -> Capture:
    """Send `request` and read its whole response. Failures are told in the capture, with whatever came before them.

    `sent_ns` is when the client began: opening a connection is part of what the server and the network take. `done_ns` is the last read
    of a complete response, or the instant of the failure.
    """
    sent_ns = time.monotonic_ns()
    stamps: list[int] = []
    blocks: list[bytes] = []
    failure: tuple[str, str] | None = None
    framing = Framing(blocks)
    sock = None
    timer = gevent.Timeout.start_new(timeout_s)
    try:
        sock = pool.take()
        sock.sendall(request)
        _receive(sock, stamps, blocks, framing.ended)
    except gevent.Timeout as timeout:
        if timeout is not timer:
            raise
        failure = ("timeout", f"no complete answer within {timeout_s:g} s")
    except ConnectFailed as error:
        failure = ("connect", str(error))
    except BrokenHttp as error:
        failure = ("malformed", str(error))
    except OSError as error:
        failure = ("reset", str(error))
    finally:
        timer.close()
    done_ns = stamps[-1] if stamps and failure is None else time.monotonic_ns()
    if sock is not None:
        if failure is None and framing.complete and framing.head and framing.head.keep_alive:
            pool.give(sock)
        else:
            sock.close()
    return Capture(index, sent_ns, done_ns, failure, stamps, blocks)


def _receive(sock: socket.socket, stamps: list[int], blocks: list[bytes], ended: Callable[[bytes], bool]) -> None:
    """Read until `ended`, or the end of the connection.

    Without TLS the reads are made by the event loop itself as soon as it sees the bytes: no greenlet has to wake up for each, so the stamps
    of one stream do not wait for the others' greenlets.
    """
    if isinstance(sock, ssl.SSLSocket):
        while block := sock.recv(BLOCK):
            stamps.append(time.monotonic_ns())
            blocks.append(block)
            if ended(block):
                return
        return
    fd, result = sock.fileno(), AsyncResult()
    watcher = gevent.get_hub().loop.io(fd, READ)

    def readable() -> None:
        try:
            block = os.read(fd, BLOCK)
            if block:
                stamps.append(time.monotonic_ns())
                blocks.append(block)
                if not ended(block):
                    return
        except BlockingIOError:
            return
        except Exception as error:  # an exception here would end in the event loop, and the request would hang
            watcher.stop()
            result.set_exception(error)
            return
        watcher.stop()
        result.set(None)

    watcher.start(readable)
    try:
        result.get()
    finally:
        watcher.stop()
        watcher.close()
