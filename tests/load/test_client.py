"""One exchange at a time with a server that is a thread here: what a connection is kept for, and what each end of it is called."""

import errno
import socket
import threading
from collections.abc import Iterator

import gevent
import pytest

from ftbench.load import client
from ftbench.load.client import Exchange, Pool
from ftbench.load.reactor import reactor
from ftbench.load.target import Target

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
CLOSING = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"


class Server(threading.Thread):
    """Gives each connection the answers of its list, one a request, and closes it behind the last."""

    def __init__(self, *connections: list[bytes]) -> None:
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.connections, self.accepted = self.listener.getsockname()[1], connections, 0
        self.closed = threading.Event()
        self.start()

    def run(self) -> None:
        for answers in self.connections:
            sock, _ = self.listener.accept()
            self.accepted += 1
            for answer in answers:
                sock.recv(65536)
                sock.sendall(answer)
            sock.close()
            self.closed.set()


@pytest.fixture
def ask() -> Iterator:
    """ask(server) sends one request and returns its exchange. All requests share one pool."""
    events, pools = reactor(), {}

    def ask(port: int, timeout_s: float = 5.0) -> Exchange:
        target = Target("127.0.0.1", port, "/v1", ("127.0.0.1", port), socket.AF_INET, None, 2.0)
        exchange = Exchange(pools.setdefault(port, Pool(target)), events, b"POST / HTTP/1.1\r\n\r\n")
        exchange.begin()
        gevent.spawn(exchange.finish, timeout_s).join()
        return exchange

    yield ask
    for pool in pools.values():
        pool.close()
    events.close()


def test_an_open_connection_is_used_again_and_not_opened_anew_for_each_request(ask):
    server = Server([OK, OK, OK])
    assert [ask(server.port).failure for _ in range(3)] == [None] * 3 and server.accepted == 1


def test_a_connection_that_the_server_closed_while_idle_is_not_a_reset_request(ask):
    server = Server([OK], [OK])
    assert ask(server.port).failure is None
    server.closed.wait(5)
    gevent.sleep(0.01)
    assert ask(server.port).failure is None and server.accepted == 2


def test_a_connection_that_was_idle_for_long_is_left_since_the_server_is_about_to_close_it(ask, monkeypatch):
    server = Server([OK], [OK])
    ask(server.port)
    monkeypatch.setattr(client, "MAX_IDLE_NS", 0)
    assert ask(server.port).failure is None and server.accepted == 2


def test_a_server_that_says_close_is_believed(ask):
    server = Server([CLOSING], [CLOSING])
    assert [ask(server.port).failure for _ in range(2)] == [None, None] and server.accepted == 2


def test_an_answer_that_breaks_off_is_kept_as_far_as_it_came(ask):
    cut = ask(Server([OK[:-1]]).port)
    assert b"".join(cut.blocks) == OK[:-1] and len(cut.stamps) == len(cut.blocks) == 1


def test_silence_ends_at_the_timeout_and_not_before(ask):
    silent = ask(Server([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", b""]).port, timeout_s=0.3)
    assert silent.failure == ("timeout", "no complete answer within 0.3 s") and 0.3 <= (silent.done_ns - silent.sent_ns) / 1e9 < 3


def test_nobody_there_is_a_connect_failure_of_the_server(ask):
    refused = ask(9)
    assert refused.failure[0] == "connect" and "refused" in refused.failure[1] and not refused.exhausted


@pytest.mark.parametrize("code", [errno.EMFILE, errno.EADDRNOTAVAIL])
def test_a_client_without_a_descriptor_or_a_port_left_does_not_blame_the_server(ask, monkeypatch, code):
    def none_left(*_):
        raise OSError(code, "none left")

    monkeypatch.setattr(client.socket, "socket", none_left)
    failed = ask(9)
    assert failed.failure[0] == "connect" and failed.exhausted
