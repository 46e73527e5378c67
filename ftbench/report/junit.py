"""The report for CI: a suite per test, a case per criterion.

What needs a person, or was not run, is `skipped`; what could not be measured is `error`.
"""

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from ftbench.checks.result import CheckResult, Criterion
from ftbench.report import human, words
from ftbench.report.clean import showable
from ftbench.report.contract import Report

KIND = {"FAIL": Failure, "INVALID": Error, "SKIPPED": Skipped, "NEEDS_REVIEW": Skipped}
VERDICT = {"SHIP": "PASS", "DO_NOT_SHIP": "FAIL", "NEEDS_REVIEW": "NEEDS_REVIEW", "INVALID": "INVALID"}


def render_junit(report: Report) -> str:
    """JUnit XML. A suite of its own holds the verdict, so that a gate with only passing tests can still be red."""
    report = showable(report)
    xml = JUnitXml(f"ftbench {report.name}")
    xml.add_testsuite(_verdict(report))
    for check in report.checks:
        xml.add_testsuite(_suite(check))
    xml.update_statistics()
    return xml.tostring().decode("utf-8")


def _verdict(report: Report) -> TestSuite:
    suite = TestSuite("verdict")
    facts = {
        "run_id": report.run_id,
        "verdict": report.verdict,
        "model": words.model_line(report),
        "fingerprint": report.model.fingerprint or "none",
    }
    for name, text in {**facts, "measured_on": report.hardware.measured_on, "attempt": str(report.attempt)}.items():
        suite.add_property(name, text)
    for note in report.model.notes:
        suite.add_property("model_note", note)
    message = " ".join([words.sentence(report), *report.verdict_reasons])
    suite.add_testcase(_case(words.headline(report), "ftbench.verdict", VERDICT[report.verdict], message))
    return suite


def _suite(check: CheckResult) -> TestSuite:
    suite = TestSuite(f"{check.number} {check.title}")
    name = f"ftbench.{check.id}"
    for criterion in check.criteria:
        suite.add_testcase(_case(criterion.name, name, criterion.status, _message(criterion), words.is_borderline(criterion)))
    if not any(criterion.status == check.status for criterion in check.criteria):  # crashed, not run, or judged as a whole
        suite.add_testcase(_case(check.title, name, check.status, " ".join(check.notes) or check.fail_action, words.is_borderline(check)))
    return suite


def _case(name: str, classname: str, status: str, message: str, borderline: bool = False) -> TestCase:
    case = TestCase(name, classname)
    if status in KIND:
        case.result = [KIND[status](human.clip(message, 4000), status)]
    elif borderline:
        case.system_out = f"Borderline: {message}"
    return case


def _message(criterion: Criterion) -> str:
    ids = ", ".join(human.clip(i, 80) for i in criterion.failures[:20])
    more = f" and {len(criterion.failures) - 20:,} more" if len(criterion.failures) > 20 else ""
    parts = [
        f"observed {words.observed(criterion)}, limit {words.limit(criterion)}",
        human.plural(criterion.n, "case"),
        f"evidence {words.evidence(criterion) or 'none'}",
        f"interval {shown}" if (shown := human.interval(criterion.ci, criterion.unit)) else "",
        criterion.note,
        f"failing {ids}{more}" if ids else "",
        criterion.next,
    ]
    return "; ".join(part for part in parts if part)
