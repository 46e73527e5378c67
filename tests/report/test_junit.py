"""What CI sees."""

from xml.etree import ElementTree

from junitparser import Error, Failure, JUnitXml, Skipped

from ftbench.report.junit import render_junit
from tests.report import builder


def suites(report):
    return {suite.name: list(suite) for suite in JUnitXml.fromstring(render_junit(report).encode())}


def kinds(cases):
    return [type(case.result[0]) if case.result else None for case in cases]


def test_a_suite_a_test_and_a_case_a_criterion():
    found = suites(builder.does_not_ship())
    assert len(found) == 11  # ten tests and the verdict
    assert kinds(found["9 Cost per inference"]) == [None, Failure, Failure]
    assert kinds(found["2 Hallucination rate"]) == [Skipped]
    assert kinds(found["verdict"]) == [Failure]
    message = found["4 Latency benchmark"][0].result[0].message
    assert "observed 1.0004 s, limit ≤ 1 s" in message and "300 cases" in message


def test_an_invalid_measurement_is_an_error_not_a_failure_and_not_green():
    found = suites(builder.invalid())
    assert kinds(found["verdict"]) == [Error] and kinds(found["4 Latency benchmark"]) == [Error]


def test_waiting_for_a_person_is_skipped_with_the_reason():
    found = suites(builder.needs_review())
    assert kinds(found["2 Hallucination rate"]) == [Skipped] and kinds(found["verdict"]) == [Skipped]


def test_a_crashed_test_without_criteria_is_not_an_empty_green_suite():
    assert kinds(suites(builder.bare())["4 Latency benchmark"]) == [Error]


def test_a_test_that_failed_as_a_whole_is_red_though_its_criteria_passed():
    check = builder.check(1, "INVALID", "NO_DATA", [builder.criterion("a", ">=", 0.5, 1.0)], notes=["generation crashed"])
    cases = suites(builder.report(checks=[check]))["1 Accuracy on golden test set"]
    assert kinds(cases) == [None, Error] and cases[1].result[0].message == "generation crashed"


def test_borderline_passes_say_so():
    case = suites(builder.ships())["3 Format compliance"][0]
    assert not case.result and case.system_out.startswith("Borderline: observed 100 %")


def test_the_totals_are_right_and_the_notes_on_the_model_are_there():
    root = ElementTree.fromstring(render_junit(builder.does_not_ship()))
    assert (root.get("tests"), root.get("failures"), root.get("errors"), root.get("skipped")) == ("18", "8", "0", "6")
    assert any("dequantized from 4 bits" in p.get("value") for p in root.iter("property"))
