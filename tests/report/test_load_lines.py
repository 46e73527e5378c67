"""What `ftbench load` prints when it has ended."""

import io
from pathlib import Path

from rich.console import Console

from ftbench.report.load_lines import load_lines
from tests.report import builder


def printed(load, width=120):
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(load_lines(load, Path("out")))
    return console.file.getvalue()


def test_one_run_shows_traffic_percentiles_goodness_trust_and_its_files():
    text = printed(builder.load(1, n=700))
    assert text.startswith("Poisson, 2 /s requested, 2 /s sent over 5 min 50 s: 700 requests, 0 failed\n")
    for part in ("742 ms", "1.16 s", "1.42 s", "1.78 s", "Good 99.7 %", "TTFT at most 500 ms and E2E at most 2 s", "Measurement valid"):
        assert part in text, part
    assert text.rstrip().endswith("out/requests.parquet")


def test_without_an_slo_nothing_is_called_good():
    text = printed(builder.load(1).model_copy(update={"slo": {}}))
    assert "No SLO given" in text and "99.7 %" not in text and "Good" not in text


def test_latencies_of_an_invalid_measurement_are_marked_where_nothing_can_be_struck():
    text = printed(builder.load(1, valid=False, reasons=["requests were sent late"]))
    assert "✗ 742 ms" in text and "✗ not a result: invalid measurement" in text and "\n  - requests were sent late" in text
    rows = [line.split() for line in text.splitlines() if line.strip().startswith(("TTFT", "TPOT", "E2E"))]
    assert len(rows) == 3 and all(row[1::3] == ["✗"] * 6 for row in rows), rows
    assert "✗" not in printed(builder.load(1))


def test_each_kind_of_failure_has_its_number():
    text = printed(builder.load(1, errors={"timeout": 3, "http_5xx": 1, "reset": 0}))
    assert "3 x timeout" in text and "1 x http_5xx" in text and "reset" not in text


def test_what_a_server_wrote_cannot_command_the_terminal():
    for text in builder.HOSTILE:
        shown = printed(builder.load(1, errors={text: 3}).model_copy(update={"notes": [text], "arrivals": text}))
        assert not any(ord(c) < 32 and c != "\n" or 0x7F <= ord(c) < 0xA0 for c in shown)
