"""The truth against which the load client is judged: were it wrong, every verdict of benchmarks/load_fidelity.py would be."""

import json
from pathlib import Path

import numpy as np
import pytest
from fidelity.freeze import ideal
from fidelity.memory import growth
from fidelity.result import Check, Result, near
from fidelity.server import KINDS, Truth
from load_fidelity import SCENARIOS


def truth(*rows: tuple[str, int, int, int, int], chunks: int = 10) -> Truth:
    """A log of (kind, received, first, last, done)."""
    columns = np.array([(KINDS.index(kind), received, received, first, last, done, 0, 0) for kind, received, first, last, done in rows]).T
    return Truth(*columns, chunks, (np.array([0.001, 0.002]), np.array([99, 1])), None)


def test_a_request_during_the_freeze_waits_for_its_end_and_then_for_its_answer():
    assert ideal(np.array([1.0, 4.0, 9.0]), 0.05, (3.0, 6.0)) == pytest.approx([0.05, 2.05, 0.05])


def test_a_request_before_the_freeze_whose_answer_falls_into_it_is_answered_at_its_end():
    assert ideal(np.array([2.98]), 0.05, (3.0, 6.0)) == pytest.approx([3.02])


def test_events_outside_of_the_window_do_not_make_the_client_look_cheaper():
    log = truth(("ok", 0, 0, 100, 100), ("ok", 50, 100, 200, 200), ("ok", 900, 950, 990, 990))
    assert log.events(50, 150) == pytest.approx(5 + 5)


def test_a_failed_request_is_neither_a_latency_nor_an_event():
    log = truth(("ok", 10, 20, 30, 30), ("truncated", 11, 20, 25, 25), ("hang", 12, 0, 0, 12))
    assert log.counts() == {"ok": 1, "truncated": 1, "hang": 1}
    assert list(log.between(0, 100).received) == [10]
    assert log.events(0, 100) == pytest.approx(10)


def test_the_gap_quantile_is_of_all_gaps_not_of_the_different_ones():
    assert truth(("ok", 0, 1, 2, 3)).gap_quantile_s(0.5) == 0.001
    assert truth(("ok", 0, 1, 2, 3)).gap_quantile_s(0.999) == 0.002


def test_growth_is_judged_after_the_first_third_and_by_the_largest_sample():
    assert growth([10, 50, 90, 100, 100, 105, 100, 100, 100]) == pytest.approx(0.05)


def test_a_scenario_without_a_check_has_not_met_its_target():
    assert not Result("nothing was measured", []).ok
    assert not near("ttft p50", None, 0.05, 0.001).ok
    assert Result("one", [Check("a", "1", "1", True)]).ok


def test_the_committed_record_has_every_scenario_and_every_target_met():
    newest = max((Path(__file__).parents[2] / "benchmarks" / "results").glob("load_fidelity-*.json"))
    results = json.loads(newest.read_text())["results"]
    assert len(results) == len(SCENARIOS) and [result["scenario"] for result in results if not result["ok"]] == []
