"""What `ftbench load` prints when it has ended: one run on one screen."""

from pathlib import Path

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ftbench.metrics.summary import Latency, LoadSummary
from ftbench.report import human, words
from ftbench.report.clean import showable
from ftbench.report.machines import machine_lines

QUANTILES = {"p50": "p50", "p90": "p90", "p95": "p95", "p99": "p99", "p999": "p99.9"}


def load_lines(summary: LoadSummary, folder: Path) -> Group:
    """Traffic, latencies, what was good, what failed, whether to believe it, and where the files are."""
    x = showable(summary)
    parts: list[RenderableType] = [Text(words.traffic(x), "bold"), Text(_how_to_read(x), "dim"), _latencies(x)]
    parts += [Text(line) for line in (*_good(x), *words.further_slos(x))]
    parts += [Text(line, "red") for line in words.failures(x)]
    parts += [Text(line, "dim") for line in machine_lines(x.server, x.hosts, x.energy)]
    parts += [Text(note, "dim") for note in (*x.ttft.notes, *x.notes, *([f"prompts: {x.prompt_note}"] if x.prompt_note else []))]
    parts += [Text(), _belief(x)]
    return Group(*parts, Text.assemble("Records: ", (str(folder / "requests.parquet"), "bold")))


def _how_to_read(x: LoadSummary) -> str:
    stars = any(words.uncertified(latency, q) for _, latency in _shown(x) for q in QUANTILES)
    says = ["Latency from the scheduled time"]
    says += ["* too few requests to certify it"] if stars else []
    says += [] if words.is_trusted(x) else [f"✗ not a result: {words.condition(x)}"]
    return "; ".join(says)


def _latencies(x: LoadSummary) -> Table:
    trusted = words.is_trusted(x)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for column in ("", *QUANTILES.values(), "longest"):
        table.add_column(column, no_wrap=True)
    for name, latency in _shown(x):
        mine = trusted or latency is x.send_lag
        cells = [_cell(human.duration(getattr(latency, f"{q}_s")), bool(words.uncertified(latency, q)), mine) for q in QUANTILES]
        table.add_row(Text(name), *cells, _cell(human.duration(latency.max_s), False, mine))
    return table


def _shown(x: LoadSummary) -> list[tuple[str, Latency]]:
    gaps = [(x.itl_kind or "ITL", x.itl)] if x.itl is not None else []
    return [("TTFT", x.ttft), ("TPOT", x.tpot), *gaps, ("E2E", x.e2e), ("Send lag", x.send_lag)]


def _cell(text: str, uncertified: bool, trusted: bool) -> Text:
    if text == human.MISSING:
        return Text(text, "dim")
    return Text(f"{text}{'*' if uncertified else ''}") if trusted else Text(f"✗ {text}", "dim strike")


def _good(x: LoadSummary) -> list[str]:
    tokens = f"{human.rate(x.output_tokens_per_s).replace('/s', 'output tokens/s')}, {human.rate(x.requests_per_s)} answered"
    if not x.slo:
        return [f"Throughput {tokens}. No SLO given, so no request is called good."]
    agreed = f"Good {words.good(x)}, {human.rate(x.goodput)}: {human.listed(words.limits_of(x.slo))}."
    return [f"Throughput {tokens}.", agreed]


def _belief(x: LoadSummary) -> Text:
    client = f"Send lag p99 {human.duration(x.send_lag.p99_s)}, client CPU {human.percent(x.client_cpu)} of a core."
    if x.valid:
        return Text(f"Measurement valid. {client}")
    return Text("\n".join(["Measurement INVALID:", *(f"  - {reason}" for reason in x.invalid_reasons), client]), "bold red")
