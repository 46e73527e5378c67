"""Captures that were made by another clock."""

from ftbench.load.captures import Capture, append, read_captures
from ftbench.load.crew.shift import shift_captures


def test_every_instant_moves_and_nothing_else(tmp_path):
    whole = Capture(4, 4, 0, 1_000, 1_010, 1_900, None, [1_500, 1_900], [b"HTTP/1.1 200", b"\x00\xff"])
    dropped = Capture(5, 5, 0, 2_000, None, 2_000, ("dropped", "more than 1 in flight"), [], [])
    with (tmp_path / "a").open("wb") as file:
        append(file, whole)
        append(file, dropped)
    shift_captures(tmp_path / "a", tmp_path / "b", -1_005)
    assert list(read_captures(tmp_path / "b")) == [
        whole._replace(due_ns=-5, sent_ns=5, done_ns=895, stamps_ns=[495, 895]),
        dropped._replace(due_ns=995, done_ns=995),
    ]


def test_a_worker_that_left_nothing_is_an_empty_file(tmp_path):
    shift_captures(tmp_path / "not there", tmp_path / "b", 5)
    assert list(read_captures(tmp_path / "b")) == []
