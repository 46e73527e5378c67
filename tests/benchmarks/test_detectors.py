"""The committed figures of the detectors are those of today's detectors on today's labelled texts."""

import json
from pathlib import Path

import detectors
import pytest
from detector_scores import TABLE
from detector_scores.page import page

COUNTS = {"refusal": 200, "unknown": 80, "disclaimer": 80, "degenerate": 80, "graceful": 80, "offensive": 60, "language": 60}


def test_the_committed_figures_are_what_the_script_gives_today():
    found = detectors.measured()
    committed = json.loads((detectors.ROOM / "figures.json").read_text(encoding="utf-8"))
    assert committed == found, "run: python benchmarks/detectors.py"
    assert detectors.DOCS.read_text(encoding="utf-8") == page(found), "run: python benchmarks/detectors.py"


@pytest.mark.parametrize("name", TABLE)
def test_no_text_is_in_both_halves_and_each_half_has_both_truths(name):
    halves = {split: detectors.labelled(name, split) for split in ("dev", "test")}
    keys = {
        split: {json.dumps({k: v for k, v in c.items() if k != "split"}, sort_keys=True) for c in cases} for split, cases in halves.items()
    }
    assert not keys["dev"] & keys["test"]
    assert len(keys["dev"]) + len(keys["test"]) == len(halves["dev"]) + len(halves["test"]) >= COUNTS.get(name, 0)
    for cases in halves.values():
        truths = {pair[0] for case in cases for pair in TABLE[name].judge(case)}
        assert {True, False} <= truths


@pytest.mark.parametrize("name", COUNTS)
def test_a_text_that_a_unit_test_pins_is_in_the_tuning_half(name):
    tests = "\n".join(p.read_text(encoding="utf-8") for p in (Path(__file__).parents[1] / "quality" / "detect").glob("test_*.py"))
    assert [t for case in detectors.labelled(name, "test") if len(t := case["text"]) >= 12 and t in tests] == []


def test_an_undetermined_case_counts_against_the_detector():
    answers = {"yes": True, "no": False, "who knows": None}
    detector = detectors.Detector("x", lambda case: [(case["truth"], answers[case["said"]])])
    cases = [{"truth": t, "said": s} for t in (True, False, None) for s in answers]
    found = detectors.measure(detector, cases)
    assert (found["n"], found["sensitivity"]["count"], found["sensitivity"]["n"]) == (9, 1, 3)
    assert (found["specificity"]["count"], found["specificity"]["n"]) == (1, 3)
    assert (found["undetermined"]["count"], found["missed"]["count"], found["false_alarms"]["count"]) == (3, 1, 1)
    assert (found["wrong"]["count"], found["wrong"]["n"]) == (2, 4)
