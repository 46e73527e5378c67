"""What the command prints at the end."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from ftbench.report import summary_lines
from tests.report import builder


def printed(report, width=130, folder=None):
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(summary_lines(report, folder))
    return console.file.getvalue()


def test_verdict_reasons_tests_load_cost_and_path_are_printed():
    text = printed(builder.does_not_ship(), folder=Path("reports") / "r1")
    assert text.startswith("DO NOT SHIP\n")
    for part in ("18 % margin", "dequantized from 4 bits", "1.0004 s (at most 1 s)", "saturated", "modelled", "reports/r1/report.html"):
        assert part in text
    assert sum(f" {n} " in line[:4] or line.startswith(f"{n} ") for line in text.splitlines() for n in range(1, 11)) >= 10


def test_a_borderline_pass_is_called_borderline():
    assert "borderline" in printed(builder.ships())


def test_uncertified_p99_carries_its_star():
    assert "1.78 s*" in printed(builder.report(load_runs=[builder.load(1, n=100)]))
    assert "1.78 s*" not in printed(builder.report(load_runs=[builder.load(1, n=700)]))


@pytest.mark.parametrize("text", builder.HOSTILE)
def test_no_text_of_a_report_commands_the_terminal_or_is_read_as_markup(text):
    shown = printed(builder.hostile(text), width=100)
    assert not any(ord(c) < 32 and c != "\n" or 0x7F <= ord(c) < 0xA0 for c in shown)
    shown.encode("utf-8")
    if text.startswith("[bold"):
        assert "[bold red]markup[/]" in shown


def test_it_fits_a_narrow_terminal():
    assert max(map(len, printed(builder.does_not_ship(), width=60).splitlines())) <= 60
