"""Both readers: each block once, in order, with a stamp; failures reach the one who waits."""

import os
import socket
import time

import gevent
import pytest

from ftbench.load.reactor import EpollReactor, GeventReactor


@pytest.fixture(params=[EpollReactor, GeventReactor])
def reactor(request):
    made = request.param()
    yield made
    made.close()


@pytest.fixture
def pair():
    ends = socket.socketpair()
    for end in ends:
        end.setblocking(False)
    yield ends
    for end in ends:
        end.close()


def receiving(reactor, sock, ended=lambda block: False):
    stamps, blocks = [], []
    return gevent.spawn(reactor.receive, sock.fileno(), stamps, blocks, ended), stamps, blocks


def test_every_block_is_read_once_with_the_time_at_which_it_came(reactor, pair):
    here, there = pair
    reader, stamps, blocks = receiving(reactor, here, lambda block: block == b"end")
    before = []
    for word in (b"one", b"two", b"end"):
        gevent.sleep(0.02)
        before.append(time.monotonic_ns())
        there.send(word)
    reader.get(timeout=5)
    assert blocks == [b"one", b"two", b"end"]
    assert all(sent <= read for sent, read in zip(before, stamps, strict=True)) and stamps[0] < before[1]


def test_many_streams_at_once_are_all_read_whole(reactor):
    pairs = [socket.socketpair() for _ in range(200)]  # more than one look takes
    readers = []
    for here, there in pairs:
        here.setblocking(False)
        readers.append(receiving(reactor, here, lambda block: block.endswith(b"!")))
        there.send(b"%d!" % there.fileno())
    gevent.joinall([reader for reader, _, _ in readers], timeout=5, raise_error=True)
    assert [b"".join(blocks) for _, _, blocks in readers] == [b"%d!" % there.fileno() for _, there in pairs]
    for ends in pairs:
        for end in ends:
            end.close()


def test_the_end_of_the_connection_ends_the_wait(reactor, pair):
    here, there = pair
    reader, _, blocks = receiving(reactor, here)
    there.send(b"half")
    gevent.sleep(0.05)
    there.close()
    reader.get(timeout=5)
    assert blocks == [b"half"]


def test_what_the_framing_refuses_reaches_the_request_and_not_the_event_loop(reactor, pair):
    here, there = pair

    def refuse(block):
        raise ValueError("no HTTP")

    reader, _, _ = receiving(reactor, here, refuse)
    there.send(b"x")
    with pytest.raises(ValueError, match="no HTTP"):
        reader.get(timeout=5)


def test_a_reader_that_gives_up_leaves_its_socket_free_for_the_next(reactor, pair):
    here, there = pair
    reader, _, first = receiving(reactor, here)
    gevent.sleep(0.02)
    reader.kill()
    there.send(b"late")
    gevent.sleep(0.05)
    assert first == []
    again, _, blocks = receiving(reactor, here, lambda block: True)
    again.get(timeout=5)
    assert blocks == [b"late"] and os.fstat(here.fileno())
