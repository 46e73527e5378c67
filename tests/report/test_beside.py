"""What the model was compared with, who judged it, and what still waits for people: in every rendering."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from ftbench.quality.judge.question import Calibration
from ftbench.report.contract import JudgeUnderTest, Review
from ftbench.report.html import render_html
from ftbench.report.markdown import render_markdown
from ftbench.report.terminal import summary_lines
from tests.report import builder

WHY = "60 labels, 90 % agreement: its word counts"


def terminal(report) -> str:
    console = Console(file=StringIO(), width=200)
    console.print(summary_lines(report, Path("reports") / "run"))
    return console.file.getvalue()


@pytest.fixture
def report():
    plain = builder.ships()
    shares = {"agreement": 0.9, "sensitivity": 0.9, "specificity": 0.9, "n_good": 30, "n_bad": 30, "unparsed": 0}
    judge = JudgeUnderTest(name="big judge", calibration=[Calibration(task="pairwise", n=60, may_gate=True, why=WHY, **shares)])
    baseline = plain.model.model_copy(update={"name": "the old model", "fingerprint": "0" * 64})
    return plain.model_copy(update={"baseline": baseline, "judge": judge, "review": Review(items=12, open=3)})


@pytest.mark.parametrize("render", [render_html, render_markdown, terminal])
def test_baseline_judge_and_open_questions_are_told(report, render):
    text = render(report).replace("\\", "")
    for words in ("the old model", "big judge", WHY, "3 of 12 answers wait for a person"):
        assert words in text, words


@pytest.mark.parametrize("render", [render_html, render_markdown, terminal])
def test_nothing_is_said_of_what_there_was_not(render):
    text = render(builder.ships())
    assert not [word for word in ("Compared with", "Judge:", "wait for a person", "<dt>Judge") if word in text]


def test_terminal_names_the_two_commands_that_lead_on(report):
    text = terminal(report)
    assert "ftbench import-ratings reports/run" in text and "ftbench gate --resume reports/run" in text


def test_same_weights_under_another_prompt_are_called_so(report):
    same = report.model_copy(update={"baseline": report.model})
    assert "the same model under another prompt" in render_markdown(same)
