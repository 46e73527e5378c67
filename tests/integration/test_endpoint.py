"""The contract of a managed model against a URL in its place: all ten tests, killed without a word and gone on with."""

import json
import os
import signal
import time

import pytest
import yaml

from tests.integration.scenario import ended, run, start, survivors
from tests.integration.somebodys_server import somebodys_server
from tests.integration.ten import write_ten

pytestmark = pytest.mark.slow
CONCURRENCY = 8  # of write_ten


def test_the_same_spec_against_a_url_is_judged_in_full_and_a_kill_loses_what_was_in_flight(tmp_path, tiny_model_folder):
    with somebodys_server() as theirs:
        spec = write_ten(tmp_path / "contract", tiny_model_folder)
        data = yaml.safe_load(spec.read_text(encoding="utf-8"))
        managed = data.pop("model")
        data["load"]["scales"] = [1]  # the traffic is the same as of a managed model; test_gate.py drives two
        spec.write_text(yaml.safe_dump({**data, "endpoint": {"url": theirs.url}}, allow_unicode=True), encoding="utf-8")
        theirs.delay_s = 0.05
        process, tag = start("gate", "contract", "--out", "runs", cwd=tmp_path)
        while len(theirs.asked) < 200 and process.poll() is None:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        told = ended(process, tag)
        (folder,) = (p.parent for p in (tmp_path / "runs").glob("*/spec.yaml"))
        kept = (folder / "generations.jsonl").read_bytes().rpartition(b"\n")[0].splitlines()
        assert len(kept) >= 200 - CONCURRENCY, told[-2000:]
        end_of(tag)
        theirs.delay_s = 0.0
        done = run("gate", "--out", "runs", "--resume", folder.name, cwd=tmp_path)
        assert 1 < theirs.most <= CONCURRENCY  # how many the busy machine of a test has really open at once is its own affair
        assert sum(n > 1 for n in theirs.asked.values()) <= CONCURRENCY  # asked twice: what the kill took
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert done.returncode == 1, done.stderr[-2000:]
    assert {c["id"]: c["status"] for c in report["checks"] if c["status"] in ("SKIPPED", "INVALID")} == {}
    assert (report["model"]["url"], report["model"]["name"], report["model"]["fingerprint"]) == (theirs.url, "theirs", None)
    outputs = [json.loads(line) for line in (folder / "generations.jsonl").read_text(encoding="utf-8").split("\n") if line]
    assert {o["concurrency"] for o in outputs} == {CONCURRENCY} and not [o for o in outputs if o["error"]]
    assert not (tmp_path / "runs" / "answers").exists()  # a server of somebody else may change behind its name: nothing of it is kept
    assert managed["path"] == str(tiny_model_folder)


def end_of(tag: str) -> None:
    """Ray ends its processes when the one that started them is gone; the next run must not meet them."""
    until = time.monotonic() + 60
    while survivors(tag) and time.monotonic() < until:
        time.sleep(0.2)
    assert survivors(tag) == []
