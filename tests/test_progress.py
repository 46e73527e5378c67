"""What a person sees while it works: plain lines into a file, a bar on a terminal, and never a crash over a word."""

import io

import pytest
from rich.console import Console
from rich.progress import Progress

from ftbench import progress
from ftbench.progress import Screen, Step, _left, output


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def plain(log=lambda text: None) -> tuple[Step, io.StringIO]:
    out = io.StringIO()
    return Step("Loading", None, Console(file=out, width=200), log), out


def test_plain_line_comes_now_and_then_however_often_it_is_told(clock):
    step, out = plain()
    for n in range(1000):
        clock[0] = 100 + n * 0.02
        step.update(n, 1000)
    lines = out.getvalue().splitlines()
    assert lines[0] == "Loading ..." and len(lines) == 1 + 3  # 20 s, a line at most every 5


def test_plain_line_says_share_time_left_and_note(clock):
    step, out = plain()
    clock[0] = 110
    step.update(25, 100, "7 errors")
    assert out.getvalue().splitlines()[1] == "Loading 25%, 30 s left, 7 errors"
    clock[0] = 120
    step.share("fetching", None)
    assert out.getvalue().splitlines()[2] == "Loading, fetching"
    clock[0] = 130
    step.end("well")
    assert out.getvalue().splitlines()[3] == "Loading: done, well (30.0 s)"


@pytest.mark.parametrize(
    ("done", "total", "elapsed", "says"),
    [
        (0, 10, 5, ""),
        (1, None, 5, ""),
        (1, 0, 5, ""),
        (10, 10, 5, "0 s left"),
        (12, 10, 5, "0 s left"),
        (1, 2, 60, "60 s left"),
        (1, 4, 60, "3 min left"),
        (1, 524, 60, ""),
    ],
)
def test_time_left_is_said_where_it_is_known_and_is_never_negative(done, total, elapsed, says):
    assert _left(done, total, elapsed) == says


def test_every_plain_line_also_goes_to_the_log(clock):
    told = []
    step, out = plain(told.append)
    step.end()
    assert told == out.getvalue().splitlines() == ["Loading ...", "Loading: done (0.0 s)"]


HOSTILE = "[/x] [bold]model[/] [link=https://evil.example]"


def test_brackets_in_a_name_are_text_not_markup_in_a_file(clock):
    step, out = plain()
    clock[0] = 110
    step.say(HOSTILE)
    step.end(HOSTILE)
    assert out.getvalue().count(HOSTILE) == 2


def test_brackets_in_a_name_are_text_not_markup_on_a_terminal(monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr(progress, "Console", lambda **_: Console(file=out, force_terminal=True, width=200, _environ={}))
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True, raising=False)
    told = []
    with Screen(told.append).step(HOSTILE) as step:
        assert isinstance(step._screen, Progress)
        step.update(1, 2, HOSTILE)
        step._screen.refresh()
    assert out.getvalue().count(HOSTILE) >= 3 and "\u2713" in out.getvalue()
    assert told[0] == f"{HOSTILE} ..." and told[1].startswith(f"{HOSTILE}: done")


def test_step_that_fails_is_not_said_to_be_done(capsys):
    told = []
    with pytest.raises(ZeroDivisionError), Screen(told.append).step("Loading"):
        raise ZeroDivisionError
    assert told == ["Loading ..."] == capsys.readouterr().err.splitlines()


def test_results_in_a_pipe_are_wider_than_a_terminal_that_is_not_there(capsys):
    output().print("x" * 130)
    assert capsys.readouterr().out == "x" * 130 + "\n"
