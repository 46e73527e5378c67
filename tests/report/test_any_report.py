"""Whatever a run brings: no rendering raises, and no text becomes anything but text."""

import io
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from ftbench.checks.result import Criterion
from ftbench.cost.result import Breakdown, CostAtScale
from ftbench.metrics.summary import Latency, Limit, LoadSummary, Slice, SloCount
from ftbench.report import read_report, summary_lines, write_report
from ftbench.report.html import render_html
from ftbench.report.junit import render_junit
from ftbench.report.load_lines import load_lines
from ftbench.report.markdown import render_markdown
from tests.report import builder
from tests.report.test_html import Skeleton
from tests.report.test_markdown import tokens

few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
texts = st.text(max_size=40)  # any code point, control characters and lone surrogates among them
said = st.text(st.characters() | st.sampled_from("<>&\"'`|*_[]()!{}%#@\\\n-+=~:/.1"), min_size=1, max_size=30).filter(lambda t: t.strip())
numbers = st.floats()  # NaN, infinities and denormals among them
maybe = st.none() | numbers
counts = st.integers(0, 10**12)
ends = st.tuples(maybe, maybe)
latencies = st.builds(
    Latency.model_construct,
    n=counts,
    **dict.fromkeys(["mean_s", "p50_s", "p90_s", "p95_s", "p99_s", "p999_s", "max_s"], maybe),
    uncertified=st.dictionaries(st.sampled_from(["p50", "p99", "p999"]) | texts, counts, max_size=3),
    ci=st.dictionaries(st.sampled_from(["p50", "p90", "p95", "p99"]) | texts, ends, max_size=4),
    notes=st.lists(texts, max_size=2),
)
counted = st.builds(
    SloCount.model_construct,
    limits=st.dictionaries(texts, numbers, max_size=2),
    good=counts,
    **dict.fromkeys(["target", "goodput"], numbers),
    attainment=maybe,
    met=st.none() | st.booleans(),
)
slices = st.builds(
    Slice.model_construct,
    **dict.fromkeys(["n", "answered", "failed"], counts),
    **dict.fromkeys(["from_s", "to_s", "arrivals_per_s", "completions_per_s", "in_flight"], numbers),
    **dict.fromkeys(["ttft_p50_s", "ttft_p99_s", "e2e_p50_s", "e2e_p99_s"], maybe),
)
rules = st.builds(
    Limit.model_construct,
    **dict.fromkeys(["name", "title", "reason"], texts),
    **dict.fromkeys(["observed", "limit"], maybe),
    unit=st.sampled_from(["s", "share", "count"]),
    ok=st.none() | st.booleans(),
)
told = st.dictionaries(st.sampled_from([*builder.ENERGY, "absent"]), maybe, max_size=3)
loads = st.builds(
    LoadSummary.model_construct,
    **dict.fromkeys(["scale", "achieved_rate", "duration_s", "output_tokens_per_s", "requests_per_s", "goodput"], numbers),
    **dict.fromkeys(
        ["requested_rate", "prompt_tokens_mean", "output_tokens_mean", "received_bytes_mean", "attainment", "client_cpu"], maybe
    ),
    **dict.fromkeys(["n", "n_ok"], counts),
    **dict.fromkeys(["ttft", "ttft_from_sent", "tpot", "e2e", "send_lag"], latencies),
    **dict.fromkeys(["arrivals", "token_count_source", "prompt_note"], texts),
    loop=st.sampled_from(["open", "closed"]),
    concurrency=st.none() | counts,
    itl=st.none() | latencies,
    itl_kind=st.sampled_from(["ITL", "ICL", None]),
    error_samples=st.dictionaries(texts, texts, max_size=2),
    slos=st.dictionaries(texts, counted, max_size=2),
    timeline=st.lists(slices, max_size=4),
    steady=st.none() | st.booleans(),
    validity=st.lists(rules, max_size=3),
    server=st.none() | told,
    hosts=st.lists(told, max_size=2),
    energy=st.none() | told,
    **dict.fromkeys(["saturated", "valid"], st.booleans()),
    **dict.fromkeys(["invalid_reasons", "notes"], st.lists(texts, max_size=2)),
    errors=st.dictionaries(texts, counts, max_size=3),
    slo=st.dictionaries(st.sampled_from(["ttft_s", "tpot_s", "e2e_s"]) | texts, numbers, max_size=3),
)
costs = st.builds(
    CostAtScale.model_construct,
    **dict.fromkeys(["scale", "mean_rate", "peak_rate"], numbers),
    **dict.fromkeys(
        ["capacity_per_replica", "utilisation", "cost_per_inference", "cost_per_million_tokens", "cost_per_month", "margin"], maybe
    ),
    **dict.fromkeys(["replicas", "instances"], st.none() | counts),
    **dict.fromkeys(["within_budget", "within_margin"], st.none() | st.booleans()),
    **dict.fromkeys(["basis_note", "currency", "price_source"], texts),
    basis=st.sampled_from(["measured", "modelled"]),
    breakdown=st.none() | st.builds(Breakdown.model_construct, **dict.fromkeys(["compute", "storage", "network", "monitoring"], numbers)),
    notes=st.lists(texts, max_size=2),
)
criteria = st.builds(
    Criterion.model_construct,
    name=texts,
    operator=st.sampled_from([">=", "<=", "<", ">", "=="]),
    **dict.fromkeys(["threshold", "observed"], maybe),
    unit=st.sampled_from(["rate", "count", "s", "ratio", "USD"]) | texts,
    n=counts,
    ci=st.none() | ends,
    status=st.sampled_from(["PASS", "FAIL", "NEEDS_REVIEW", "INVALID", "SKIPPED"]),
    evidence=st.sampled_from(["PROVEN", "INCONCLUSIVE", "REFUTED", "NO_DATA"]),
    note=texts,
    failures=st.lists(texts, max_size=3),
)


@few
@given(st.lists(loads, max_size=4), st.lists(costs, max_size=4), st.lists(criteria, max_size=4), texts)
def test_no_rendering_raises(load_runs, cost_rows, rows, text):
    checks = [
        builder.check(1, row.status, row.evidence).model_copy(update={"criteria": [row], "title": text, "notes": [text]}) for row in rows
    ]
    report = builder.ships().model_copy(update={"load": load_runs, "cost": cost_rows, "checks": checks, "name": text})
    render_html(report).encode()
    render_markdown(report).encode()
    ElementTree.fromstring(render_junit(report))
    Console(file=io.StringIO(), width=100).print(summary_lines(report))
    for load in load_runs:
        Console(file=io.StringIO(), width=100).print(load_lines(load, Path("out")))


@few
@given(said)
def test_no_text_becomes_markup_in_html_or_markdown(text):
    report, plain = builder.hostile(text), builder.hostile("x")
    assert Skeleton(render_html(report)).tags == Skeleton(render_html(plain)).tags
    assert tokens(render_markdown(report)) == tokens(render_markdown(plain))


@few
@given(st.text(max_size=30))
def test_any_text_can_be_stored_and_read(text):
    with tempfile.TemporaryDirectory() as folder:
        write_report(builder.hostile(text), Path(folder))
        assert read_report(Path(folder)).checks[0].notes == [text.encode("utf-8", "replace").decode()]
