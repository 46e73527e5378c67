"""Watch the server and the machines while something runs, and leave all that was seen in telemetry.jsonl."""

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import psutil

from ftbench.membership import connected
from ftbench.telemetry.fetch import Absent, Fetch, fetcher, page_urls
from ftbench.telemetry.log import HERE, Line
from ftbench.telemetry.node import every, watch_node
from ftbench.telemetry.nodes import Nodes, never_start_unasked, other_nodes
from ftbench.telemetry.scrape import find_page, sweep

FILE = "telemetry.jsonl"
PERIOD_S = 1.0
FETCH_S = 1.0  # the other nodes' lines are gathered this often
MISSED_SWEEPS = 10
LONG_SWEEP_S = 3.0  # before the run and after it, when all replicas must be heard


@contextmanager
def observe(
    url: str,
    folder: Path,
    *,
    api_key_env: str | None = None,
    verify_tls: bool = True,
    ca_file: str | None = None,
    managed: bool = False,
    period_s: float = PERIOD_S,
) -> Iterator[Path]:
    """While inside: /metrics of the server at `url` (base URL, up to /v1), this machine, and every other node of the Ray cluster, each
    once a `period_s`, appended to `folder`/telemetry.jsonl. Yields that path.

    All of it runs in threads of this process, which has to be another one than any load process, and in one actor on each other node.
    Nothing that goes wrong here is raised: a run is not to fail for its telemetry.

    Args:
        managed: the model is served by the cluster that this process is in, so all its nodes are the server's. Otherwise the server's
            machine is this one only if `url` says so.
    """
    path = folder / FILE
    log = _Log(path)
    stop, heard = threading.Event(), threading.Event()
    log.put(
        {"kind": "begin", "t_ns": time.monotonic_ns(), "period_s": period_s, "serves_here": managed or is_here(url), "managed": managed}
    )
    fetch = fetcher(api_key=os.environ.get(api_key_env) if api_key_env else None, verify_tls=verify_tls, ca_file=ca_file)
    work = [
        (watch_node, lambda line: log.put({**line, "node": HERE}), stop, period_s),
        (_watch_server, page_urls(url), fetch, log.put, heard, stop, period_s),
        (_watch_others, log.put, stop, period_s),
    ]
    threads = [threading.Thread(target=_guarded, args=(log.put, *job), daemon=True, name="telemetry") for job in work]
    try:
        never_start_unasked()
        for thread in threads:
            thread.start()
        heard.wait(LONG_SWEEP_S)  # the server's counters as they stood before the first request
        yield path
    finally:
        stop.set()
        for thread in threads:
            with suppress(RuntimeError):  # never started
                thread.join(30.0)
        log.close()


def is_here(url: str) -> bool:
    """Whether the host of `url` is this machine, by its addresses. A tunnel that ends here looks the same."""
    host = urlsplit(url).hostname
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False
    own = {address.address.split("%")[0] for addresses in psutil.net_if_addrs().values() for address in addresses}
    return bool(found & own) or any(address.startswith("127.") or address == "::1" for address in found)


class _Log:
    """Lines of JSON as they come, so that memory stays flat. A full disk ends the telemetry, not the run."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._file: IO[str] | None = None
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("w", encoding="utf-8")

    def put(self, line: dict[str, Any]) -> None:
        text = json.dumps(line, separators=(",", ":")) + "\n"
        with self._lock:
            if self._file is not None:
                try:
                    self._file.write(text)
                    self._file.flush()
                except OSError:
                    self._file = None

    def close(self) -> None:
        with self._lock, suppress(OSError):
            if self._file is not None:
                self._file.close()
                self._file = None


def _guarded(put: Any, job: Any, *arguments: Any) -> None:
    try:
        job(*arguments)
    except Exception as error:
        put({"kind": "broken", "what": job.__name__.strip("_"), "why": f"{type(error).__name__}: {error}"})


def _watch_server(urls: list[str], fetch: Fetch, put: Any, heard: threading.Event, stop: threading.Event, period_s: float) -> None:
    try:
        first = find_page(urls, fetch)
    except Absent as absent:
        put({"kind": "server", "absent": str(absent)})
        heard.set()
        return
    put({"kind": "server", "server": first.kind, "url": first.url})
    began, began_cpu = time.monotonic(), time.thread_time()
    lives: dict[str, int] = {}  # sweeps in which a replica may be missed before it is taken for gone
    for last in every(period_s, stop):
        long = last or not heard.is_set()
        seen = sweep(first.url, first.kind, fetch, replicas=max(1, len(lives)), within_s=LONG_SWEEP_S if long else period_s)
        lives = {who: left - 1 for who, left in lives.items() if left > 0}
        if seen is not None:
            lives |= dict.fromkeys(seen.pages, MISSED_SWEEPS)
            put({**seen.line(), "t_ns": time.monotonic_ns()})
        heard.set()
    put({"kind": "scraper", "cpu_share": round((time.thread_time() - began_cpu) / max(1e-9, time.monotonic() - began), 5)})


def _watch_others(put: Any, stop: threading.Event, period_s: float) -> None:
    """The load may join a cluster only after this has begun, and leave it before this has ended."""
    while not connected():
        if stop.wait(FETCH_S):
            return
    if not (ids := other_nodes()):
        return
    nodes = Nodes(ids, period_s)
    try:
        while connected() and not stop.wait(FETCH_S):
            _put_all(put, nodes.fetch())
        _put_all(put, nodes.fetch(end=True))
    finally:
        for node, why in nodes.lost.items():
            put({"kind": "lost", "node": node, "why": why})
        nodes.close()


def _put_all(put: Any, lines: list[Line]) -> None:
    for line in lines:
        put(line)
