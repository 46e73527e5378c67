"""Which of a host's addresses the load goes to."""

import socket

import pytest
from gevent import socket as gevent_socket

from ftbench.load.client import request_bytes
from ftbench.load.target import find_target, listening
from tests.load.conftest import a_plan


@pytest.fixture
def two_addresses(monkeypatch):
    """A host of which the first address refuses, with a server at the second: as localhost often is. Gives the server's port."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in ("127.0.0.2", "127.0.0.1")]
        monkeypatch.setattr(gevent_socket, "getaddrinfo", lambda *_, **__: both)
        yield port


def test_a_server_at_the_second_address_of_localhost_is_not_a_run_of_connect_errors(two_addresses):
    assert listening("localhost", two_addresses, 1.0) == (socket.AF_INET, ("127.0.0.1", two_addresses))


def test_where_nobody_listens_the_first_address_is_tried_by_each_request(monkeypatch):
    nobody = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 9)) for host in ("127.0.0.2", "127.0.0.1")]
    monkeypatch.setattr(gevent_socket, "getaddrinfo", lambda *_, **__: nobody)
    assert listening("localhost", 9, 1.0) == (socket.AF_INET, ("127.0.0.2", 9))


@pytest.mark.parametrize(
    ("url", "api", "path", "host"),
    [
        ("http://127.0.0.1:8000/v1", "chat", "/v1/chat/completions", "127.0.0.1:8000"),
        ("http://127.0.0.1/v1/", "completions", "/v1/completions", "127.0.0.1"),
        ("https://127.0.0.1/openai/v1", "chat", "/openai/v1/chat/completions", "127.0.0.1"),
        ("http://127.0.0.1", "chat", "/chat/completions", "127.0.0.1"),
    ],
)
def test_the_request_goes_to_the_path_and_names_the_host_as_the_url_does(url, api, path, host):
    target = find_target(a_plan(url, api=api))
    head, _, body = request_bytes(target, b"{}", "key").partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == f"POST {path} HTTP/1.1" and f"Host: {host}" in lines and body == b"{}"
    assert "Authorization: Bearer key" in lines and "Accept-Encoding: identity" in lines
    assert (target.port, target.tls is not None) == ((443, True) if url.startswith("https") else (8000 if ":8000" in url else 80, False))
