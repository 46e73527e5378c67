"""The load runs side by side: what was asked, what was sent, how long it took, how much of it was good."""

from ftbench.metrics.summary import Latency, LoadSummary
from ftbench.report import human, words
from ftbench.report.matrix import Cell, Column, Group, Matrix, Row, shared

LATENCIES = (("ttft", "Time to first token (TTFT)"), ("tpot", "Time per output token (TPOT)"), ("e2e", "Whole response (E2E)"))
LIMITS = {"ttft": "ttft_s", "tpot": "tpot_s", "e2e": "e2e_s"}
QUANTILES = ("p50", "p90", "p99")


def load_table(loads: list[LoadSummary]) -> Matrix:
    """What a reader needs to judge the service at each scale. All numbers are measured, except the requested rate, which is given."""
    traffic = [
        Row("Requested", [Cell(human.rate(x.requested_rate)) for x in loads]),
        Row("Sent", [Cell(human.rate(x.achieved_rate)) for x in loads]),
        Row("Requests measured", [Cell(human.significant(x.n), f"over {human.duration(x.duration_s)}") for x in loads]),
        Row("Failed requests", [_failed(x) for x in loads]),
    ]
    times = [Group(title, [Row(q, [_quantile(x, getattr(x, field), q) for x in loads]) for q in QUANTILES]) for field, title in LATENCIES]
    good = [
        Row("Good requests", [Cell(human.rate(x.goodput)) for x in loads]),
        Row("Attainment", [Cell(human.percent(x.attainment), strong=True) for x in loads]),
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
        Row("Answered", [Cell(human.rate(x.requests_per_s)) for x in loads]),
        Row("Prompt tokens, mean", [Cell(human.significant(x.prompt_tokens_mean)) for x in loads]),
        Row("Output tokens, mean", [Cell(human.significant(x.output_tokens_mean), f"counted by {x.token_count_source}") for x in loads]),
        Row("Received bytes, mean", [Cell(human.significant(x.received_bytes_mean)) for x in loads]),
        Row("Load processes", [Cell(human.significant(len(x.worker_info)) if x.worker_info else human.MISSING) for x in loads]),
    ]
    extremes = [
        Group(
            title,
            [
                Row(label, [Cell(human.duration(getattr(getattr(x, field), key)), quiet=not words.is_trusted(x)) for x in loads])
                for label, key in (("mean", "mean_s"), ("p95", "p95_s"), ("longest", "max_s"))
            ],
        )
        for field, title in LATENCIES
    ]
    sent = Group(
        "TTFT from the instant of sending, not from the scheduled one",
        [Row(q, [_quantile(x, x.ttft_from_sent, q) for x in loads]) for q in QUANTILES],
    )
    return Matrix([_column(x) for x in loads], [Group("Traffic", rows), sent, *extremes])


def limits(loads: list[LoadSummary]) -> list[str]:
    """The agreed limits (SLO) that made a request good, in words; those of the first run, as all share one spec."""
    names = {"ttft_s": "TTFT", "tpot_s": "TPOT", "e2e_s": "E2E"}
    return [
        f"{names.get(key, key)} at most {human.duration(bound)}" if key.endswith("_s") else f"{key} {human.significant(bound)}"
        for key, bound in (loads[0].slo if loads else {}).items()
        if key != "attainment"
    ]


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
    return Column(human.scale(load.scale), "" if condition == "steady" else condition)


def _failed(load: LoadSummary) -> Cell:
    failed = {kind: n for kind, n in load.errors.items() if n}
    total = sum(failed.values())
    share = f"{human.percent(total / load.n)} · " if total and load.n else ""
    return Cell(human.significant(total), share + ", ".join(f"{kind} {n:,}" for kind, n in failed.items()), strong=total > 0)


def _quantile(load: LoadSummary, latency: Latency, q: str) -> Cell:
    seen = getattr(latency, f"{q}_s")
    if seen is None:
        return Cell(human.MISSING)
    small = [human.interval(latency.ci.get(q), "s"), "not certified" if words.uncertified(latency, q) else ""]
    return Cell(human.duration(seen), " · ".join(s for s in small if s), quiet=not words.is_trusted(load))
