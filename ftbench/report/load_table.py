"""The load runs side by side: what was asked, what was sent, how long it took, how much of it was good."""

from ftbench.metrics.summary import Latency, Limit, LoadSummary
from ftbench.report import human, words
from ftbench.report.matrix import Cell, Column, Group, Matrix, Row, shared

LATENCIES = (("ttft", "Time to first token (TTFT)"), ("tpot", "Time per output token (TPOT)"), ("e2e", "Whole response (E2E)"))
LIMITS = {"ttft": "ttft_s", "tpot": "tpot_s", "e2e": "e2e_s"}
QUANTILES = ("p50", "p90", "p99")
GAPS = {
    "ITL": "Time between tokens (ITL)",
    "ICL": "Time between chunks (ICL); a chunk may carry several tokens",
    "": "Time between tokens or chunks (ITL, ICL)",
}


def load_table(loads: list[LoadSummary]) -> Matrix:
    """What a reader needs to judge the service at each scale. All numbers are measured, except the requested rate, which is given."""
    traffic = [
        Row("Requested", [Cell(words.requested(x).removesuffix(" requested")) for x in loads]),
        Row("Sent", [Cell(human.rate(x.achieved_rate)) for x in loads]),
        Row("Requests measured", [Cell(human.significant(x.n), f"over {human.duration(x.duration_s)}") for x in loads]),
        Row("Failed requests", [_failed(x) for x in loads]),
    ]
    times = [Group(title, [Row(q, [_quantile(x, getattr(x, field), q) for x in loads]) for q in QUANTILES]) for field, title in LATENCIES]
    good = [
        Row("Good requests", [Cell(human.rate(x.goodput) if x.slo else human.MISSING, quiet=not x.valid) for x in loads]),
        Row("Attainment", [Cell(words.good(x), strong=x.valid, quiet=not x.valid) for x in loads]),
        *[Row(name, [_counted(x, name) for x in loads]) for name in dict.fromkeys(name for x in loads for name in x.slos)],
        Row("Output tokens", [Cell(human.rate(x.output_tokens_per_s)) for x in loads]),
    ]
    trust = [
        Row("Valid", [Cell("yes" if x.valid else "no", strong=not x.valid) for x in loads]),
        Row("Sent late by, p99", [Cell(human.duration(x.send_lag.p99_s)) for x in loads]),
        Row("Load generator CPU", [Cell(human.percent(x.client_cpu), "of one core" if x.client_cpu is not None else "") for x in loads]),
    ]
    groups = [Group("Traffic", traffic), *times, Group("Within the limits", good), Group("The measurement itself", trust)]
    return Matrix([_column(x) for x in loads], groups)


def load_details(loads: list[LoadSummary]) -> Matrix:
    """The rest of what was measured, for whoever checks the numbers."""
    rows = [
        Row("Arrivals", [Cell(x.arrivals) for x in loads]),
        Row("Prompts", [Cell(x.prompt_note or human.MISSING) for x in loads]),
        Row("Answered", [Cell(human.rate(x.requests_per_s)) for x in loads]),
        Row("Prompt tokens, mean", [Cell(human.significant(x.prompt_tokens_mean)) for x in loads]),
        Row("Output tokens, mean", [Cell(human.significant(x.output_tokens_mean), f"counted by {x.token_count_source}") for x in loads]),
        Row("Received bytes, mean", [Cell(human.significant(x.received_bytes_mean)) for x in loads]),
        Row("Load processes", [Cell(human.significant(len(x.worker_info)) if x.worker_info else human.MISSING) for x in loads]),
    ]
    extremes = [
        Group(
            title,
            [_all(loads, field, label, key) for label, key in (("mean", "mean"), ("p95", "p95"), ("p99.9", "p999"), ("longest", "max"))],
        )
        for field, title in LATENCIES
    ]
    gaps = Group(
        GAPS[_one_kind(loads)], [_all(loads, "itl", label, key) for label, key in (("p50", "p50"), ("p99", "p99"), ("longest", "max"))]
    )
    sent = Group(
        "TTFT from the instant of sending, not from the scheduled one",
        [Row(q, [_quantile(x, x.ttft_from_sent, q) for x in loads]) for q in QUANTILES],
    )
    rules = Group("What the measurement itself must meet", _rules(loads))
    groups = [Group("Traffic", rows), sent, *extremes, *([gaps] if any(x.itl for x in loads) else []), *([rules] if rules.rows else [])]
    return Matrix([_column(x) for x in loads], groups)


def _all(loads: list[LoadSummary], field: str, label: str, key: str) -> Row:
    return Row(label, [_quantile(x, getattr(x, field), key) for x in loads])


def _one_kind(loads: list[LoadSummary]) -> str:
    kinds = {x.itl_kind for x in loads if x.itl_kind}
    return kinds.pop() if len(kinds) == 1 else ""


def _rules(loads: list[LoadSummary]) -> list[Row]:
    """Each rule on the measurement itself with what was observed, in the order in which the runs name them."""
    titles = {limit.name: limit.title for x in loads for limit in x.validity}
    return [Row(title, [_rule(next((r for r in x.validity if r.name == name), None)) for x in loads]) for name, title in titles.items()]


def _rule(rule: Limit | None) -> Cell:
    if rule is None:
        return Cell(human.MISSING)
    unit = {"share": "rate"}.get(rule.unit, rule.unit)
    limit = "" if rule.limit is None else f"at most {human.value(rule.limit, unit)}"
    verdict = {True: "", False: "not met", None: "not judged"}[rule.ok]
    small = " · ".join(part for part in (verdict, limit) if part)
    return Cell(human.value(rule.observed, unit), small, strong=rule.ok is False)


def limits(loads: list[LoadSummary]) -> list[str]:
    """The agreed limits (SLO) that made a request good, in words; those of the first run, as all share one spec."""
    return words.limits_of(loads[0].slo) if loads else []


def load_notes(loads: list[LoadSummary]) -> list[tuple[str, str]]:
    """(scales, note): too small samples, and whatever else the measurement said of itself."""
    told = []
    for x in loads:
        titles: dict[str, list[str]] = {}
        for field, title in LATENCIES:
            for note in getattr(x, field).notes:
                titles.setdefault(note, []).append(title)
        small = [note if len(which) == len(LATENCIES) else f"{', '.join(which)}: {note}" for note, which in titles.items()]
        told.append((human.scale(x.scale), [*x.notes, *small]))
    return shared(told)


def _column(load: LoadSummary) -> Column:
    condition = words.condition(load)
    return Column(human.scale(load.scale), "" if condition in ("steady", "valid") else condition)


def _counted(load: LoadSummary, name: str) -> Cell:
    """Attainment of an SLO that was counted beside the agreed one."""
    if (count := load.slos.get(name)) is None:
        return Cell(human.MISSING)
    small = human.listed(words.limits_of(count.limits))
    return Cell(human.percent(count.attainment), small, quiet=not load.valid, strong=load.valid and count.met is False)


def _failed(load: LoadSummary) -> Cell:
    failed = {kind: n for kind, n in load.errors.items() if n}
    total = sum(failed.values())
    share = f"{human.percent(total / load.n)} · " if total and load.n else ""
    return Cell(human.significant(total), share + ", ".join(f"{kind} {n:,}" for kind, n in failed.items()), strong=total > 0)


def _quantile(load: LoadSummary, latency: Latency | None, q: str) -> Cell:
    seen = getattr(latency, f"{q}_s") if latency is not None else None
    if seen is None:
        return Cell(human.MISSING)
    if not words.is_trusted(load):
        return Cell(human.duration(seen), words.condition(load), quiet=True)
    small = [human.interval(latency.ci.get(q), "s"), "not certified" if words.uncertified(latency, q) else ""]
    return Cell(human.duration(seen), " · ".join(s for s in small if s))
