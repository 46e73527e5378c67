"""What a person sees of a load run while it lasts: a panel on a terminal, plain lines in a pipe, the same facts in both."""

import os
import pty
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from ftbench import progress
from ftbench.live_screen import line, panel, traffic
from ftbench.load.live import Live
from ftbench.progress import Screen

RUNNING = Live(25.3, 60, 127, 124, 2, 3, 5.0, 4.98, 0.118, 0.24, 0.742, 1.78, 0.0006, 0.31)
PROGRAM = """
import time
from ftbench.live_screen import traffic
from ftbench.load.live import Live
from ftbench.progress import Screen
with traffic(Screen(), "Traffic at 5 requests/s") as tell:
    for n in range(8):
        tell(Live(8.0 * n, 60, 40 * n, 40 * n - 3, 2, 3, 5.0, 4.98, 0.118, 0.24, 0.742, 1.78, 0.0006, 0.31, ("late [bold]",)))
        time.sleep(0.1)
"""


def drawn(live, width=120):
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(panel("Traffic", live))
    return capture.get()


def test_panel_and_line_tell_the_same_facts():
    for text in (drawn(RUNNING), line(RUNNING)):
        for fact in ("127 sent", "3 in flight", "2 failed", "4.98 /s", "5 /s", "118 ms", "240 ms", "742 ms", "1.78 s", "600 µs"):
            assert fact in text, (fact, text)
    assert "35 s left" in drawn(RUNNING) and "31 % of a core" in drawn(RUNNING)


def test_a_doubt_about_the_measurement_is_shown_as_it_arises():
    doubtful = RUNNING._replace(doubts=("send lag p99 is 212 ms [/x]",))
    assert "In doubt" in drawn(doubtful) and "send lag p99 is 212 ms [/x]" in drawn(doubtful)
    assert line(doubtful).endswith("DOUBT: send lag p99 is 212 ms [/x]")
    assert "nothing against it so far" in drawn(RUNNING)


def test_a_closed_loop_shows_no_rate_that_nobody_asked_for():
    closed = RUNNING._replace(requested_rate=None, achieved_rate=None)
    assert "/s" not in line(closed) and "requested" not in drawn(closed)


def test_the_time_after_the_last_request_is_waiting_not_a_negative_time_left():
    late = RUNNING._replace(elapsed_s=63.0)
    assert "waiting for the last answers" in drawn(late) and "left" not in drawn(late)
    assert line(late).startswith("waiting for the last answers, ")


def test_before_the_first_answer_there_is_no_latency_of_zero():
    early = Live(0.4, 60, 3, 0, 0, 3, 5.0, 5.1)
    assert "no answer yet" in drawn(early) and "0 s" not in drawn(early).replace("60 s", "")
    assert "TTFT" not in line(early)


numbers = st.floats(0, 1e12)
maybe = st.none() | numbers


@given(
    st.builds(
        Live,
        *[numbers] * 2,
        *[st.integers(0, 10**12)] * 4,
        *[maybe] * 8,
        doubts=st.lists(st.text(max_size=20), max_size=2).map(tuple),
    )
)
def test_whatever_the_workers_say_can_be_shown(live):
    line(live)
    drawn(live, 60)


def test_a_pipe_gets_a_plain_line_now_and_then_and_the_log_too(capsys, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    told = []
    with traffic(Screen(told.append), "Traffic") as tell:
        now[0] += 7  # the load processes start
        began = now[0]
        for _ in range(40):
            now[0] += 0.25
            tell(RUNNING._replace(elapsed_s=now[0] - began))
    shown = capsys.readouterr().err.splitlines()
    assert shown == told and len(told) == 2 + 2  # 10 s, a line at most every 5
    assert told[0] == "Traffic ..." and told[2].startswith("Traffic 9%, 55 s left, 127")  # of 60 s, and not of what the start took as well
    assert told[-1].startswith("Traffic: done, 127 sent, 2 failed")


def test_a_run_that_fails_is_not_said_to_be_done(capsys):
    with pytest.raises(ZeroDivisionError), traffic(Screen(), "Traffic"):
        raise ZeroDivisionError
    assert capsys.readouterr().err.splitlines() == ["Traffic ..."]


def on_a_terminal(program: str, term: str) -> str:
    """What `program` writes when standard error is a terminal of its own."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", program], stderr=theirs, stdout=subprocess.DEVNULL, env={**os.environ, "TERM": term, "COLUMNS": "100"}
    )
    os.close(theirs)
    seen: list[bytes] = []

    def read() -> None:
        try:
            while data := os.read(ours, 65536):
                seen.append(data)
        except OSError:  # how Linux says that the other side is closed
            pass

    reader = threading.Thread(target=read)
    reader.start()
    assert process.wait(60) == 0
    reader.join(60)
    os.close(ours)
    return b"".join(seen).decode()


def test_a_terminal_gets_a_panel_that_is_redrawn_in_its_place():
    text = on_a_terminal(PROGRAM, "xterm-256color")
    assert "╭─ Traffic at 5 requests/s" in text and "late [bold]" in text and "In doubt" in text
    assert "\x1b[1A" in text or "\x1b[2K" in text  # lines are taken back
    assert text.count("╭─") <= 12, "more redraws than a person can read"
    assert "✓ Traffic at 5 requests/s, 280 sent, 2 failed" in text.rpartition("╯")[2]  # all that stays


def test_a_terminal_that_cannot_take_lines_back_gets_plain_ones():
    text = on_a_terminal(PROGRAM, "dumb")
    assert "╭" not in text and "\x1b" not in text and "Traffic at 5 requests/s: done, 280 sent" in text
