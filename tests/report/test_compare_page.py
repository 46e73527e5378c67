"""The comparison's page, Markdown, terminal table and file: complete, inert, and the same every time."""

import io
import json
import re
from html.parser import HTMLParser

import pytest
from jsonschema import Draft202012Validator
from rich.console import Console

from ftbench.cli import app
from ftbench.errors import InputError, InvalidMeasurement
from ftbench.report.compare import compare_lines, read_compare, render_compare, write_compare
from ftbench.report.compare_charts import cost_quality_chart, latency_throughput_chart
from ftbench.report.compare_curves import difference_chart, step_charts
from ftbench.report.compare_tables import matrix_table
from ftbench.report.compare_words import ranges
from ftbench.report.schema import COMPARE_FILE, generated
from tests.compare.builder import cell, compared, quality
from tests.report import compare_builder as builder
from tests.report.builder import HOSTILE

OURS = (
    "html head meta title style body header main footer section div p h1 h2 h3 ul li dl dt dd b bdi strong span small br code table "
    "caption thead tbody tr th td details summary figure figcaption svg line rect circle text polyline polygon"
)


class Seen(HTMLParser):
    """Tags and attributes as a browser would find them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def printed(file, folder=None, width=170) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    console.print(compare_lines(file, folder))
    return console.file.getvalue()


def test_the_committed_schema_is_the_generated_one():
    assert COMPARE_FILE.read_text(encoding="utf-8") == generated()[COMPARE_FILE], "Run: python -m ftbench.report.schema"


@pytest.mark.parametrize("name", builder.ALL)
def test_what_is_written_meets_the_schema_and_comes_back(name, tmp_path):
    file = builder.ALL[name]()
    paths = write_compare(file, tmp_path)
    assert [p.name for p in paths] == ["compare.json", "compare.html", "compare.md"]
    Draft202012Validator(json.loads(COMPARE_FILE.read_text())).validate(json.loads(paths[0].read_text()))
    assert read_compare(tmp_path) == file == read_compare(paths[0])


def test_ftbench_report_renders_a_comparison_again_without_running_anything(tmp_path):
    from typer.testing import CliRunner

    write_compare(builder.recommends(), tmp_path)
    before = (tmp_path / "compare.html").read_text()
    (tmp_path / "compare.html").write_text("gone")
    found = CliRunner().invoke(app, ["report", str(tmp_path)])
    assert found.exit_code == 0 and "Take fp32 on this machine" in " ".join(found.output.split())
    assert (tmp_path / "compare.html").read_text() == before


def test_the_loss_of_a_variant_cannot_be_missed_in_any_rendering():
    file = builder.recommends()
    texts = render_compare(file)
    for text in (texts["compare.html"], texts["compare.md"].replace("\\", ""), printed(file)):
        plain = " ".join(re.sub(r"<[^>]+>|\*\*", " ", text.replace("\N{NO-BREAK SPACE}", " ")).split())
        assert "nf4 answers worse than fp32" in plain and "40 lost and 2 gained" in plain and "−31.7" in plain
    assert 'class="alert"' in texts["compare.html"] and "worse</span>" in texts["compare.html"]


def test_every_row_says_whether_it_was_measured_or_modelled():
    table = matrix_table(builder.recommends())
    assert {g.basis for g in table.groups} == {"measured", "modelled"}
    about = table.columns.index("TTFT"), table.columns.index("Capacity"), table.columns.index("Memory")
    for group in table.groups:
        for line in group.lines:
            assert {line.entries[i].text.startswith("≈") for i in about} == {group.basis == "modelled"}


def test_a_capacity_that_was_not_kept_is_not_a_throughput():
    table = matrix_table(builder.none_meets())
    entry = table.groups[1].lines[1].entries[table.columns.index("Capacity")]
    assert entry.text.endswith("0 /s") and entry.flag == "SLO not kept"


def test_memory_that_is_missing_is_said_where_the_cell_stands():
    file = builder.none_meets()
    assert "does not fit" in render_compare(file)["compare.html"] and "needs 0.2 GB more memory than NVIDIA T4" in printed(file)


def test_a_comparison_that_goes_on_says_so_and_renders_without_figures():
    text = render_compare(builder.goes_on())["compare.html"]
    assert "Still being measured" in text and "not finished" in text
    assert "Still being measured" in printed(builder.goes_on()).capitalize()


def test_nothing_at_all_renders():
    empty = compared([], []).model_copy(update={"state": "running", "finished_at": None})
    assert all(render_compare(empty).values()) and printed(empty)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_never_acts(text, tmp_path):
    file = builder.hostile(text)
    paths = write_compare(file, tmp_path)
    page = paths[1].read_text(encoding="utf-8")
    seen = Seen()
    seen.feed(page)
    assert seen.tags <= set(OURS.split()) and not {name for name in seen.attributes if name.startswith("on") or name in ("href", "src")}
    assert "\u202e" not in page and "\x1b" not in page
    said = printed(file)
    assert "\x1b" not in said and "\u202e" not in said
    markdown = paths[2].read_text(encoding="utf-8")
    assert not re.search(r"(?<!\\)<\w|(?<!\\)\]\(", markdown.replace("<br>", "")) and "@everyone" not in markdown


def test_a_number_that_cannot_be_stored_is_refused_before_a_file_changes(tmp_path):
    good = builder.recommends()
    write_compare(good, tmp_path)
    bad = good.cells[0].model_copy(update={"batches": [good.cells[0].batches[0].model_copy(update={"mbu": float("nan")})]})
    with pytest.raises(InvalidMeasurement, match="cannot be stored"):
        write_compare(good.model_copy(update={"cells": [bad]}), tmp_path)
    assert read_compare(tmp_path) == good


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": "ftbench.report/1"}', '{"schema": "ftbench.compare/1"}'])
def test_what_is_no_comparison_is_refused_in_a_sentence(content, tmp_path):
    (tmp_path / "compare.json").write_text(content)
    with pytest.raises(InputError, match="compare.json"):
        read_compare(tmp_path)


def test_charts_need_something_to_compare():
    alone = compared([cell("fp32")], [quality("fp32", reference=True)])
    assert cost_quality_chart(alone) is None and latency_throughput_chart(alone) is None and difference_chart(alone) is None
    assert len(step_charts(alone)) == 1


def test_charts_say_in_words_what_they_show():
    file = builder.recommends()
    labels = [re.search(r'aria-label="([^"]*)"', chart)[1] for chart in (cost_quality_chart(file), difference_chart(file))]
    assert "cell 3: 56.7 % right" in labels[0].replace("\N{NO-BREAK SPACE}", " ")
    assert "nf4 on accuracy: −31.7 points, −37.7 to −25.7, worse" in labels[1]
    assert [title for title, _ in step_charts(file)][1] == "NVIDIA L4, modelled"


def test_equal_values_do_not_break_an_axis():
    same = compared([cell("fp32"), cell("int8")], [quality("fp32", reference=True, right=1.0), quality("int8", right=1.0)])
    assert "nan" not in cost_quality_chart(same) and "nan" not in difference_chart(same)


def test_numbers_in_a_row_are_a_range():
    assert ranges([1, 2, 3, 7, 9, 10]) == "1–3, 7, 9, 10" and ranges([]) == "" and ranges([4]) == "4"
