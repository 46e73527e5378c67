"""The sentences that every rendering shares: the verdict, what a status means, the numbers that decided a test."""

from ftbench.checks.next_step import LET_PEOPLE_DECIDE
from ftbench.checks.result import CheckResult, Criterion
from ftbench.metrics.summary import Latency, LoadSummary
from ftbench.report import human
from ftbench.report.contract import Report

HEADLINE = {
    "SHIP": "Ship",
    "DO_NOT_SHIP": "Do not ship",
    "NEEDS_REVIEW": "A person must look first",
    "INVALID": "No verdict: the measurement is not valid",
}
STATUS = {"PASS": "Passed", "FAIL": "Failed", "NEEDS_REVIEW": "Needs review", "INVALID": "Invalid", "SKIPPED": "Not run"}
EVIDENCE = {"PROVEN": "proven", "INCONCLUSIVE": "inconclusive", "REFUTED": "refuted", "NO_DATA": "no data"}

GLOSSARY = {
    "Status and evidence": "Status reads a rule literally: 48 of 50 is 96 %. "
    "Evidence says what so many cases prove about the cases still to come: proven, inconclusive, refuted, or no data.",
    "Borderline": "The rule is met, but there were too few cases, or it was met too narrowly, to prove that it will be met again.",
    "Interval": "The range of true values that the data still allow.",
    "p50, p90, p99": "Of 100 requests, 50, 90 or 99 were at least this fast. p50 is the median.",
    "Not certified": "The sample is too small for this percentile; the number shown is what was seen, not what can be promised.",
    "TTFT": "Time to first token: from the instant at which the request was due until the first text arrives.",
    "TPOT": "Time per output token after the first.",
    "E2E": "End to end: from the instant at which the request was due until the last byte arrives.",
    "Good requests": "Requests that met every agreed limit (the SLO). Errors, timeouts and requests never sent count as not good.",
    "Attainment": "Good requests as a share of all.",
    "1x, 3x, 10x": "Multiples of today's traffic.",
    "Saturated": "More traffic than the model could serve. The queue grew for as long as the test ran, so no lasting latency exists.",
    "Measured, modelled": "Measured: observed in this run. Modelled: computed from measurements, for machines or traffic not run.",
    "Utilisation": "The share of what the replicas can serve that the traffic uses.",
}


def headline(report: Report) -> str:
    """The verdict in a few words."""
    return HEADLINE[report.verdict]


def sentence(report: Report) -> str:
    """The verdict's ground in one plain sentence."""
    by_status = {status: [c for c in report.checks if c.status == status] for status in STATUS}
    passed, ran = len(by_status["PASS"]), len(report.checks) - len(by_status["SKIPPED"])
    name = human.clip(report.model.name, 80)
    match report.verdict:
        case "SHIP":
            met = f"{name} met every criterion of the {human.plural(ran, 'test')} run"
            skipped = len(by_status["SKIPPED"])
            return f"{met}; {human.plural(skipped, 'test')} {'was' if skipped == 1 else 'were'} not run." if skipped else f"{met}."
        case "DO_NOT_SHIP" if by_status["FAIL"]:
            return f"{name} failed {_titles(by_status['FAIL'])}; it passed {passed} of the {human.plural(ran, 'test')} run."
        case "DO_NOT_SHIP":
            return f"{name} does not meet what was promised."
        case "NEEDS_REVIEW" if by_status["NEEDS_REVIEW"]:
            return f"{_titles(by_status['NEEDS_REVIEW'])} can only be decided by a person."
        case "NEEDS_REVIEW":
            return "A person has to decide before this model ships."
    return f"Something other than the model was the limit, so this run says nothing about {name}. Mend the cause and run it again."


def counts(report: Report) -> list[tuple[str, int]]:
    """Statuses that occur, with how many tests have each, in the order of STATUS."""
    return [(status, n) for status in STATUS if (n := sum(c.status == status for c in report.checks))]


def is_borderline(result: CheckResult | Criterion) -> bool:
    """Passed by the letter, not proven."""
    return result.status == "PASS" and result.evidence == "INCONCLUSIVE"


def evidence(result: CheckResult | Criterion) -> str:
    """The evidence in a word; a pass without proof is called borderline."""
    if result.status == "SKIPPED":
        return ""
    return "borderline" if is_borderline(result) else EVIDENCE[result.evidence]


def limit(criterion: Criterion) -> str:
    """ "≥ 92 %", with the digits that tell it from what was observed."""
    if criterion.threshold is None:
        return human.MISSING
    return f"{human.SYMBOL[criterion.operator]} {human.observed_and_threshold(criterion.observed, criterion.threshold, criterion.unit)[1]}"


def observed(criterion: Criterion) -> str:
    """What was observed, with the digits that tell it from the limit."""
    return human.observed_and_threshold(criterion.observed, criterion.threshold, criterion.unit)[0]


def decisive(check: CheckResult, most: int = 2) -> list[str]:
    """The numbers that gave the test its status, as "accuracy 97.3 % (at least 92 %)"; for a test that did not run, why."""
    if check.status == "SKIPPED" or not check.criteria:
        return check.notes[:1]
    chosen = [c for c in check.criteria if c.status == check.status] or check.criteria
    chosen = sorted(chosen, key=lambda c: c.observed is None)[:most]  # stable: the checklist's order, numbers first
    return [_short(c) for c in chosen]


def next_step(check: CheckResult) -> str | None:
    """What to do about a test that does not pass; None where nothing is to be done."""
    open_ = dict.fromkeys(c.next for c in check.criteria if c.status == "NEEDS_REVIEW" and c.next)
    return {"FAIL": check.fail_action, "NEEDS_REVIEW": " ".join(open_) or LET_PEOPLE_DECIDE}.get(check.status)


def step(criterion: Criterion) -> str:
    """What to do about one criterion, where the test's own next step does not say it."""
    return criterion.next if criterion.status in ("PASS", "INVALID") else ""


def other_failures(check: CheckResult) -> list[str]:
    """Failing case ids of the test that none of its criteria names."""
    named = {id_ for criterion in check.criteria for id_ in criterion.failures}
    return [id_ for id_ in check.failures if id_ not in named]


def is_trusted(load: LoadSummary) -> bool:
    """Whether this run's latencies may stand as the latencies at its scale."""
    return load.valid and not load.saturated


def condition(load: LoadSummary) -> str:
    """A word or two on a load run."""
    if not load.valid:
        return "invalid measurement"
    if load.saturated:
        return "saturated"
    return "valid" if load.steady is None else "steady" if load.steady else "not steady"


def good(load: LoadSummary) -> str:
    """The share of good requests; without a single limit all would be good that did not fail, which is no news."""
    return human.percent(load.attainment) if load.slo else "no SLO given"


def traffic(load: LoadSummary) -> str:
    """What was sent, in one line."""
    kind = load.arrivals[:1].upper() + load.arrivals[1:]
    sent = f"{human.rate(load.achieved_rate)} sent over {human.duration(load.duration_s)}"
    return f"{kind}, {requested(load)}, {sent}: {human.plural(load.n, 'request')}, {load.n - load.n_ok:,} failed"


def requested(load: LoadSummary) -> str:
    """The rate that was asked for, or the users of a closed loop, who ask for none."""
    if load.loop == "closed":
        return f"closed loop of {human.plural(load.concurrency or 0, 'user')}"
    return f"{human.rate(load.requested_rate)} requested"


def failures(load: LoadSummary) -> list[str]:
    """Each kind of failure with its number, and what one of them said."""
    samples = load.error_samples
    return [f"{n:,} x {kind}{f': {human.clip(samples[kind], 300)}' if samples.get(kind) else ''}" for kind, n in load.errors.items() if n]


def further_slos(load: LoadSummary) -> list[str]:
    """Each SLO that was only counted: its limits and the share of requests that met all of them."""
    return [
        f"{name} ({human.listed(limits_of(count.limits))}): {human.percent(count.attainment)} good, "
        f"{human.percent(count.target)} wanted{', missed' if count.met is False else ''}"
        for name, count in load.slos.items()
    ]


def limits_of(slo: dict[str, float]) -> list[str]:
    """The limits of an SLO in words: "TTFT at most 500 ms"."""
    names = {"ttft_s": "TTFT", "tpot_s": "TPOT", "e2e_s": "E2E"}
    return [
        f"{names.get(key, key)} at most {human.duration(bound)}" if key.endswith("_s") else f"{key} {human.significant(bound)}"
        for key, bound in slo.items()
        if key != "attainment"
    ]


def warnings(load: LoadSummary) -> list[str]:
    """Why the latencies of this run may not stand as the latencies at its scale. Empty when they may."""
    told = []
    if not load.valid:
        told.append(f"This measurement is not valid: {'; '.join(load.invalid_reasons) or 'no reason was recorded'}.")
    if load.saturated:
        rate = "it" if load.requested_rate is None else human.rate(load.requested_rate)
        told.append(
            f"Saturated: {rate} was more than the model could serve. The queue grew as long as the test ran; "
            "these times are not what lasting traffic of this size would see."
        )
    return told


def uncertified(latency: Latency, quantile: str) -> bool:
    """Whether the sample is too small for `quantile` ("p99", "p999")."""
    return quantile in latency.uncertified


def baseline_line(report: Report) -> str:
    """What test 8 compared with; empty without that test."""
    other = report.baseline
    if other is None:
        return ""
    same = other.fingerprint is not None and other.fingerprint == report.model.fingerprint
    name = "the same model under another prompt" if same else human.clip(other.name, 80)
    return f"{name}, {other.variant}"


def judge_lines(report: Report) -> list[str]:
    """The judge, and for each kind of question whether it agreed with people often enough to decide."""
    if report.judge is None:
        return []
    name = human.clip(report.judge.name, 80)
    return [f"{name}, {c.task}: {c.why}" for c in report.judge.calibration] or [
        f"{name}: never compared with people, so it decides nothing"
    ]


def review_line(report: Report) -> str:
    """How many answers wait for people; empty where nobody was asked."""
    if report.review is None:
        return ""
    rated = report.review.items - report.review.open
    return f"{report.review.open:,} of {human.plural(report.review.items, 'answer')} wait for a person; {rated:,} decided by people"


def model_line(report: Report) -> str:
    """Name, adapter, variant and compute dtype in one line."""
    model = report.model
    parts = [model.name, *([human.named("adapter", model.adapter)] if model.adapter else []), f"variant {model.variant}"]
    parts += [f"computed in {model.compute_dtype}"] if model.compute_dtype else []
    return ", ".join(human.clip(part, 120) for part in parts)


def _short(criterion: Criterion) -> str:
    seen, threshold = human.observed_and_threshold(criterion.observed, criterion.threshold, criterion.unit)
    bound = "" if criterion.threshold is None else f" ({human.PHRASE[criterion.operator]} {threshold})"
    return f"{human.clip(criterion.name, 90)}: {'no data' if seen == human.MISSING else seen}{bound}"


def _titles(checks: list[CheckResult]) -> str:
    return human.listed([f"test {c.number} ({human.clip(c.title, 60)})" for c in checks])
