"""From ten checks to one word. Pure: the same results always give the same verdict."""

from ftbench.checks.result import CheckResult
from ftbench.errors import Exit
from ftbench.report.contract import Verdict
from ftbench.spec import Spec

EXIT: dict[Verdict, Exit] = {
    "SHIP": Exit.PASSED,
    "DO_NOT_SHIP": Exit.FAILED,
    "NEEDS_REVIEW": Exit.NEEDS_REVIEW,
    "INVALID": Exit.INVALID,
}


def verdict(checks: list[CheckResult], spec: Spec) -> tuple[Verdict, list[str]]:
    """The verdict and its reasons, worst first.

    A wrong measurement is no verdict about the model, so one INVALID check makes the run INVALID. One failed test is enough not to ship. A
    test that was neither run nor waived under `skip` leaves the question open, and so does a run in which not one test passed: a person
    must look. With `evidence.require`, a criterion that passes without proof counts as failed.
    """
    invalid = [f"{c.title}: the measurement is invalid" for c in checks if c.status == "INVALID"]
    failed = [f"{c.title}: {', '.join(k.name for k in c.criteria if k.status == 'FAIL') or 'failed'}" for c in checks if c.status == "FAIL"]
    if spec.evidence.require:
        failed += [
            f"{c.title}: {k.name} passes but is not proven"
            for c in checks
            for k in c.criteria
            if k.status == "PASS" and k.evidence != "PROVEN"
        ]
    review = [
        f"{c.title}: a person must judge {', '.join(k.name for k in c.criteria if k.status == 'NEEDS_REVIEW') or 'it'}"
        for c in checks
        if c.status == "NEEDS_REVIEW"
    ]
    skipped = [c for c in checks if c.status == "SKIPPED"]
    review += [f"{c.title}: not run, and the spec gives no reason under `skip`" for c in skipped if c.id not in spec.skip]
    if not any(c.status == "PASS" for c in checks):
        review.append("not one test was run and passed, so nothing speaks for this model")
    waived = _waived([c for c in skipped if c.id in spec.skip], spec)
    for word, reasons in (("INVALID", invalid), ("DO_NOT_SHIP", failed), ("NEEDS_REVIEW", review)):
        if reasons:
            return word, [*invalid, *failed, *review, *waived]
    return "SHIP", waived


def _waived(checks: list[CheckResult], spec: Spec) -> list[str]:
    """One line a reason: what was left out for it."""
    reasons = dict.fromkeys(spec.skip[c.id] for c in checks)
    return [f"Left out on purpose ({reason}): {', '.join(c.title for c in checks if spec.skip[c.id] == reason)}" for reason in reasons]
