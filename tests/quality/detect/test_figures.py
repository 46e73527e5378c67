import pytest

from ftbench.quality.detect.figures import figures, measured


def test_each_figure_has_its_interval_around_it_and_its_n():
    assert {"refusal", "unknown", "disclaimer", "degenerate", "offensive", "graceful", "language"} <= set(measured())
    for name in measured():
        found = figures(name)
        for share in (found.sensitivity, found.specificity):
            assert share.n > 0
            assert share.low <= share.count / share.n <= share.high
            assert share.rate == pytest.approx(share.count / share.n, abs=1e-4)


def test_a_sentence_for_the_report_says_what_was_measured_on_how_many():
    found = figures("refusal")
    assert found.sentence().startswith("detector of refusals: sensitivity 0.")
    assert f"(n = {found.specificity.n}) on labelled test cases" in found.sentence()


def test_a_detector_that_was_not_measured_has_no_figure():
    with pytest.raises(KeyError):
        figures("tone")
