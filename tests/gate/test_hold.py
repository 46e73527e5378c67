"""What ends `ftbench serve`, with Ray and the model left out: that they are told to end."""

import signal
import subprocess
import sys

import pytest

from tests.integration.scenario import write_contract

SERVE = """
import sys
from contextlib import contextmanager
from types import SimpleNamespace
import ftbench.gate.hold as hold
from ftbench.cli import main

@contextmanager
def stand_in(name, given=None):
    try:
        yield given
    finally:
        print(name, "ended", flush=True)

hold.check_target = lambda *_: None
hold.cluster = lambda _: stand_in("cluster")
hold.service = lambda *_, at_root: stand_in("service", SimpleNamespace(model="m", url="http://127.0.0.1:1/v1"))
sys.argv = ["ftbench", "serve", sys.argv[1]]
main()
"""


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_way_to_end_it_is_code_130_and_takes_the_model_down_first(end, tmp_path):
    command = [sys.executable, "-c", SERVE, str(write_contract(tmp_path, tmp_path))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert "answers at http://127.0.0.1:1/v1" in process.stdout.readline()
        process.send_signal(end)
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()  # one that did not hear it would be waited for without end
    assert (process.returncode, out) == (130, "service ended\ncluster ended\n") and "Traceback" not in err
