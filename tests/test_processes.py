"""What we started is gone at the end, however the end comes; what others started is not touched."""

import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from ftbench.processes import MARK, ctrl_c_put_off, marked, no_survivors

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
# Leaves its parent's session, and loses its parent: what a daemon of a daemon does.
ORPHAN = f"""
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {DEAF!r}], stdout=subprocess.PIPE, start_new_session=True)
child.stdout.readline()
print(child.pid, flush=True)
os._exit(0)
"""


def start(code: str, **options) -> tuple[subprocess.Popen, str]:
    """A child, and the first line that it prints."""
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, **options)
    return child, child.stdout.readline().strip()


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def bystander():
    """A process of this user that carries no mark."""
    child = subprocess.Popen(["sleep", "60"])
    yield child
    child.kill()
    child.wait()


def test_deaf_child_and_orphan_in_a_session_of_its_own_are_gone_and_nothing_else_is(bystander):
    with no_survivors(grace_s=0.3) as mark:
        deaf, _ = start(DEAF, start_new_session=True)
        gone, orphan = start(ORPHAN)
        gone.wait(timeout=10)
        assert {p.pid for p in marked(mark)} == {deaf.pid, int(orphan)}
    assert not alive(deaf.pid) and not alive(int(orphan))
    assert marked(mark) == []
    assert bystander.poll() is None and alive(os.getpid())


def test_child_that_ends_when_it_is_asked_has_the_time_to_clean_up():
    polite = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.2), print("cleaned up", flush=True), sys.exit()))
print("up", flush=True)
time.sleep(60)
"""
    started = time.monotonic()
    with no_survivors(grace_s=10):
        child, _ = start(polite)
    assert child.stdout.read() == "cleaned up\n"
    assert time.monotonic() - started < 8  # and the grace is not waited out


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_children_are_gone_though_it_ends_with_an_exception(error):
    with pytest.raises(error), no_survivors(grace_s=0.3):
        child, _ = start(DEAF)
        raise error
    assert not alive(child.pid)


def test_environment_and_signal_handlers_are_as_before():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    assert MARK not in os.environ
    with no_survivors() as outer:
        with no_survivors(grace_s=0.3) as inner:
            assert os.environ[MARK] == inner != outer
            child, _ = start(DEAF)
        assert os.environ[MARK] == outer and not alive(child.pid)
    assert MARK not in os.environ
    assert {number: signal.getsignal(number) for number in before} == before


def test_inner_end_does_not_take_the_outer_ones_children_along():
    with no_survivors(grace_s=0.3):
        child, _ = start(DEAF)
        with no_survivors(grace_s=0.3):
            pass
        assert alive(child.pid)
    assert not alive(child.pid)


def test_works_in_a_thread_where_no_signal_handler_can_be_set():
    gone = []

    def work():
        with no_survivors(grace_s=0.3):
            child, _ = start(DEAF)
        gone.append(not alive(child.pid))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(timeout=20)
    assert gone == [True]


AT_A_FORK = """
import os, signal, subprocess, sys
from ftbench.processes import ctrl_c_put_off
os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.SIGINT))
try:
    with ctrl_c_put_off():
        os.waitpid(os.fork() or os._exit(0), 0)
        print("forked", flush=True)
    print("lost")
except KeyboardInterrupt:
    print("interrupted")
"""


def test_ctrl_c_at_a_fork_is_not_lost():
    done = subprocess.run([sys.executable, "-c", AT_A_FORK], capture_output=True, text=True, timeout=60)
    assert done.stdout == "forked\ninterrupted\n", done.stderr


def test_second_ctrl_c_does_not_wait():
    with pytest.raises(KeyboardInterrupt), ctrl_c_put_off():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        pytest.fail("it waited")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


PARENT = f"""
import subprocess, sys, time
from ftbench.processes import no_survivors
try:
    with no_survivors(grace_s=1.5):
        child = subprocess.Popen([sys.executable, "-c", {DEAF!r}], stdout=subprocess.PIPE, start_new_session=True)
        child.stdout.readline()
        print(child.pid, flush=True)
        if "wait" in sys.argv:
            time.sleep(60)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.exit(130)
print("ended", flush=True)
"""


def parent(*words: str) -> tuple[subprocess.Popen, int]:
    process = subprocess.Popen([sys.executable, "-c", PARENT, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return process, int(process.stdout.readline())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_kill_and_a_closed_terminal_leave_no_child(number):
    process, child = parent("wait")
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "interrupted\n") and "Traceback" not in err
    assert not alive(child)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_during_the_sweep_is_put_off_until_the_children_are_gone(number):
    process, child = parent()
    time.sleep(0.5)  # the child is deaf to the first asking, so that the sweep lasts a second and a half
    process.send_signal(number)
    out, _ = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "interrupted\n")
    assert not alive(child)


def test_nohup_stays_nohup():
    old = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with no_survivors():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, old)
