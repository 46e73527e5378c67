"""One HTTP/1.1 exchange over gevent sockets: send, read large blocks, stamp each read, understand nothing until the stream has ended.

Never retries, never follows, never goes through a proxy: what happened to a request is what is recorded.
"""

import os
import time

import gevent
from gevent import socket, ssl
from gevent.monkey import get_original

from ftbench.load.descriptors import EXHAUSTED
from ftbench.load.framing import BrokenHttp, Framing
from ftbench.load.reactor import BLOCK, EpollReactor, GeventReactor
from ftbench.load.target import Target

MAX_IDLE_NS = 4_000_000_000  # uvicorn and node close a connection that was idle for 5 s; using one at that moment would look like a reset
POLL, POLLIN = get_original("select", ["poll", "POLLIN"])  # Locust puts gevent's in its place, which may switch greenlets

Reactor = EpollReactor | GeventReactor


class ConnectFailed(OSError):
    """No connection, or no TLS on it."""


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

    def take_idle(self) -> socket.socket | None:
        """An open connection that nobody uses, or None."""
        while self._idle:
            sock, since_ns = self._idle.pop()
            # readable while idle: the server has closed it or says what nobody asked for
            if time.monotonic_ns() - since_ns < MAX_IDLE_NS and not _readable(sock):
                return sock
            sock.close()
        return None

    def give(self, sock: socket.socket) -> None:
        self._idle.append((sock, time.monotonic_ns()))

    def close(self) -> None:
        for sock, _ in self._idle:
            sock.close()
        self._idle.clear()

    def connect(self) -> socket.socket:
        """
        Raises:
            ConnectFailed: refused, unreachable, not within the connect timeout, or the certificate is not trusted.
        """
        target = self.target
        try:
            sock = socket.socket(target.family, socket.SOCK_STREAM)
        except OSError as error:
            raise ConnectFailed(f"no connection to {target.host}:{target.port}: {error}") from error
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


class Exchange:
    """One request under way: what was sent and what has come back. `begin` at the due instant, then `finish`, then `capture`."""

    def __init__(self, pool: Pool, reactor: Reactor, request: bytes) -> None:
        self.pool, self.reactor, self.request = pool, reactor, request
        self.sent_ns: int | None = None
        self.sock: socket.socket | None = None
        self.stamps: list[int] = []
        self.blocks: list[bytes] = []
        self.failure: tuple[str, str] | None = None
        self.exhausted = False  # this process, not the server, could open no further connection
        self.done_ns = 0

    def begin(self) -> None:
        """Send at once where a connection is open, without giving way to another greenlet; else leave it to `finish`."""
        self.sent_ns = time.monotonic_ns()
        sock = self.pool.take_idle()
        if sock is None:
            return
        self.sock = sock
        if isinstance(sock, ssl.SSLSocket):
            return
        try:
            sent = os.write(sock.fileno(), self.request)
            self.request = self.request[sent:]
        except BlockingIOError:
            pass
        except OSError as error:
            self.failure = ("reset", str(error))

    def finish(self, timeout_s: float) -> None:
        """Read the whole response. A failure is told in `failure`, with whatever came before it kept.

        `sent_ns` is when the client began: opening a connection is part of what the server and the network take. `done_ns` is the last read
        of a complete response, or the instant of the failure.
        """
        framing = Framing(self.blocks)
        timer = gevent.Timeout.start_new(timeout_s - (time.monotonic_ns() - self.sent_ns) / 1e9)
        try:
            if self.failure is None:
                if self.sock is None:
                    self.sock = self.pool.connect()
                if self.request:
                    self.sock.sendall(self.request)
                self._receive(framing)
        except gevent.Timeout as timeout:
            if timeout is not timer:
                raise
            self.failure = ("timeout", f"no complete answer within {timeout_s:g} s")
        except ConnectFailed as error:
            self.failure = ("connect", str(error))
            self.exhausted = getattr(error.__cause__, "errno", None) in EXHAUSTED
        except BrokenHttp as error:
            self.failure = ("malformed", str(error))
        except OSError as error:
            self.failure = ("reset", str(error))
        finally:
            timer.close()
            self._release(framing)
        self.done_ns = self.stamps[-1] if self.stamps and self.failure is None else time.monotonic_ns()

    def _receive(self, framing: Framing) -> None:
        if not isinstance(self.sock, ssl.SSLSocket):
            self.reactor.receive(self.sock.fileno(), self.stamps, self.blocks, framing.ended)
            return
        while block := self.sock.recv(BLOCK):
            self.stamps.append(time.monotonic_ns())
            self.blocks.append(block)
            if framing.ended(block):
                return

    def _release(self, framing: Framing) -> None:
        if self.sock is None:
            return
        if self.failure is None and framing.complete and framing.head and framing.head.keep_alive:
            self.pool.give(self.sock)
        else:
            self.sock.close()
