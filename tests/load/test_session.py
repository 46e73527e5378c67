"""What one load process says of itself."""

import errno
import io
import resource
import socket
import subprocess
import sys
import time

import pytest

from ftbench.load import session
from ftbench.load.body import request_body
from ftbench.load.client import ConnectFailed
from ftbench.load.session import Session
from tests.load.conftest import a_plan


@pytest.fixture
def run(tmp_path):
    made = Session(a_plan("http://127.0.0.1:9/v1"), tmp_path, 0, request_body, lambda capture: None, io.BytesIO())
    yield made
    made.pool.close()
    made.reactor.close()


def ask(run):
    return run.finish(run.begin(b"x"), 0, 0, 0, 0)


def test_a_process_that_can_open_no_further_connection_ends_the_run_instead_of_counting_it_as_the_servers_failure(run, monkeypatch):
    def none_left():
        raise ConnectFailed("no connection") from OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(run.pool, "connect", none_left)
    assert ask(run).failure[0] == "connect"
    assert run.aborted == "the load process could open no further connection with 0 in flight; more workers are needed"


def test_a_server_that_refuses_connections_ends_nothing(run):
    assert ask(run).failure[0] == "connect" and run.aborted is None


def test_a_soft_limit_of_open_files_is_raised_before_a_run():
    """In a process of its own, whose limits are nobody else's."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    script = (
        f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, {most}));"
        "from ftbench.load.descriptors import as_many_as_allowed; as_many_as_allowed();"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    assert int(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout) == most


def test_what_a_process_at_its_limit_of_open_files_knows_is_still_written(run, monkeypatch):
    ours, theirs = socket.socketpair()
    run.start(time.monotonic_ns(), 0.0, 0.01)
    run.pool.give(ours)
    open_then = []
    monkeypatch.setattr(session, "put_json", lambda path, facts: open_then.append(ours.fileno() >= 0))
    run.stop("no further connection")
    run.priority = "normal"
    run.close()
    theirs.close()
    assert open_then == [False]
