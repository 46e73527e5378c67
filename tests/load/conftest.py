"""Servers of known delay for the tests of the load room."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ftbench.load.plan import LoadPlan

Endpoint = Callable[..., str]


@contextmanager
def endpoints() -> Iterator[Endpoint]:
    """What the fixture `endpoint` gives."""
    processes = []

    def start(**settings: object) -> str:
        command = [sys.executable, str(Path(__file__).with_name("server.py")), json.dumps(settings)]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        scheme = "https" if settings.get("tls") else "http"
        return f"{scheme}://127.0.0.1:{processes[-1].stdout.readline().strip()}/v1"

    try:
        yield start
    finally:
        for process in processes:
            process.kill()
            process.wait()
            process.stdout.close()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """endpoint(ttft=..., faults=[...], ...) starts tests/load/server.py with those settings and returns its base URL."""
    with endpoints() as start:
        yield start


def a_plan(url: str, **changes: object) -> LoadPlan:
    fields = {"model": "known-delays", "arrivals": "constant", "rate": 20, "duration_s": 2, "max_tokens": 16, "timeout_s": 10}
    prompts = [[{"role": "user", "content": "Where is my parcel?"}]]
    return LoadPlan(url=url, **{**fields, "prompts": prompts, **changes})
