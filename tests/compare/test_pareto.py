"""Who is beaten in both respects, and who is not."""

import pytest

from ftbench.compare.pareto import Spot, front, fronts, right_share
from tests.compare.builder import cell, figure, point, quality


def test_known_answer():
    spots = [Spot("cheap-bad", 1, -0.5), Spot("mid", 2, -0.9), Spot("dear-good", 4, -0.95), Spot("beaten", 3, -0.9), Spot("worst", 5, -0.4)]
    assert front(spots) == ["cheap-bad", "mid", "dear-good"]


def test_equals_do_not_beat_each_other():
    assert front([Spot("a", 1, -1), Spot("b", 1, -1), Spot("c", 1, -0.9)]) == ["a", "b"]


def test_a_cell_that_does_not_fit_or_has_no_cost_is_on_no_front():
    cells = [cell("fp32"), cell("nf4", fits=False, per_inference=1e-6), cell("int8", per_inference=None)]
    found = fronts(cells, [quality("fp32", reference=True), quality("nf4"), quality("int8")], 1)
    assert found["cost-quality"] == ["fp32@local x1"]
    assert "nf4@local x1" not in found["latency-throughput"]


def test_throughput_is_of_all_replicas_and_one_good_batch_is_enough():
    one, two = cell("fp32"), cell("fp32", replicas=2)
    assert fronts([one, two], [], 1)["latency-throughput"] == ["fp32@local x2"]
    slow = cell("int8", step=0.2).model_copy(update={"batches": [point(1, 0.04, 0.05), point(16, 2.0, 2.0)]})
    assert "int8@local x1" in fronts([one, slow], [], 1)["latency-throughput"]


def test_right_answers_are_pooled_over_cases_and_not_over_tests():
    q = quality("fp32").model_copy(update={"rates": {"a": figure(1.0, n=90), "b": figure(0.0, n=10), "c": figure(None, n=0)}})
    assert right_share(q) == pytest.approx(0.9)
    assert right_share(q.model_copy(update={"rates": {}})) is None
