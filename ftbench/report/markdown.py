"""The report as GitHub-flavoured Markdown, short enough for a pull request comment.

Nothing that a model said can become markup, a link, an image or a mention.
"""

import re

from ftbench.metrics.summary import LoadSummary
from ftbench.report import human, words
from ftbench.report.clean import showable
from ftbench.report.contract import Report
from ftbench.report.cost_table import YES_NO, cost_notes, paid, spread, unit_of
from ftbench.report.load_table import limits
from ftbench.report.machines import energy_line

_MARKUP = re.compile(r"([\\`*_\[\]<>&|~$!])")
_PULLS = re.compile(r"([@#])(?=\w)")  # a mention would notify a stranger, a number would link an issue
_STARTS = re.compile(r"^([-+=#>]|\d+(?=[.)](?:\s|$)))")


def render_markdown(report: Report) -> str:
    """Verdict, the tests, load and cost as tables. Never raises on a Report."""
    report = showable(report)
    blocks = [_top(report), _tests(report), _load(report), _cost(report), _foot(report)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def plain(text: str, length: int = 400) -> str:
    """`text` on one line, with everything that Markdown, GitHub or HTML would act on made inert."""
    text = human.clip(" ".join(text.split()), length)
    text = _MARKUP.sub(r"\\\1", text)
    text = _PULLS.sub("\\1\u200b", text)
    text = text.replace("://", ":\u200b//").replace("www.", "www\u200b.")
    return _STARTS.sub(r"\\\1" if text[:1] in "-+=#>" else "\\1\u200b", text)


def _top(report: Report) -> str:
    lines = [f"## {plain(words.headline(report))}: {plain(report.name)}", "", plain(words.sentence(report))]
    if report.verdict_reasons:
        lines += ["", *[f"- {plain(reason)}" for reason in report.verdict_reasons]]
    lines += ["", f"{plain(words.model_line(report))}. Measured on {plain(report.hardware.measured_on)}; attempt {report.attempt}."]
    beside = [f"Compared with {line}." for line in [words.baseline_line(report)] if line]
    beside += [f"Judge: {line}." for line in words.judge_lines(report)] + [f"{line}." for line in [words.review_line(report)] if line]
    lines += [f"\n{plain(line)}" for line in beside]
    lines += [f"\n> {plain(note)}" for note in report.model.notes]
    return "\n".join(lines)


def _tests(report: Report) -> str:
    rows = [
        [
            str(check.number),
            plain(check.title),
            f"**{words.STATUS[check.status]}**" if check.status == "FAIL" else words.STATUS[check.status],
            words.evidence(check),
            "<br>".join(plain(line) for line in words.decisive(check)),
        ]
        for check in report.checks
    ]
    table = _table(["#", "Test", "Status", "Evidence", "Decided by"], rows) if rows else "No test was run."
    todo = [
        f"- **Test {c.number}, {plain(c.title)}.** {plain(step)}{_failing(c.failures)}"
        for c in report.checks
        if (step := words.next_step(c))
    ]
    return "\n".join(["### Tests", "", table, *(["", "What to do:", "", *todo] if todo else [])])


def _failing(ids: list[str]) -> str:
    if not ids:
        return ""
    more = f" and {len(ids) - 5:,} more" if len(ids) > 5 else ""
    return f" Failing: {', '.join(plain(i, 60) for i in ids[:5])}{more}."


def _load(report: Report) -> str:
    if not report.load:
        return ""
    rows = [
        [
            human.scale(x.scale),
            f"{human.rate(x.achieved_rate)} of {words.requested(x).removesuffix(' requested')}",
            f"{x.n:,}",
            f"{sum(x.errors.values()):,}",
            *[_times(getattr(x, field), trusted=words.is_trusted(x)) for field in ("ttft", "tpot", "e2e")],
            words.good(x),
            words.condition(x) if words.is_trusted(x) else f"**{words.condition(x)}**",
        ]
        for x in report.load
    ]
    head = ["Scale", "Sent of requested", "Requests", "Failed", "TTFT p50 / p99", "TPOT p50 / p99", "E2E p50 / p99", "Good", "State"]
    told = [f"- **{human.scale(x.scale)}**: {plain(warning)}" for x in report.load for warning in words.warnings(x)]
    told += [f"- **{human.scale(x.scale)}**: {plain(line, 160)}" for x in report.load for line in _further(x)]
    small = "\\* the sample is too small to certify this p99." if any("\\*" in cell for row in rows for cell in row) else ""
    good = f"Good: {plain(human.listed(limits(report.load)))}. " if limits(report.load) else ""
    intro = f"Measured on {plain(report.hardware.measured_on)}. {good}{small}".strip()
    return "\n".join(["### Load", "", _table(head, rows), "", intro, *(["", *told] if told else [])])


def _further(load: LoadSummary) -> list[str]:
    """What does not fit into the table: failures with a sample, SLOs beside the agreed one, energy."""
    return [line for line in (*words.failures(load), *words.further_slos(load), energy_line(load.energy)) if line]


def _times(latency, *, trusted: bool) -> str:
    star = "\\*" if latency.p99_s is not None and words.uncertified(latency, "p99") else ""
    shown = f"{human.duration(latency.p50_s)} / {human.duration(latency.p99_s)}{star}"
    return shown if trusted else f"~~{shown}~~"


def _cost(report: Report) -> str:
    if not report.cost:
        return ""
    per, unit = unit_of(report.cost)
    drawn = any(c.cost_p10 is not None for c in report.cost)
    rows = [
        [
            human.scale(c.scale),
            c.basis,
            human.significant(c.replicas),
            human.percent(c.utilisation),
            plain(human.money(None if c.cost_per_inference is None else c.cost_per_inference * per, c.currency)),
            *([spread(c, per)] if drawn else []),
            plain(human.money(c.cost_per_million_tokens, c.currency)),
            plain(human.money(c.cost_per_month, c.currency)),
            human.percent(c.margin),
            YES_NO[c.within_budget],
        ]
        for c in report.cost
    ]
    head = [
        "Scale",
        "Basis",
        "Replicas",
        "Utilisation",
        f"Cost {unit}",
        *(["p10 / p50 / p90"] if drawn else []),
        "Per million output tokens",
        "Per month",
        "Margin",
        "Within budget",
    ]
    notes = [f"- **{scales}**: {plain(note)}" for scales, note in cost_notes(report.cost)]
    priced = f"Priced as {plain(report.hardware.name)}, paid {paid(report.cost)}: {plain(report.hardware.price)}."
    return "\n".join(["### Cost", "", _table(head, rows), "", priced, "", *notes])


def _foot(report: Report) -> str:
    sets = ", ".join(f"{plain(s.id)} {plain(s.sha256[:12])} ({s.n:,})" for s in report.test_sets)
    parts = [f"Run {plain(report.run_id)}", plain(human.instant(report.finished_at)), f"ftbench {plain(report.ftbench_version)}"]
    parts += [f"fingerprint {plain(report.model.fingerprint)}"] if report.model.fingerprint else []
    parts += [f"test sets {sets}"] if sets else []
    return " · ".join(parts)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
