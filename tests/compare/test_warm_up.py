"""Waves of answers before anything is measured."""

import json

from ftbench.compare.warm_up import warm_up
from ftbench.load.item import Item
from ftbench.quality.chat import Target
from tests.load.conftest import endpoint  # noqa: F401


def test_two_waves_of_full_batches_with_forced_answers_are_asked(endpoint, tmp_path):  # noqa: F811
    url = endpoint(ttft=0.05, itl=0.02, tokens=4, bodies=str(tmp_path / "bodies"))
    items = [Item(messages=[{"role": "user", "content": f"ticket {k}"}]) for k in range(5)]
    took = warm_up(Target(url, "known-delays", "x"), items, 3, 4, 10.0)
    bodies = [json.loads(line) for line in (tmp_path / "bodies").read_text().splitlines()]
    assert len(bodies) == 6 and all(body["ignore_eos"] and body["max_tokens"] == 4 for body in bodies)
    assert 0.1 < took < 2


def test_a_server_that_is_not_there_raises_nothing_here():
    assert warm_up(Target("http://127.0.0.1:9/v1", "m", "x"), [Item(messages=[])], 2, 4, 5.0) < 5
