"""Nobody leaves a Ray cluster while another thread of this process asks it something."""

import sys
import threading
import time
from types import SimpleNamespace

import pytest

from ftbench.membership import asking, awaited, changing, connected


def test_whoever_leaves_waits_for_the_one_who_asks_and_is_seen_to_wait():
    told, ready = [], threading.Event()

    def ask():
        with asking():
            ready.set()
            until = time.monotonic() + 20
            while not awaited() and time.monotonic() < until:
                time.sleep(0.001)
            time.sleep(0.05)
            told.append("asked" if awaited() else "never awaited")

    thread = threading.Thread(target=ask)
    thread.start()
    ready.wait(20)
    with changing():
        told.append("left")
    thread.join(20)
    assert told == ["asked", "left"] and not awaited()


def test_whoever_asks_waits_for_the_one_who_leaves():
    told, ready = [], threading.Event()

    def ask():
        ready.set()
        with asking():
            told.append("asked")

    thread = threading.Thread(target=ask)
    with changing():
        thread.start()
        ready.wait(20)
        time.sleep(0.05)
        told.append("left")
    thread.join(20)
    assert told == ["left", "asked"]


def test_leaving_that_fails_holds_up_nobody():
    with pytest.raises(ZeroDivisionError), changing():
        raise ZeroDivisionError
    assert not awaited()
    with asking():
        pass


def test_a_process_without_ray_is_in_no_cluster(monkeypatch):
    monkeypatch.delitem(sys.modules, "ray", raising=False)
    assert connected() is False
    with asking() as member:
        assert member is False
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(is_initialized=lambda: True))
    assert connected() is True


def test_the_load_and_the_service_take_their_turn(monkeypatch):
    from ftbench.load.crew import cluster as load
    from ftbench.serving.cluster import cluster

    seen = []
    told = SimpleNamespace(
        is_initialized=lambda: False,
        init=lambda **_: seen.append(("init", awaited())),
        shutdown=lambda: seen.append(("shutdown", awaited())),
    )
    monkeypatch.setattr(load, "ray", told)
    monkeypatch.setattr(load, "_knock", lambda _: None)
    with load.joined("127.0.0.1:1"):
        pass
    assert seen == [("init", True), ("shutdown", True)]
    monkeypatch.setitem(sys.modules, "ray", told)
    with cluster("127.0.0.1:1"):
        pass
    assert seen[-1] == ("shutdown", True)
